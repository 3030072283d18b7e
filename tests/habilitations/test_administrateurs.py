"""The first person who completes the first connection becomes administrateur of the organisme."""

from datetime import UTC, datetime

import pytest
from factories import a_rattachement, an_account, an_organisme
from flask import Flask
from sqlalchemy import select

from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.administration.administrateurs import OrganismesDesComptes
from idp.habilitations.models import Agent, NumeroUtilisateur, Role, RoleAgent
from idp.outbox import Delivery

NOW = datetime.now(UTC)
PORT = OrganismesDesComptes()


def test_the_first_person_is_told_and_becomes_administrateur(app: Flask) -> None:
    account = an_account()
    rattachement = a_rattachement(account, an_organisme())

    announced = PORT.future_administrateur_of(account.id)
    PORT.first_connection_done(account.id, NOW)

    assert announced == "LES OLIVIERS"
    assert rattachement.role is Role.ADMINISTRATEUR
    assert PORT.future_administrateur_of(account.id) is None


def test_the_second_person_stays_a_user(app: Flask) -> None:
    organisme = an_organisme()
    a_rattachement(an_account(), organisme, role=Role.ADMINISTRATEUR)
    second = an_account(email="second@exemple.fr")
    rattachement = a_rattachement(second, organisme)

    PORT.first_connection_done(second.id, NOW)

    assert rattachement.role is Role.UTILISATEUR
    assert PORT.future_administrateur_of(second.id) is None


def test_the_designation_is_journalled_and_mailed_to_person_and_organisme(app: Flask) -> None:
    account = an_account()
    a_rattachement(account, an_organisme(email="accueil@olivier.example"))

    PORT.first_connection_done(account.id, NOW)

    events = db.session.scalars(select(JournalEntry.event)).all()
    assert events == ["administrateur_designe"]
    assert len(db.session.scalars(select(Delivery)).all()) == 2


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("utilisateur", False),
        ("administrateur", True),
        ("responsable_habilitation", True),
        ("premier", True),
        ("agent", True),
        ("ancien agent", False),
        ("nobody", False),
    ],
)
def test_who_gives_access_to_others(app: Flask, who: str, expected: bool) -> None:
    """DOMAIN: a longer password is asked of administrateurs, responsables and agents of the Caf."""
    account, organisme = an_account(), an_organisme()
    if who in set(Role):
        a_rattachement(an_account(), organisme, role=Role.ADMINISTRATEUR)
        a_rattachement(account, organisme, role=Role(who))
    if who == "premier":
        a_rattachement(account, organisme)
    if "agent" in who:
        ended_at = NOW if who == "ancien agent" else None
        agent = Agent(account_id=account.id, role=RoleAgent.NATIONAL, caisses=[])
        agent.created_at, agent.ended_at = NOW, ended_at
        db.session.add(agent)
        db.session.flush()

    assert PORT.gives_access(account.id) is expected


def test_numeros_utilisateur_of_a_person(app: Flask) -> None:
    account, organisme = an_account(), an_organisme()
    a_rattachement(account, organisme)
    numero = NumeroUtilisateur(
        valeur="35900007090001", organisme_id=organisme.id, caisse_code="359"
    )
    db.session.add(numero)
    db.session.flush()

    assert PORT.numeros_of(account.id) == ["35900007090001"]
    assert PORT.numeros_of(an_account().id) == []
