"""The first page of an agent says what waits, of their caisses and for their role, at one price."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import a_caisse, a_contrat, agent_signed_in, an_organisme
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted

from idp import clock
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import (
    CibleDeSuspension,
    Convention,
    EtatConvention,
    Organisme,
    RoleAgent,
    Suspension,
)
from idp.habilitations.supervision import a_voir, lecture
from idp.habilitations.supervision.a_voir import Quoi
from idp.habilitations.supervision.models import SansAdministrateur

NOW = datetime.now(UTC)
JOUR = clock.today(NOW)


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def an(role: RoleAgent, *caisses: str) -> AgentVu:
    return AgentVu(UUID(int=7), role, caisses)


def suspendu(of: Organisme) -> None:
    db.session.add(
        Suspension(
            cible=CibleDeSuspension.ORGANISME,
            cible_id=of.id,
            organisme_id=of.id,
            libelle=of.raison_sociale,
            motif="Courriers revenus",
            par=UUID(int=2),
            at=NOW,
        )
    )
    db.session.flush()


def finit(of: Organisme, days: int, **values: object) -> Convention:
    contrat = a_contrat(of, fin=JOUR + timedelta(days=days), **values)
    return db.session.get_one(Convention, contrat.convention_id)


def test_what_waits_is_counted_by_role_and_caisse(dossier: Dossier) -> None:
    of = dossier.organisme
    suspendu(of)
    finit(of, 12)
    db.session.add(SansAdministrateur(organisme_id=of.id, depuis=NOW))
    db.session.flush()
    a_caisse(AUTRE_CAISSE)

    seen = a_voir.compter(an(RoleAgent.SUPERVISEUR, CAISSE), NOW)

    assert seen == {Quoi.CONVENTIONS: 1, Quoi.SUSPENSIONS: 1, Quoi.SANS_ADMINISTRATEUR: 1}
    assert a_voir.compter(an(RoleAgent.GESTIONNAIRE, CAISSE), NOW) == {Quoi.CONVENTIONS: 1}
    assert a_voir.compter(an(RoleAgent.SUPERVISEUR, AUTRE_CAISSE), NOW) == {}


def test_conventions_about_to_end_are_listed_the_first_first(dossier: Dossier) -> None:
    of = dossier.organisme
    tard, tot = finit(of, 30), finit(of, 0)
    finit(of, 31)
    finit(of, 5, etat=EtatConvention.SUSPENDUE)
    a_contrat(of, renouvelle_id=tot.id, etat=EtatConvention.BROUILLON)

    page = a_voir.conventions_qui_finissent(an(RoleAgent.NATIONAL), NOW)

    assert [(une.id, une.renouvelee) for une in page.lignes] == [(tot.id, True), (tard.id, False)]


def test_many_cost_as_few_and_all_are_reached(dossier: Dossier) -> None:
    national = an(RoleAgent.NATIONAL)
    db.session.commit()
    with counted() as peu:
        a_voir.compter(national, NOW)
    for one in range(120):
        of = an_organisme()
        suspendu(of)
        finit(of, one % 3)
    db.session.commit()
    with counted() as beaucoup:
        nombres = a_voir.compter(national, NOW)

    assert nombres[Quoi.CONVENTIONS] == nombres[Quoi.SUSPENSIONS] == a_voir.BORNE
    assert len(beaucoup) == len(peu) <= 3

    def conventions(apres: UUID | None) -> object:
        return a_voir.conventions_qui_finissent(national, NOW, apres)

    for lire in (conventions, lambda apres: lecture.en_vigueur(national, apres)):
        vus: list[UUID] = []
        apres: UUID | None = None
        while True:
            with counted() as statements:
                page = lire(apres)
            vus += [une.id for une in page.lignes]
            apres = page.suivante
            assert len(statements) == 1
            if apres is None:
                break
        assert len(vus) == len(set(vus)) == 120


def test_the_first_page_leads_to_each_list(client: FlaskClient, dossier: Dossier) -> None:
    suspendu(dossier.organisme)
    finit(dossier.organisme, 3)
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])

    page = client.get("/caf/").text

    assert "À voir aujourd’hui" in page
    for path in ("/caf/supervision/suspensions", "/caf/conventions-qui-finissent"):
        assert f'href="{path}"' in page
        assert dossier.organisme.raison_sociale in client.get(path).text
    assert "Courriers revenus" in client.get("/caf/supervision/suspensions").text


def test_nothing_to_see_is_not_said(client: FlaskClient, app: Flask) -> None:
    agent_signed_in(client)

    assert "À voir aujourd’hui" not in client.get("/caf/").text
