"""What is due of an account that nobody uses, on any day, and that the rows are chosen likewise."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from factories import an_account
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from idp.accounts import retention
from idp.accounts.models import Account
from idp.accounts.retention_policy import Due, anonymised_on, due_of_idle
from idp.calendar_months import add_months
from idp.clock import PARIS
from idp.db import db

TODAY = date(2026, 3, 31)
SINCE = st.integers(0, 40 * 31).map(lambda days: TODAY - timedelta(days=days))
WARNED = st.none() | SINCE


@pytest.mark.parametrize(
    ("since", "warned", "due"),
    [
        (date(2024, 4, 1), None, Due.NOTHING),
        (date(2024, 3, 31), None, Due.FIRST_WARNING),
        (date(2024, 3, 31), date(2024, 3, 1), Due.FIRST_WARNING),
        (date(2024, 3, 1), date(2026, 3, 1), Due.NOTHING),
        (date(2023, 4, 30), date(2025, 4, 30), Due.LAST_WARNING),
        (date(2023, 5, 1), date(2025, 5, 1), Due.NOTHING),
        (date(2023, 4, 1), date(2026, 3, 1), Due.NOTHING),
        (date(2023, 3, 31), date(2026, 2, 28), Due.ANONYMISATION),
        (date(2023, 3, 31), date(2026, 3, 1), Due.NOTHING),
        (date(2020, 1, 1), None, Due.LAST_WARNING),
        (date(2020, 1, 1), date(2025, 9, 30), Due.LAST_WARNING),
        (date(2020, 1, 1), date(2025, 10, 1), Due.ANONYMISATION),
    ],
)
def test_due(since: date, warned: date | None, due: Due) -> None:
    assert due_of_idle(since, warned, TODAY) is due


@given(SINCE)
def test_worker_of_every_day_warns_twice_then_anonymises_on_the_day_it_told(since: date) -> None:
    warned, told, day = None, [], since
    while (due := due_of_idle(since, warned, day)) is not Due.ANONYMISATION:
        if due is not Due.NOTHING:
            warned = day
            told.append((due, day))
        day += timedelta(days=1)

    assert told == [
        (Due.FIRST_WARNING, add_months(since, 24)),
        (Due.LAST_WARNING, add_months(since, 35)),
    ]
    assert day == anonymised_on(since, told[-1][1])
    assert add_months(since, 36) <= day <= add_months(since, 36) + timedelta(days=3)


@given(SINCE, SINCE)
def test_nobody_is_anonymised_within_a_month_of_the_last_warning(since: date, warned: date) -> None:
    if due_of_idle(since, warned, TODAY) is Due.ANONYMISATION:
        assert warned >= add_months(since, 30) or warned > add_months(since, 24)
        assert add_months(warned, 1) <= TODAY


def at_noon(day: date | None) -> datetime | None:
    """An instant of that day in Paris."""
    return datetime.combine(day, time(12), PARIS).astimezone(UTC) if day else None


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(SINCE, WARNED), min_size=8, max_size=8))
def test_rows_are_chosen_as_decided(app: Flask, people: list[tuple[date, date | None]]) -> None:
    now = datetime.combine(TODAY, time(23, 59), PARIS).astimezone(UTC)
    decided = {
        an_account(
            password=None, last_login_at=at_noon(since), idle_warned_at=at_noon(warned)
        ).id: due_of_idle(since, warned if warned != since else None, TODAY)
        for since, warned in people
    }

    for due in (Due.FIRST_WARNING, Due.LAST_WARNING, Due.ANONYMISATION):
        chosen = set(db.session.scalars(select(Account.id).where(retention.is_due(due, now))))
        assert chosen == {account_id for account_id, its in decided.items() if its is due}
    db.session.rollback()
