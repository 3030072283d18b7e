"""Idle and closed accounts: warned, anonymised, and nothing is left that names them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from accounts.conftest import NoOrganisme
from accounts.test_races import AT_ONCE, at_once
from factories import PASSWORD, an_account
from flask import Flask
from sql_budget import counted
from sqlalchemy import func, select

from idp import worker
from idp.accounts import lifecycle, login, provisioning, retention
from idp.accounts.login import Attempt, Refused, SignedIn
from idp.accounts.models import Account, AccountState
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db, transaction
from idp.outbox import Delivery, read

NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)


def months_ago(months: int) -> datetime:
    """About that long ago, and a little more."""
    return NOW - timedelta(days=months * 31)


def idle(months: int, **values: Any) -> Account:
    """Somebody who last signed in that long ago."""
    account = an_account(last_login_at=months_ago(months), **values)
    db.session.commit()
    return account


def due_to_go(**values: Any) -> Account:
    """Somebody who was warned two months ago, in vain."""
    return idle(40, idle_warned_at=months_ago(2), **values)


def mails() -> list[dict[str, Any]]:
    """What is to be sent."""
    return [read(delivery) for delivery in db.session.scalars(select(Delivery))]


def events() -> list[str]:
    """The names of what was journalled."""
    return list(db.session.scalars(select(JournalEntry.event).order_by(JournalEntry.id)))


@pytest.mark.parametrize(
    "state", [s for s in AccountState if s is not AccountState.CLOS], ids=lambda state: state.value
)
def test_idle_person_is_warned_once_by_mail_of_the_day(app: Flask, state: AccountState) -> None:
    account = idle(25, state=state)

    assert (retention.warn_idle(NOW), retention.warn_idle(NOW)) == (1, 0)

    (mail,) = mails()
    db.session.refresh(account)
    assert mail["to"] == account.email
    assert "http" not in mail["body"].replace(app.extensions["ground"].settings.issuer, "")
    assert account.idle_warned_at == NOW
    assert events() == ["idle_warned"]


def test_person_without_address_is_noted_and_no_mail_leaves(app: Flask) -> None:
    account = an_account(email=None, created_at=months_ago(30))

    assert retention.warn_idle(NOW) == 1

    assert mails() == []
    db.session.refresh(account)
    assert account.idle_warned_at == NOW


def test_capabilities_above_are_told_who_was_warned(app: Flask, organismes: NoOrganisme) -> None:
    account = idle(25)

    retention.warn_idle(NOW)

    assert organismes.idle == [account.id]


def test_signing_in_starts_again(app: Flask) -> None:
    account = due_to_go()

    assert isinstance(login.sign_in(Attempt(account.identifiant, PASSWORD), NOW), SignedIn)
    db.session.commit()

    assert (retention.anonymise_idle(NOW), retention.warn_idle(NOW)) == (0, 0)


def test_person_who_never_came_goes_from_their_creation(app: Flask) -> None:
    account = an_account(
        created_at=months_ago(40), idle_warned_at=months_ago(2), state=AccountState.EN_ATTENTE
    )

    assert retention.anonymise_idle(NOW) == 1

    db.session.refresh(account)
    assert account.anonymised_at == NOW


def test_anonymous_account_is_closed_and_its_identifiant_never_given_again(app: Flask) -> None:
    account = due_to_go()
    identifiant, sub = account.identifiant, account.sub

    assert (retention.anonymise_idle(NOW), retention.anonymise_idle(NOW)) == (1, 0)
    db.session.commit()

    db.session.refresh(account)
    assert (account.state, account.sub) == (AccountState.CLOS, sub)
    assert identifiant not in account.identifiant
    assert provisioning.is_taken(identifiant)
    for typed in (identifiant, account.identifiant, "claire.martin@exemple.fr"):
        assert isinstance(login.sign_in(Attempt(typed, PASSWORD), NOW), Refused)
    assert "account_anonymised" in events()


def test_closed_account_goes_twelve_months_after(app: Flask) -> None:
    account = an_account()
    lifecycle.close(account.id, actor=COMMAND_LINE, now=NOW)

    assert retention.anonymise_closed(NOW + timedelta(days=364)) == 0
    assert retention.anonymise_closed(NOW + timedelta(days=365)) == 1
    assert retention.anonymise_closed(NOW + timedelta(days=366)) == 0


def test_closed_account_is_not_warned(app: Flask) -> None:
    idle(25, state=AccountState.CLOS, closed_at=NOW)

    assert retention.warn_idle(NOW) == 0


def test_workers_at_once_warn_once(app: Flask) -> None:
    idle(25)

    done = at_once(app, lambda: retention.warn_idle(NOW))

    assert sorted(done) == [0] * (AT_ONCE - 1) + [1]
    assert len(mails()) == 1


def test_workers_at_once_anonymise_once(app: Flask) -> None:
    for _ in range(3):
        due_to_go()

    done = at_once(app, lambda: retention.anonymise_idle(NOW, limit=2))

    assert sum(done) in (2, 3)
    while retention.anonymise_idle(NOW):
        db.session.commit()
    assert events().count("account_anonymised") == 3


def test_sign_in_at_the_last_minute_wins_over_the_worker(app: Flask) -> None:
    account = due_to_go()
    which = retention.is_due(retention.Due.ANONYMISATION, NOW)
    account.last_login_at = NOW
    db.session.commit()

    assert not retention._empty(account.id, account.identifiant, which, NOW)
    db.session.refresh(account)
    assert account.family_name == "Martin"


def test_some_at_a_time_until_none_is_left(app: Flask) -> None:
    for _ in range(5):
        due_to_go()

    total = worker.repeat(lambda now: retention.anonymise_idle(now, limit=2), NOW, rounds=10)

    assert total == 5


def test_statements_do_not_grow_with_the_accounts(app: Flask) -> None:
    def spent() -> int:
        due_to_go()
        with counted() as sent, transaction():
            retention.anonymise_idle(NOW)
        return len(sent)

    few = spent()
    for _ in range(30):
        an_account(password=None, last_login_at=NOW)
        an_account(
            password=None, anonymised_at=NOW, last_login_at=None, identifiant=uuid4().hex[:20]
        )

    assert spent() == few <= 14
    assert db.session.scalar(select(func.count()).select_from(Account)) == 62
