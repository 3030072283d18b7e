"""Once a week, administrateurs are told that something ends soon: once for all workers, and naming nobody."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
)
from flask import Flask
from sqlalchemy import select

from idp import clock, outbox
from idp.accounts.models import Account
from idp.db import db, transaction
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Habilitation,
    Organisme,
    Rattachement,
    Role,
)
from idp.habilitations.personnes import rappels
from idp.outbox import Delivery

NOW = datetime.now(UTC)
TODAY = clock.today(NOW)
BIENTOT = TODAY + timedelta(days=20)


@pytest.fixture
def nadia(app: Flask) -> Rattachement:
    """Of LES OLIVIERS, which Claire administers; nothing of it ends."""
    organisme = an_organisme()
    contrat = a_contrat(organisme)
    a_rattachement(an_account(email="chef@exemple.fr"), organisme, role=Role.ADMINISTRATEUR)
    nadia = a_rattachement(an_account(family_name="Le Gall"), organisme)
    an_habilitation(nadia, a_groupe(contrat))
    return nadia


def week(now: datetime = NOW) -> None:
    """What the worker does each hour, some organismes at a time, until there is none left."""
    for _round in range(10):
        with transaction():
            if not rappels.rappeler(now, limit=1):
                return
    raise AssertionError("it never ends")


def mails() -> list[dict[str, Any]]:
    rows = db.session.scalars(select(Delivery).where(Delivery.kind == "mail"))
    return [outbox.read(row) for row in rows]


def compte(nadia: Rattachement, fin: date) -> None:
    nadia.cloture = fin


def groupe(_nadia: Rattachement, fin: date) -> None:
    db.session.scalars(select(Habilitation)).one().fin = fin


def contrat(_nadia: Rattachement, fin: date) -> None:
    db.session.scalars(select(ContratDeService)).one().fin = fin


def convention(_nadia: Rattachement, fin: date) -> None:
    db.session.scalars(select(Convention)).one().fin = fin


def mandat(nadia: Rattachement, fin: date) -> None:
    a_mandat(nadia, [], db.session.scalars(select(Account)).first() or an_account(), fin=fin)


@pytest.mark.parametrize(
    "ends", [compte, groupe, contrat, convention, mandat], ids=lambda ends: ends.__name__
)
def test_what_ends_soon_is_told(nadia: Rattachement, ends: Any) -> None:
    ends(nadia, BIENTOT)
    db.session.flush()

    week()

    [mail] = mails()
    assert mail["to"] == "chef@exemple.fr"
    assert mail["subject"] == "1 échéance dans les 30 jours pour LES OLIVIERS"
    assert f"{BIENTOT:%d/%m/%Y}" in mail["body"]
    assert "Le Gall" not in mail["body"]


def test_nothing_that_ends_later_is_told(nadia: Rattachement) -> None:
    nadia.cloture = TODAY + timedelta(days=31)

    week()

    assert mails() == []


def test_each_organisme_is_told_once_a_week(nadia: Rattachement) -> None:
    nadia.cloture = BIENTOT
    autre = an_organisme(raison_sociale="LES HORTENSIAS")
    a_rattachement(an_account(email="autre@exemple.fr"), autre, role=Role.ADMINISTRATEUR)
    a_contrat(autre, fin=BIENTOT)
    db.session.flush()

    week()
    week(NOW + timedelta(minutes=1))
    assert sorted(mail["to"] for mail in mails()) == ["autre@exemple.fr", "chef@exemple.fr"]
    week(clock.start_of_day(TODAY - timedelta(days=TODAY.weekday()) + timedelta(days=7)))

    assert len(mails()) == 4


@pytest.mark.parametrize("state", ["suspended organisme", "nobody who can act", "who is gone"])
def test_nobody_is_told_in_vain(nadia: Rattachement, state: str) -> None:
    nadia.cloture = BIENTOT
    if state == "suspended organisme":
        db.session.get_one(Organisme, nadia.organisme_id).suspendu_at = NOW
    elif state == "nobody who can act":
        chef = db.session.scalars(
            select(Rattachement).where(Rattachement.role == Role.ADMINISTRATEUR)
        ).one()
        chef.suspendu_at = NOW
    else:
        nadia.suspendu_at = NOW
    db.session.flush()

    week()

    assert mails() == []
