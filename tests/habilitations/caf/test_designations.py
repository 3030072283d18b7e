"""The first administrateur of an organisme: told to it by letter, and seen by agents who may object."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from dossiers import AUTRE_CAISSE, CAISSE
from factories import a_caisse, a_rattachement, agent_signed_in, an_account, an_organisme
from flask import Flask
from flask.testing import FlaskClient
from lots import NOW, came_back, letters, prepared, taken, text_of, the_agent
from pypdf import PdfReader
from sql_budget import counted

from idp import clock
from idp.db import db
from idp.habilitations.administration.administrateurs import OrganismesDesComptes
from idp.habilitations.courriers import adresses, lots, reemission, suivi
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import (
    EtatCourrier,
    Organisme,
    Rattachement,
    Role,
    RoleAgent,
    TypeCourrier,
    TypeOrganisme,
)
from idp.habilitations.organismes.models import Champ, ChangementDOrganisme
from idp.habilitations.supervision import designations

DESIGNATION = TypeCourrier.DESIGNATION


def designated(organisme: Organisme, at: timedelta = timedelta()) -> Rattachement:
    """The first person of this organisme completes the first connection."""
    account = an_account(civility="Mme", given_name="Nadia", family_name="Le Gall")
    place = a_rattachement(account, organisme)
    OrganismesDesComptes().first_connection_done(account.id, NOW - at)
    return place


def shown(*caisses: str, role: RoleAgent = RoleAgent.SUPERVISEUR) -> list[UUID]:
    page = designations.lister(the_agent(role, caisses or (CAISSE,)), NOW)
    return [une.rattachement_id for une in page.lignes]


@pytest.mark.parametrize("email", [None, "contact@oliviers.fr"], ids=["no mail", "mail"])
@pytest.mark.parametrize("kind", TypeOrganisme)
def test_the_organisme_is_told_by_letter_whether_it_has_a_mail_or_not(
    app: Flask, kind: TypeOrganisme, email: str | None
) -> None:
    """DOMAIN.md §5.3: it heard nothing when no mail of it was known."""
    designated(an_organisme(raison_sociale="OFFICE DU HÉRON", email=email, type=kind))
    agent = the_agent()
    (attente,) = suivi.attentes(agent)
    assert (attente.annonces, attente.identifiants) == (1, 0)

    pdf = taken(agent, prepared(agent)[DESIGNATION])

    text = text_of(pdf)
    assert len(PdfReader(BytesIO(pdf)).pages) == 1
    assert "d’OFFICE DU HÉRON" in text
    assert "Mme Nadia Le Gall" in text
    assert f"Le {clock.today(NOW):%d/%m/%Y}, une première connexion" in text
    assert "Contactez sans attendre votre Caf : elle peut suspendre" in text.replace("\u00a0", " ")


def test_who_comes_second_is_announced_to_nobody(app: Flask) -> None:
    organisme = an_organisme()
    a_rattachement(an_account(), organisme, role=Role.ADMINISTRATEUR)

    designated(organisme)

    assert letters(DESIGNATION) == []
    assert shown() == []


def test_the_letter_says_the_day_of_the_designation_when_it_is_issued_again(app: Flask) -> None:
    designated(an_organisme(), timedelta(days=3))
    agent = the_agent()
    came_back(agent, letters(DESIGNATION)[0])

    reemission.reemettre(agent, letters(DESIGNATION)[0].id, "Adresse corrigée", NOW)

    assert [one.etat for one in letters(DESIGNATION)] == [
        EtatCourrier.REMPLACE,
        EtatCourrier.EN_ATTENTE,
    ]
    text = text_of(taken(agent, prepared(agent)[DESIGNATION]))
    assert f"{clock.today(NOW - timedelta(days=3)):%d/%m/%Y}" in text


def test_the_letter_waits_for_an_address_that_one_agent_chose(app: Flask) -> None:
    """The attack: have the identifiers of others, become their administrateur, and be the one who is told."""
    organisme = an_organisme()
    designated(organisme)
    change = {"champ": Champ.ADRESSE, "avant": "A", "apres": "B", "par": uuid4(), "motif": "NPAI"}
    db.session.add(ChangementDOrganisme(organisme_id=organisme.id, at=NOW, **change))
    db.session.flush()

    assert lots.a_exporter() == 0
    assert adresses.combien(the_agent()) == 1


def test_agents_of_the_caisse_see_it_for_seven_days(app: Flask) -> None:
    recent = designated(an_organisme(raison_sociale="A"), timedelta(days=6, hours=23))
    newer = designated(an_organisme(raison_sociale="B"), timedelta(days=1))
    designated(an_organisme(raison_sociale="C"), timedelta(days=7))
    a_caisse(AUTRE_CAISSE)

    assert shown() == [newer.id, recent.id]
    assert shown(AUTRE_CAISSE) == []
    assert shown(role=RoleAgent.NATIONAL) == [newer.id, recent.id]


def test_who_was_replaced_is_no_more_in_it_and_who_was_suspended_is_said_to_be(app: Flask) -> None:
    replaced, suspended = designated(an_organisme()), designated(an_organisme())
    replaced.role = Role.UTILISATEUR
    suspended.suspendu_at, suspended.suspendu_par = NOW, Qualite.CAF
    db.session.flush()

    (une,) = designations.lister(the_agent(), NOW).lignes

    assert (une.rattachement_id, une.suspendu) == (suspended.id, True)


def test_it_is_read_by_pages_each_once_in_one_statement(app: Flask) -> None:
    people = 2 * designations.PAR_PAGE + 3
    for rank in range(people):
        # By twos at the same instant.
        designated(an_organisme(raison_sociale=f"SCI {rank}"), timedelta(minutes=rank // 2))
    agent, seen, apres = the_agent(), list[UUID](), None
    while True:
        with counted() as statements:
            page = designations.lister(agent, NOW, apres)
        assert len(statements) == 1
        seen += [une.rattachement_id for une in page.lignes]
        apres = page.suivante
        if apres is None:
            break

    assert len(seen) == len(set(seen)) == people


def test_the_page_leads_to_where_one_objects(app: Flask, client: FlaskClient) -> None:
    organisme = an_organisme(raison_sociale="OFFICE DU HÉRON")
    place = designated(organisme)
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])

    page = client.get("/caf/supervision").text

    assert "Désignés depuis 7 jours" in page
    assert f'href="/caf/organismes/{organisme.id}/supervision">OFFICE DU HÉRON' in page
    assert "Nadia Le Gall" in page
    assert place.designe_at == NOW
    assert client.get(f"/caf/supervision?designes={uuid4()}").status_code == 200
    assert client.get("/caf/supervision?designes=x").status_code == 200
