"""No list of the agents stops in silence: what is older is on the next page, once each, at one price."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier, une_campagne
from factories import a_caisse, agent_signed_in, an_agent
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted

from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.campagnes import conduite
from idp.habilitations.courriers import suivi
from idp.habilitations.courriers.models import EtatDeLot, LotDeCourriers
from idp.habilitations.courriers.suivi import ChoixDeLots
from idp.habilitations.import_organismes import suivi as imports
from idp.habilitations.import_organismes.models import (
    CaisseDImport,
    EtatDImport,
    ImportOrganismes,
)
from idp.habilitations.models import (
    CibleDeSuspension,
    Courrier,
    RoleAgent,
    Suspension,
    TypeCourrier,
)
from idp.habilitations.pages import Page
from idp.habilitations.supervision import lecture

NOW = datetime.now(UTC)
AGENT = AgentVu(UUID(int=7), RoleAgent.SUPERVISEUR, (CAISSE,))
OLDER = 119
"""How many are made besides the one of the dossier."""
Lire = Callable[[Dossier, UUID | None], Page[object]]


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def lot(caisse: str = CAISSE, **values: object) -> LotDeCourriers:
    likely = {"type": TypeCourrier.SECRET, "etat": EtatDeLot.IMPRIME, "created_at": NOW}
    return LotDeCourriers(nom="lot", caisse_code=caisse, **{**likely, **values})


def lots(_dossier: Dossier) -> None:
    # Many at the same instant, as batches are made.
    db.session.add_all(lot(created_at=NOW - timedelta(days=one // 3)) for one in range(OLDER))


def lettres(dossier: Dossier) -> None:
    of = {"account_id": dossier.chef.account_id, "organisme_id": dossier.organisme.id}
    db.session.add_all(
        Courrier(type=TypeCourrier.RAPPEL, created_at=NOW - timedelta(days=one // 2), **of)
        for one in range(OLDER)
    )


def envois(_dossier: Dossier) -> None:
    rows = [
        ImportOrganismes(
            account_id=an_agent().id if one == 0 else uuid4(),
            national=False,
            fichier="f.csv",
            etat=EtatDImport.TERMINE,
            octets=1,
            lignes=1,
            refus=0,
            created_at=NOW - timedelta(days=one // 2),
        )
        for one in range(OLDER)
    ]
    auteur = rows[0].account_id
    for row in rows:
        row.account_id = auteur
    db.session.add_all(rows)
    db.session.flush()
    db.session.add_all(CaisseDImport(import_id=row.id, caisse_code=CAISSE) for row in rows)


def campagnes(_dossier: Dossier) -> None:
    for one in range(OLDER):
        une_campagne(created_at=NOW - timedelta(days=one // 2))


def suspensions(dossier: Dossier) -> None:
    auteur = UUID(int=2)
    db.session.add_all(
        Suspension(
            cible=CibleDeSuspension.GROUPE,
            cible_id=uuid4(),
            organisme_id=dossier.organisme.id,
            libelle="Groupe",
            motif="Vérification",
            par=auteur,
            at=NOW - timedelta(days=one // 2),
            levee_par=auteur if one % 2 else None,
            levee_at=NOW if one % 2 else None,
            levee_motif="Vérifié" if one % 2 else None,
        )
        for one in range(OLDER)
    )


def les_suspensions(dossier: Dossier, apres: UUID | None) -> Page[object]:
    vu = lecture.tableau(AGENT, dossier.organisme.id, NOW, apres)
    return Page(vu.suspensions, vu.plus_anciennes)


@pytest.mark.parametrize(
    ("remplir", "lire"),
    [
        (lots, lambda _dossier, apres: suivi.lots(AGENT, NOW, ChoixDeLots(), apres)),
        (lettres, lambda dossier, apres: suivi.lettres_de(AGENT, dossier.organisme.id, apres)),
        (envois, lambda _dossier, apres: imports.derniers(AGENT, apres)),
        (campagnes, lambda _dossier, apres: conduite.lister(AGENT, apres)),
        (suspensions, les_suspensions),
    ],
    ids=["lots", "lettres", "imports", "campagnes", "suspensions"],
)
def test_the_oldest_is_reached_at_one_price(
    dossier: Dossier, remplir: Callable[[Dossier], None], lire: Lire
) -> None:
    db.session.commit()
    with counted() as peu:
        lire(dossier, None)
    remplir(dossier)
    db.session.commit()

    vus: list[object] = []
    apres: UUID | None = None
    while True:
        with counted() as statements:
            page = lire(dossier, apres)
        assert len(statements) <= len(peu)
        vus += [getattr(une, "id", None) for une in page.lignes]
        apres = page.suivante
        if apres is None:
            break

    assert len(vus) == len(set(vus)) == OLDER + 1


def test_batches_are_narrowed(client: FlaskClient, dossier: Dossier) -> None:
    a_caisse(AUTRE_CAISSE)
    db.session.add(lot(type=TypeCourrier.RAPPEL, etat=EtatDeLot.ENVOYE))
    db.session.add(lot(AUTRE_CAISSE))
    db.session.flush()
    national = AgentVu(UUID(int=7), RoleAgent.NATIONAL, ())

    def of(agent: AgentVu, choix: ChoixDeLots) -> int:
        return len(suivi.lots(agent, NOW, choix).lignes)

    assert of(national, ChoixDeLots()) == 3
    assert of(national, ChoixDeLots(type=TypeCourrier.SECRET)) == 2
    assert of(national, ChoixDeLots(etat=EtatDeLot.ENVOYE)) == 1
    assert of(national, ChoixDeLots(caisse=AUTRE_CAISSE)) == 1
    assert of(AGENT, ChoixDeLots(caisse=AUTRE_CAISSE)) == 0
    agent_signed_in(client)
    page = client.get(f"/caf/courriers?type=rappel&caisse={CAISSE}").text
    assert "/caf/courriers/lots/" in page
    assert 'value="rappel" selected' in page
    assert "Aucun lot ne correspond" in client.get("/caf/courriers?etat=preparation").text
    assert client.get("/caf/courriers?type=x&etat=y&apres=z").status_code == 200


def test_a_page_leads_to_what_is_older(client: FlaskClient, dossier: Dossier) -> None:
    for remplir in (lots, lettres, envois, campagnes, suspensions):
        remplir(dossier)
    db.session.flush()
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    ici = f"/caf/organismes/{dossier.organisme.id}"

    for path in (
        "/caf/courriers",
        "/caf/imports",
        "/caf/campagnes",
        f"{ici}/courriers",
        f"{ici}/supervision",
    ):
        page = client.get(path).text
        assert f'rel="next" href="{path}?apres=' in page, path
