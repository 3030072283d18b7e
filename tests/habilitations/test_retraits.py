"""What is taken back from a user is taken back everywhere, at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_acteur,
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
    exchange_as_cdap,
    opens_cdap,
    tokens_for,
    userinfo,
)

from idp import clock, outbox
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db, transaction
from idp.errors import NotHere, Refusal
from idp.habilitations.delegation import Acteur, RefusDAgir
from idp.habilitations.models import Habilitation, Rattachement, Role
from idp.habilitations.personnes import retraits
from idp.habilitations.personnes.retraits import Demandeur
from idp.outbox import Delivery

NOW = datetime.now(UTC)
CAF = COMMAND_LINE
TOLD = "https://offre.exemple.fr/logout"


def told() -> list[dict[str, Any]]:
    """Who will be told of a logout."""
    rows = db.session.scalars(sa.select(Delivery).where(Delivery.kind == "backchannel_logout"))
    return [outbox.read(row) for row in rows]


def groupe_of(bailleur: Bailleur) -> UUID:
    whose = Habilitation.rattachement_id == bailleur.rattachement.id
    return db.session.scalars(sa.select(Habilitation.groupe_id).where(whose)).first() or uuid4()


def signed_in_bailleur(client: FlaskClient) -> tuple[Bailleur, str, str]:
    """A person at Offre Bailleurs; with the ``sid`` of their session and their access token."""
    bailleur = a_bailleur()
    sid = signed_in(client, bailleur.account, bailleur.rattachement)
    return bailleur, sid, str(tokens_for(client)["access_token"])


def an_administrateur(bailleur: Bailleur) -> Demandeur:
    """Somebody of the same organisme, who administers it."""
    account = an_account()
    a_rattachement(account, bailleur.organisme, role=Role.ADMINISTRATEUR)
    return an_acteur(account.id, bailleur.organisme)


def journal() -> list[tuple[str, dict[str, Any]]]:
    names = ("habilitation_retiree", "rattachement_suspendu", "rattachement_clos")
    events = (*names, "rattachement_repris")
    rows = db.session.scalars(sa.select(JournalEntry).where(JournalEntry.event.in_(events)))
    return [(row.event, row.data) for row in rows]


def test_habilitation_taken_back_ends_what_the_service_holds(client: FlaskClient) -> None:
    with declared("offre-bailleurs", backchannel_logout_uri=TOLD):
        bailleur, sid, access_token = signed_in_bailleur(client)
        groupe_id = groupe_of(bailleur)

        par = an_administrateur(bailleur)
        assert retraits.retirer_habilitation(bailleur.rattachement.id, groupe_id, par=par, now=NOW)

    assert told() == [
        {"client_id": "offre-bailleurs", "account_id": str(bailleur.account.id), "sid": sid}
    ]
    assert userinfo(client, access_token).status_code == 401
    [(event, data)] = journal()
    assert (event, data["groupe"]) == ("habilitation_retiree", "offre-bailleurs:prive:359")


def test_the_session_here_stays_and_says_why_the_service_is_closed(client: FlaskClient) -> None:
    bailleur, _sid, _token = signed_in_bailleur(client)

    retraits.retirer_habilitation(bailleur.rattachement.id, groupe_of(bailleur), par=CAF, now=NOW)

    assert client.get("/profil").status_code == 200
    assert answer(authorize(client, prompt="none"))["error"] == "access_denied"


def test_other_services_are_left_alone(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    groupe_id = groupe_of(bailleur)
    opens_cdap(bailleur)
    signed_in(client, bailleur.account, bailleur.rattachement)
    kept = exchange_as_cdap(client, code_for(client, **CDAP)).json or {}
    with declared("cdap", backchannel_logout_uri=TOLD):
        retraits.retirer_habilitation(bailleur.rattachement.id, groupe_id, par=CAF, now=NOW)

    assert told() == []
    assert userinfo(client, kept["access_token"]).status_code == 200


def test_one_group_of_several_ends_the_tokens_that_told_of_all(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    other = a_groupe(a_contrat(bailleur.organisme), code="offre-bailleurs:conventionne:359")
    an_habilitation(bailleur.rattachement, other)
    signed_in(client, bailleur.account, bailleur.rattachement)
    token = tokens_for(client)["access_token"]

    retraits.retirer_habilitation(bailleur.rattachement.id, other.id, par=CAF, now=NOW)

    assert userinfo(client, token).status_code == 401
    renewed = tokens_for(client)["access_token"]
    assert userinfo(client, renewed).json["groups"] == ["offre-bailleurs:prive:359"]  # type: ignore[index]


def test_who_was_not_in_the_group_loses_nothing(client: FlaskClient) -> None:
    bailleur, _sid, access_token = signed_in_bailleur(client)

    assert not retraits.retirer_habilitation(bailleur.rattachement.id, uuid4(), par=CAF, now=NOW)

    assert userinfo(client, access_token).status_code == 200
    assert journal() == []


@pytest.mark.parametrize("partir", [retraits.suspendre, retraits.clore], ids=["suspendre", "clore"])
def test_who_leaves_an_organisme_leaves_all_its_services(client: FlaskClient, partir: Any) -> None:
    with declared("offre-bailleurs", backchannel_logout_uri=TOLD):
        bailleur, sid, access_token = signed_in_bailleur(client)

        par = an_administrateur(bailleur)
        assert partir(bailleur.rattachement.id, par=par, now=NOW) is None

    assert [payload["sid"] for payload in told()] == [sid]
    assert userinfo(client, access_token).status_code == 401
    assert answer(authorize(client, prompt="none"))["error"] == "login_required"
    signed_in(client, bailleur.account, bailleur.rattachement)
    assert answer(authorize(client, prompt="none"))["error"] == "access_denied"
    assert [event for event, _data in journal()] == [f"rattachement_{_participe(partir)}"]


def _participe(partir: Any) -> str:
    return {"suspendre": "suspendu", "clore": "clos"}[partir.__name__]


def test_what_was_suspended_is_given_back(client: FlaskClient) -> None:
    bailleur, _sid, _token = signed_in_bailleur(client)
    retraits.suspendre(bailleur.rattachement.id, par=CAF, now=NOW)

    assert retraits.reprendre(bailleur.rattachement.id, par=CAF, now=NOW)

    signed_in(client, bailleur.account, bailleur.rattachement)
    assert "code" in answer(authorize(client, prompt="none"))
    assert not retraits.reprendre(bailleur.rattachement.id, par=CAF, now=NOW)


def tries_again(client: FlaskClient, bailleur: Bailleur) -> dict[str, str]:
    """What the service hears once the person has signed in here again."""
    signed_in(client, bailleur.account, bailleur.rattachement)
    return answer(authorize(client, prompt="none"))


def test_what_was_closed_stays_closed_whatever_is_given_back(client: FlaskClient) -> None:
    bailleur, _sid, _token = signed_in_bailleur(client)
    chef, place = an_administrateur(bailleur), bailleur.rattachement.id
    retraits.clore(place, par=chef, now=NOW)

    assert not retraits.reprendre(place, par=CAF, now=NOW)
    assert not retraits.reprendre(place, par=chef, now=NOW)
    assert "error" in tries_again(client, bailleur)


def test_an_organisme_gives_back_only_what_it_took(client: FlaskClient) -> None:
    bailleur, _sid, _token = signed_in_bailleur(client)
    chef, place = an_administrateur(bailleur), bailleur.rattachement.id
    retraits.suspendre(place, par=chef, now=NOW)
    assert retraits.reprendre(place, par=chef, now=NOW)
    assert "code" in tries_again(client, bailleur)

    retraits.suspendre(place, par=chef, now=NOW)
    retraits.suspendre(place, par=CAF, now=NOW)

    assert not retraits.reprendre(place, par=chef, now=NOW)
    assert "error" in tries_again(client, bailleur)


def test_closing_and_opening_again_does_not_lift_what_the_caf_decided(client: FlaskClient) -> None:
    bailleur, _sid, _token = signed_in_bailleur(client)
    chef, place = an_administrateur(bailleur), bailleur.rattachement.id
    retraits.suspendre(place, par=CAF, now=NOW)

    assert retraits.clore(place, par=chef, now=NOW) is None
    assert retraits.rouvrir(place, par=chef, now=NOW)

    db.session.refresh(bailleur.rattachement)
    assert bailleur.rattachement.cloture is None
    assert "error" in tries_again(client, bailleur)
    assert retraits.reprendre(place, par=CAF, now=NOW)
    assert "code" in tries_again(client, bailleur)


def test_what_the_caf_gives_back_stays_closed_until_its_organisme_opens_it(
    client: FlaskClient,
) -> None:
    bailleur, _sid, _token = signed_in_bailleur(client)
    chef, place = an_administrateur(bailleur), bailleur.rattachement.id
    retraits.suspendre(place, par=CAF, now=NOW)
    retraits.clore(place, par=chef, now=NOW)

    assert retraits.reprendre(place, par=CAF, now=NOW)

    assert "error" in tries_again(client, bailleur)
    assert retraits.rouvrir(place, par=chef, now=NOW)
    assert "code" in tries_again(client, bailleur)


def test_who_was_to_come_may_be_closed_before(app: Flask) -> None:
    demain = clock.today(NOW) + timedelta(days=1)
    bailleur = a_bailleur()
    bailleur.rattachement.ouverture = demain
    db.session.flush()

    assert retraits.clore(bailleur.rattachement.id, par=CAF, now=NOW) is None

    db.session.refresh(bailleur.rattachement)
    assert bailleur.rattachement.cloture == demain
    assert retraits.rouvrir(bailleur.rattachement.id, par=CAF, now=NOW)
    db.session.refresh(bailleur.rattachement)
    assert (bailleur.rattachement.cloture, bailleur.rattachement.suspendu_at) == (None, None)


@pytest.mark.parametrize("partir", [retraits.suspendre, retraits.clore], ids=["suspendre", "clore"])
def test_the_last_administrateur_is_taken_out_by_the_caf_alone(app: Flask, partir: Any) -> None:
    bailleur = a_bailleur()
    bailleur.rattachement.role = Role.ADMINISTRATEUR
    # Who leaves in ten days does not count as the one who stays.
    leaving = a_rattachement(
        an_account(),
        bailleur.organisme,
        role=Role.ADMINISTRATEUR,
        cloture=clock.today(NOW) + timedelta(days=10),
    )
    par = an_acteur(leaving.account_id, bailleur.organisme)

    refus = partir(bailleur.rattachement.id, par=par, now=NOW)

    assert refus is RefusDAgir.DERNIER_ADMINISTRATEUR
    assert journal() == []
    assert partir(bailleur.rattachement.id, par=CAF, now=NOW) is None


def test_nobody_takes_themself_out(app: Flask) -> None:
    bailleur = a_bailleur()
    an_administrateur(bailleur)
    bailleur.rattachement.role = Role.ADMINISTRATEUR
    moi = an_acteur(bailleur.account.id, bailleur.organisme)

    refus = retraits.suspendre(bailleur.rattachement.id, par=moi, now=NOW)

    assert refus is RefusDAgir.SOI_MEME


def test_the_user_of_another_organisme_does_not_exist(app: Flask) -> None:
    bailleur = a_bailleur()
    par = an_acteur(uuid4(), a_bailleur().organisme)

    with pytest.raises(NotHere):
        retraits.suspendre(bailleur.rattachement.id, par=par, now=NOW)
    with pytest.raises(NotHere):
        retraits.retirer_habilitation(
            bailleur.rattachement.id, groupe_of(bailleur), par=par, now=NOW
        )
    with pytest.raises(NotHere):
        retraits.reprendre(uuid4(), par=CAF, now=NOW)


def test_two_administrateurs_who_take_each_other_out_leave_one(app: Flask) -> None:
    bailleur = a_bailleur()
    organisme_id = bailleur.organisme.id
    ids = []
    for _rank in range(2):
        account = an_account()
        place = a_rattachement(account, bailleur.organisme, role=Role.ADMINISTRATEUR)
        ids.append((account.id, place.id))
    db.session.commit()
    start = Barrier(2)

    def take_out(rank: int) -> bool:
        par = Acteur(ids[rank][0], organisme_id, "LES OLIVIERS", Role.ADMINISTRATEUR)
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    return retraits.suspendre(ids[1 - rank][1], par=par, now=NOW) is None
            except Refusal:
                return False
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(take_out, range(2)))

    db.session.expire_all()
    assert sorted(outcomes) == [False, True]
    suspended = sa.select(Rattachement.id).where(Rattachement.suspendu_at.is_not(None))
    assert len(db.session.scalars(suspended).all()) == 1
