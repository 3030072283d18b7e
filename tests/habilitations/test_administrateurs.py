"""The first person who completes the first connection becomes administrateur of the organisme."""

from datetime import UTC, datetime

from factories import a_rattachement, an_account, an_organisme
from flask import Flask
from sqlalchemy import select

from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.administrateurs import OrganismesDesComptes
from idp.habilitations.models import Role
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
