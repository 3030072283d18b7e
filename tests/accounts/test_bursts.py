"""A burst of guesses over the whole site is seen, once, whatever accounts and addresses it spreads over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog
from factories import an_account
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select

from idp import audit, throttle, worker
from idp.accounts import bursts, policy
from idp.accounts.events import SignInRefused, SignInSucceeded
from idp.accounts.policy import SignIns
from idp.accounts.views.doors import CONNEXION
from idp.audit import ANONYMOUS, JournalEntry
from idp.db import db

NOW = datetime(2026, 7, 1, 10, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def failures(times: int, at: datetime = NOW) -> None:
    """As many names that nobody bears."""
    for _time in range(times):
        audit.record(SignInRefused(reason="incorrect"), at=at, actor=ANONYMOUS)


def told() -> list[dict[str, Any]]:
    rows = select(JournalEntry.data).where(JournalEntry.event == "credential_stuffing_seen")
    return list(db.session.scalars(rows.order_by(JournalEntry.id)))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (SignIns(200, 0, 0, 200), True),
        (SignIns(200, 199, 50, 0), True),
        (SignIns(199, 0, 0, 199), False),
        (SignIns(200, 0, 49, 0), False),
        (SignIns(200, 200, 50, 0), False),
    ],
    ids=["unknown names", "known accounts", "few", "of few people", "a busy morning"],
)
def test_what_a_burst_is(seen: SignIns, expected: bool) -> None:
    assert policy.is_credential_stuffing(seen) is expected


def test_burst_is_journalled_once_a_window_with_counts_alone(app: Flask) -> None:
    """The attack: a thousand addresses, which each try one account once."""
    accounts = [an_account().id for _ in range(3)]
    for account_id in accounts * 2:
        audit.record(
            SignInRefused(reason="incorrect"), at=NOW, actor=ANONYMOUS, account_id=account_id
        )
    audit.record(SignInSucceeded(credential="password"), at=NOW, actor=ANONYMOUS)
    failures(300)
    for number in range(20):
        throttle.count(CONNEXION, f"192.0.{number}.1", NOW)

    with structlog.testing.capture_logs() as logged:
        for minute in range(4):
            worker.watch(NOW + minute * MINUTE)

    assert told() == [
        {
            "failures": 306,
            "successes": 1,
            "accounts": 3,
            "unknown": 300,
            "addresses": 20,
            "minutes": 10,
        }
    ]
    assert logged == [
        {
            "event": "credential_stuffing_seen",
            "log_level": "warning",
            "failures": 306,
            "addresses": 20,
        }
    ]


def test_burst_that_lasts_is_told_again_in_the_next_window(app: Flask) -> None:
    for minute in (0, 10):
        failures(300, NOW + minute * MINUTE)
        worker.watch(NOW + minute * MINUTE)

    assert len(told()) == 2


def test_failures_of_a_quiet_day_are_not_a_burst(app: Flask) -> None:
    for hour in range(24):
        failures(20, NOW + timedelta(hours=hour))
        worker.watch(NOW + timedelta(hours=hour))

    assert told() == []


def test_looking_reads_the_end_of_the_journal_and_writes_nothing(app: Flask) -> None:
    failures(10)

    with counted() as sent:
        bursts.watch(NOW)

    assert [statement.split()[0] for statement in sent] == ["SELECT"]
    assert "journal.id >" in sent[0]


def test_sign_ins_that_fail_are_what_is_counted(client: FlaskClient) -> None:
    """From the door itself, each time from another network."""
    for number in range(policy.BURST_FAILURES // 40):
        typed = {"identifiant": f"personne{number}@exemple.fr", "mot_de_passe": "wrong"}
        client.post(
            "/connexion", data=typed, environ_overrides={"REMOTE_ADDR": f"192.0.{number}.1"}
        )

    seen = bursts._sign_ins(datetime.now(UTC) + timedelta(seconds=1))

    assert seen == SignIns(failures=5, successes=0, accounts=0, unknown=5)
    assert throttle.places_counted(bursts.DOOR, MINUTE, datetime.now(UTC) - bursts.WINDOW) == 5
    assert CONNEXION.name == bursts.DOOR
