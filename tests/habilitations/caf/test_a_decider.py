"""What waits for an agent, and the people of an organisme whom they look for: all are reached, page by page."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin
from uuid import UUID, uuid4

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import a_rattachement, agent_signed_in, an_account, an_organisme
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted

from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import EtatSuccession, Organisme, RoleAgent, Succession, Voie
from idp.habilitations.pages import Page
from idp.habilitations.supervision import a_voir, lecture
from idp.habilitations.supervision.a_voir import Quoi
from idp.habilitations.supervision.models import Remplacement

NOW = datetime.now(UTC)
COMBIEN = 2 * lecture.DERNIERES + 7
NATIONAL = AgentVu(UUID(int=7), RoleAgent.NATIONAL, ())


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def un_remplacement(of: Organisme, **values: Any) -> Remplacement:
    """Two share each instant: the order does not hang on it alone."""
    values = {"demande_at": NOW, "expire_at": NOW + timedelta(days=7)} | values
    demande = Remplacement(
        organisme_id=of.id,
        nom="Petit",
        prenom="Anne",
        motif="Départ",
        demande_par=uuid4(),
        **values,
    )
    db.session.add(demande)
    db.session.flush()
    return demande


def une_succession(of: Organisme, **values: Any) -> Succession:
    values = {"asked_at": NOW, "expires_at": NOW + timedelta(days=7), "voie": Voie.CAF} | values
    place = a_rattachement(an_account(password=None), of)
    demande = Succession(
        organisme_id=of.id, candidat_id=place.id, asked_by=place.account_id, **values
    )
    db.session.add(demande)
    db.session.flush()
    return demande


def lus(lire: Callable[[UUID | None], Page[Any]], cle: str = "id", cout: int = 1) -> list[UUID]:
    """All of them, page after page, each at the same price."""
    vus: list[UUID] = []
    apres: UUID | None = None
    while True:
        db.session.expunge_all()
        with counted() as statements:
            page = lire(apres)
        assert len(statements) == cout
        vus += [getattr(une, cle) for une in page.lignes]
        apres = page.suivante
        if apres is None:
            return vus


def test_every_replacement_is_reached_the_oldest_first(dossier: Dossier) -> None:
    attendus = [
        un_remplacement(an_organisme(), demande_at=NOW - timedelta(hours=rang // 2))
        for rang in range(COMBIEN)
    ]
    ordre = [un.id for un in sorted(attendus, key=lambda un: (un.demande_at, un.id))]
    db.session.commit()

    assert lus(lambda apres: lecture.remplacements(NATIONAL, NOW, apres=apres)) == ordre


def test_every_request_is_reached_the_oldest_first(dossier: Dossier) -> None:
    attendues = [
        une_succession(dossier.organisme, asked_at=NOW - timedelta(hours=rang // 2))
        for rang in range(COMBIEN)
    ]
    une_succession(dossier.organisme, voie=Voie.COOPTATION)
    une_succession(dossier.organisme, etat=EtatSuccession.REFUSEE)
    une_succession(dossier.organisme, expires_at=NOW)
    ordre = [une.id for une in sorted(attendues, key=lambda une: (une.asked_at, une.id))]
    db.session.commit()

    assert lus(lambda apres: lecture.successions(NATIONAL, NOW, apres=apres)) == ordre
    ailleurs = AgentVu(UUID(int=7), RoleAgent.SUPERVISEUR, (AUTRE_CAISSE,))
    assert lecture.successions(ailleurs, NOW).lignes == ()


def test_every_person_who_is_found_is_reached_by_name(dossier: Dossier) -> None:
    attendus = []
    for rang in range(2 * lecture.TROUVEES + 3):
        # Some have the same name, some have only one of the two.
        prenom = None if rang < 3 else f"A{rang // 2}"
        person = an_account(password=None, family_name="Zola", given_name=prenom)
        place = a_rattachement(person, dossier.organisme)
        attendus.append(((person.given_name or "", place.id), place.id))
    a_rattachement(an_account(family_name="Zola"), an_organisme())
    ordre = [place_id for _cle, place_id in sorted(attendus)]
    of = dossier.organisme.id
    db.session.commit()

    vus = lus(
        lambda apres: lecture.personnes(NATIONAL, of, "zoL", apres), "rattachement_id", cout=2
    )

    assert vus == ordre


def test_all_that_waits_is_counted_once_in_one_statement(dossier: Dossier) -> None:
    demande = une_succession(dossier.organisme)
    une_succession(dossier.organisme)
    remplacement = un_remplacement(dossier.organisme)
    db.session.commit()
    with counted() as statements:
        avant = a_voir.compter(NATIONAL, NOW)
    remplacement.succession_id = demande.id
    db.session.flush()
    apres = a_voir.compter(NATIONAL, NOW)

    assert len(statements) == 1
    assert (avant[Quoi.REMPLACEMENTS], avant[Quoi.SUCCESSIONS]) == (1, 2)
    # Accepted by a first agent, it waits for the second one: no more for the first.
    assert (apres[Quoi.REMPLACEMENTS], apres[Quoi.SUCCESSIONS]) == (1, 1)


def test_pages_lead_to_the_next_one(client: FlaskClient, dossier: Dossier) -> None:
    of = dossier.organisme
    for rang in range(lecture.DERNIERES + 1):
        une_succession(of, asked_at=NOW - timedelta(hours=rang))
        un_remplacement(an_organisme(), demande_at=NOW - timedelta(hours=rang))
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    onglet = f"/caf/organismes/{of.id}/supervision"
    lieux = [
        ("/caf/supervision", "successions"),
        ("/caf/supervision", "remplacements"),
        (onglet, "successions"),
        (f"{onglet}?q=Mar", "personnes"),
    ]

    for lieu, quoi in lieux:
        page = html.unescape(client.get(lieu).text)
        found = re.search(rf'rel="next" href="([^"]*{quoi}=[0-9a-f-]+)"', page)
        assert found, (lieu, quoi)
        suite = client.get(urljoin(lieu, found[1]))
        assert suite.status_code == 200
        assert found[1] not in html.unescape(suite.text)
