"""The journal forgets at each event's age; its chain holds, and shows what was altered or erased too early."""

from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from flask import Flask
from sql_budget import counted
from sqlalchemy import delete, select
from test_audit import Seen, alter

from idp import audit, journal_retention, worker
from idp.audit import HISTORY_MONTHS, TECHNICAL_MONTHS, Event, JournalEntry
from idp.db import db

NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)
HALF_A_YEAR = NOW - timedelta(days=180)
TWO_YEARS = NOW - timedelta(days=730)
FOUR_YEARS = NOW - timedelta(days=1460)


class Granted(Event):
    """A right, in a test."""

    name: ClassVar[str] = "test.granted"
    kept_months: ClassVar[int] = HISTORY_MONTHS


def told(*rows: tuple[type[Event], datetime]) -> None:
    """These events, in the chain."""
    for kind, at in rows:
        event = Seen("Claire Martin") if kind is Seen else kind()
        audit.record(event, at=at, actor=audit.Actor.person(uuid4()), account_id=uuid4())
    audit.seal()
    db.session.commit()


def forget(now: datetime = NOW, **limit: int) -> int:
    """As the worker does, without the event that tells it."""
    done = journal_retention.forget(now, **limit)
    db.session.execute(delete(JournalEntry).where(JournalEntry.event == "journal_erased"))
    db.session.commit()
    db.session.expire_all()
    return done


def all_kinds() -> list[type[Event]]:
    """Every event that the application declares."""
    found, left = set(), Event.__subclasses__()
    while left:
        kind = left.pop()
        left += kind.__subclasses__()
        if kind.__module__.startswith("idp."):
            found.add(kind)
    return sorted(found, key=lambda kind: kind.__qualname__)


def test_every_event_says_how_long_it_is_kept(app: Flask) -> None:
    for kind in all_kinds():
        assert kind.kept_months in (TECHNICAL_MONTHS, HISTORY_MONTHS), kind
        assert audit.kept_months(kind.__dict__["name"]) == kind.kept_months, kind


def test_what_is_told_of_rights_is_kept_three_years(app: Flask) -> None:
    """What tells of a page that was refused to somebody tells of no right."""
    rights = [kind for kind in all_kinds() if kind.__module__.startswith("idp.habilitations.")]

    assert {kind.name for kind in rights if kind.kept_months != HISTORY_MONTHS} == {
        "acces_agent_refuse"
    }


def test_each_event_is_erased_at_its_age_and_the_chain_holds(app: Flask) -> None:
    told((Granted, TWO_YEARS), (Seen, TWO_YEARS), (Seen, HALF_A_YEAR))

    forget()

    kept, erased, recent = db.session.scalars(select(JournalEntry).order_by(JournalEntry.rank))
    assert (kept.erased_at, recent.erased_at) == (None, None)
    assert erased.erased_at == NOW
    assert erased.emptied
    assert (erased.event, erased.at) == ("test.seen", TWO_YEARS)
    assert audit.verify(NOW) == audit.Verification(3, 0, None, erased=1)


def test_event_is_erased_on_the_day_it_is_a_year_old_in_paris(app: Flask) -> None:
    told(
        (Seen, datetime(2025, 3, 31, 21, 59, tzinfo=UTC)),
        (Seen, datetime(2025, 3, 31, 22, 1, tzinfo=UTC)),
    )

    assert journal_retention.to_erase(NOW) == 1
    assert journal_retention.next_erasure(NOW) == datetime(2026, 3, 31, 22, tzinfo=UTC)


def test_oldest_rows_leave_and_the_chain_hangs_from_the_last_of_them(app: Flask) -> None:
    told(
        *[(Seen, FOUR_YEARS), (Granted, FOUR_YEARS)] * 3, (Granted, TWO_YEARS), (Seen, HALF_A_YEAR)
    )

    forget()

    assert audit.verify(NOW) == audit.Verification(3, 0, None, erased=1, first=6)
    told((Seen, NOW))
    assert audit.verify(NOW) == audit.Verification(4, 0, None, erased=1, first=6)


def test_journal_of_which_all_is_old_goes_on_from_its_last_row(app: Flask) -> None:
    told((Seen, FOUR_YEARS), (Seen, FOUR_YEARS))
    forget()

    told((Seen, NOW))

    assert audit.verify(NOW) == audit.Verification(2, 0, None, erased=1, first=2)


def test_rows_leave_some_at_a_time_and_the_chain_holds_between(app: Flask) -> None:
    told(*[(Seen, FOUR_YEARS)] * 7, (Seen, NOW))

    rounds = 0
    while forget(limit=2):
        rounds += 1
        assert audit.verify(NOW).broken_at is None

    assert rounds >= 3
    assert forget() == 0
    assert audit.verify(NOW) == audit.Verification(2, 0, None, erased=1, first=7)


def test_row_that_waits_for_the_sealer_is_not_erased(app: Flask) -> None:
    audit.record(Seen("x"), at=FOUR_YEARS, actor=audit.WORKER)

    assert forget() == 0


EMPTY: dict[str, Any] = {
    "salt": None,
    "actor_id": None,
    "account_id": None,
    "organisme_id": None,
    "data": {},
    "erased_at": NOW,
}


@pytest.mark.parametrize(
    "values",
    [
        EMPTY,
        {**EMPTY, "at": FOUR_YEARS},
        {**EMPTY, "event": "test.seen"},
        {"data": {}},
    ],
    ids=["too early", "made older", "made of a shorter kept kind", "unmarked"],
)
def test_erasing_what_must_be_kept_is_found(app: Flask, values: dict[str, Any]) -> None:
    told((Seen, TWO_YEARS), (Granted, TWO_YEARS), (Seen, HALF_A_YEAR))
    told((Seen, HALF_A_YEAR))
    forget()

    alter(3 if values == {"data": {}} else 2, **values)

    assert audit.verify(NOW).broken_at == (3 if values == {"data": {}} else 2)


@pytest.mark.parametrize(
    "values",
    [{"at": NOW}, {"event": "test.granted"}, {"content_hash": "f" * 64}, {"account_id": uuid4()}],
    ids=lambda values: next(iter(values)),
)
def test_altering_what_is_left_of_an_erased_row_is_found(
    app: Flask, values: dict[str, Any]
) -> None:
    told((Granted, TWO_YEARS), (Seen, TWO_YEARS), (Seen, HALF_A_YEAR))
    forget()

    alter(2, **values)

    assert audit.verify(NOW).broken_at == 2


def test_removing_first_rows_that_must_be_kept_is_found(app: Flask) -> None:
    told((Seen, TWO_YEARS), (Seen, TWO_YEARS), (Seen, HALF_A_YEAR))
    forget()
    db.session.execute(delete(JournalEntry).where(JournalEntry.rank == 1))
    db.session.commit()

    assert audit.verify(NOW).broken_at == 1


def test_statements_do_not_grow_with_the_journal(app: Flask) -> None:
    told(*[(Seen, FOUR_YEARS)] * 3, (Seen, NOW))
    with counted() as few:
        journal_retention.forget(NOW)
    told(*[(Seen, FOUR_YEARS)] * 60, (Seen, NOW))
    with counted() as many:
        journal_retention.forget(NOW)

    assert len(many) == len(few) <= 6


def test_worker_makes_the_journal_forget_and_says_so(app: Flask) -> None:
    told((Seen, FOUR_YEARS))

    worker.do_chores(NOW)

    said = db.session.scalars(select(JournalEntry).where(JournalEntry.event == "journal_erased"))
    assert [entry.data for entry in said] == [{"rows": 1}]
    assert "Claire Martin" not in str(db.session.scalars(select(JournalEntry.data)).all())
