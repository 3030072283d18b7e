"""What « Pourquoi ? » says that a service receives is what it receives: compared with a real sign-in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_habilitation,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from flows import (
    CDAP,
    Bailleur,
    a_bailleur,
    answer,
    authorize,
    code_for,
    declared,
    decoded,
    exchange_as_cdap,
    opens_cdap,
    tokens_for,
    userinfo,
)
from rows_of import rows_of
from sql_budget import counted
from sqlalchemy import select

from idp import clock
from idp.accounts.models import AccountState
from idp.db import db
from idp.extensions import ground
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    NumeroUtilisateur,
    TypeLogement,
)
from idp.habilitations.ports import Apercu, ports
from idp.keys import Algorithm
from idp.oidc.clients.client_metadata import SubjectType
from idp.oidc.clients.relying_parties import registry
from idp.oidc.tokens import signing
from idp.oidc.tokens.id_token import OF_THE_SIGN_IN

NOW = datetime.now(UTC)
HIER = clock.today(NOW) - timedelta(days=1)


def a_groupe_more(bailleur: Bailleur, rank: int = 0) -> Groupe:
    contrat = db.session.scalars(select(ContratDeService)).first()
    assert contrat is not None
    return a_groupe(
        contrat,
        code=f"offre-bailleurs:conventionne:{rank:03}",
        libelle=f"Conventionnés {rank}",
        type_logement=TypeLogement.CONVENTIONNE,
    )


def nothing(_bailleur: Bailleur) -> None:
    """As the guide makes it."""


def by_sous_groupe(bailleur: Bailleur) -> None:
    groupe = a_groupe_more(bailleur)
    contrat = db.session.get_one(ContratDeService, groupe.contrat_id)
    an_habilitation(bailleur.rattachement, a_sous_groupe(contrat, [groupe]))


def another_that_is_over(bailleur: Bailleur) -> None:
    an_habilitation(bailleur.rattachement, a_groupe_more(bailleur), debut=HIER, fin=HIER)


def another_that_ends(bailleur: Bailleur) -> None:
    end = HIER + timedelta(days=9)
    an_habilitation(bailleur.rattachement, a_groupe_more(bailleur), fin=end)


def responsable(bailleur: Bailleur) -> None:
    groupes = list(db.session.scalars(select(Groupe)))
    a_mandat(bailleur.rattachement, groupes, an_account())


def every_claim(bailleur: Bailleur) -> None:
    bailleur.organisme.siret = "12345678200002"
    bailleur.account.phone = "+33612345678"
    db.session.add(
        NumeroUtilisateur(
            valeur="35900007090001", organisme_id=bailleur.organisme.id, caisse_code="359"
        )
    )


def so_many_groups(bailleur: Bailleur) -> None:
    """Told by reference: past the ceilings of both tokens."""
    for rank in range(180):
        an_habilitation(bailleur.rattachement, a_groupe_more(bailleur, rank))


SITUATIONS = [
    nothing,
    by_sous_groupe,
    another_that_is_over,
    another_that_ends,
    responsable,
    every_claim,
    so_many_groups,
]


def seen(bailleur: Bailleur, client_id: str = "offre-bailleurs") -> Apercu:
    service = registry().clients[client_id].service_code
    apercus = ports().apercus.des_services(bailleur.rattachement.id, service, NOW)
    (found,) = (one for one in apercus if one.client_id == client_id)
    return found


def lasting(client: FlaskClient, token: str) -> dict[str, Any]:
    claims = decoded(client, token).claims
    return {name: value for name, value in claims.items() if name not in OF_THE_SIGN_IN}


def every_scope(client_id: str) -> str:
    return " ".join(registry().clients[client_id].scope)


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda situation: situation.__name__)
def test_preview_is_what_a_real_sign_in_receives(
    client: FlaskClient, situation: Callable[[Bailleur], None]
) -> None:
    bailleur = a_bailleur()
    situation(bailleur)
    signed_in(client, bailleur.account, bailleur.rattachement)
    shown = seen(bailleur)

    tokens = tokens_for(client, scope=every_scope("offre-bailleurs"))

    assert not shown.refuse
    assert shown.contenus["id_token"] == lasting(client, tokens["id_token"])
    assert shown.contenus["access_token"] == lasting(client, tokens["access_token"])
    assert shown.contenus["userinfo"] == userinfo(client, tokens["access_token"]).json


def test_preview_of_another_service_tells_its_own_rights(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    opens_cdap(bailleur)
    signed_in(client, bailleur.account, bailleur.rattachement)
    shown = seen(bailleur, "cdap")

    code = code_for(client, **CDAP, scope=every_scope("cdap"))
    tokens = exchange_as_cdap(client, code).json or {}

    assert shown.contenus["id_token"] == lasting(client, tokens["id_token"])
    assert shown.contenus["access_token"]["entitlements"] == ["cdap:t1"]
    assert shown.contenus["access_token"] == lasting(client, tokens["access_token"])


def test_pairwise_subject_is_shown_as_the_service_knows_it(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    with declared("offre-bailleurs", subject_type=SubjectType.PAIRWISE):
        shown = seen(bailleur)
        told = userinfo(client, tokens_for(client)["access_token"]).json or {}

    assert shown.sub_propre_au_service
    assert shown.contenus["userinfo"]["sub"] == shown.contenus["id_token"]["sub"] == told["sub"]
    assert told["sub"] != str(bailleur.account.sub)


def over(_bailleur: Bailleur) -> None:
    db.session.scalars(select(Habilitation)).one().fin = HIER


def suspended(bailleur: Bailleur) -> None:
    bailleur.organisme.suspendu_at = NOW


def out_of_convention(_bailleur: Bailleur) -> None:
    db.session.scalars(select(Convention)).one().fin = HIER


@pytest.mark.parametrize("situation", [over, suspended, out_of_convention])
def test_who_would_be_refused_is_shown_nothing(
    client: FlaskClient, situation: Callable[[Bailleur], None]
) -> None:
    bailleur = a_bailleur()
    situation(bailleur)
    signed_in(client, bailleur.account, bailleur.rattachement)

    assert seen(bailleur).refuse
    assert seen(bailleur).contenus == {}
    assert answer(authorize(client, prompt="none"))["error"] == "access_denied"


def test_account_that_is_not_active_reaches_no_client(app: Flask) -> None:
    bailleur = a_bailleur()
    bailleur.account.state = AccountState.SUSPENDU
    db.session.flush()

    assert seen(bailleur, "ouvert").refuse


def test_client_that_requires_no_right_is_told_without_groups(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    over(bailleur)
    with declared("offre-bailleurs", habilitation_required=False):
        shown = seen(bailleur)

    assert not shown.refuse
    assert "groups" not in shown.contenus["id_token"]


def test_preview_writes_nothing_and_costs_one_statement(app: Flask) -> None:
    bailleur = a_bailleur()
    so_many_groups(bailleur)
    rattachement = bailleur.rattachement.id
    db.session.commit()
    watched = [bailleur.organisme.id]
    before = rows_of(watched)
    with counted() as statements:
        ports().apercus.des_services(rattachement, "offre-bailleurs", NOW)

    assert len(statements) == 1
    assert rows_of(watched) == before


def test_unknown_rattachement_has_no_preview(app: Flask) -> None:
    place = a_rattachement(an_account(), a_bailleur().organisme)
    unknown = place.id
    db.session.delete(place)
    db.session.flush()

    assert ports().apercus.des_services(unknown, "offre-bailleurs", NOW) == []


def test_contract_of_another_service_is_not_looked_at(app: Flask) -> None:
    bailleur = a_bailleur()
    a_contrat(bailleur.organisme, "cdap")

    assert seen(bailleur, "cdap").refuse


@pytest.mark.parametrize("algorithm", Algorithm)
@pytest.mark.parametrize("text", ["", 'é’«»"\\', "x" * 500])
def test_length_is_known_before_anything_is_signed(
    app: Flask, algorithm: Algorithm, text: str
) -> None:
    token = {"claims": {"name": text, "groups": [text, "b"], "n": 3}, "typ": "JWT"}
    given = {"algorithm": algorithm, "key_ring": ground(app).key_ring, **token}
    claims = given.pop("claims")

    assert signing.length(claims, **given) == len(signing.sign(claims, **given))
