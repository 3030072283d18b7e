"""What the journal no longer tells: each event is erased at its age, and the oldest rows leave the chain.

Why a row is erased before it is removed: ``docs/decisions/0010-the-journal-forgets.md``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from idp import audit, clock
from idp.audit import HISTORY_MONTHS, TECHNICAL_MONTHS, Event, JournalEntry
from idp.calendar_months import add_months, last_day_over
from idp.db import db

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class JournalErased(Event):
    """The content of that many rows was erased, at their age."""

    name: ClassVar[str] = "journal_erased"
    rows: int


def forget(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Erase, then remove, at most ``limit`` rows each; returns how many."""
    erased = _erase(now, limit)
    if erased:
        audit.record(JournalErased(rows=erased), at=now, actor=audit.WORKER)
    return erased + _remove_first(now, limit)


def to_erase(now: datetime) -> int:
    """How many rows are old enough."""
    return db.session.scalar(select(func.count(JournalEntry.id)).where(_old(now))) or 0


def next_erasure(now: datetime) -> datetime | None:
    """When the next row will be, from the oldest of each age that is not; None when the journal is empty."""
    ages = (
        (TECHNICAL_MONTHS, JournalEntry.event.in_(audit.events_kept(TECHNICAL_MONTHS))),
        (HISTORY_MONTHS, JournalEntry.event.not_in(audit.events_kept(TECHNICAL_MONTHS))),
    )
    days = []
    for months, which in ages:
        oldest = db.session.scalar(
            select(func.min(JournalEntry.at)).where(
                JournalEntry.erased_at.is_(None), which, JournalEntry.at >= _before(months, now)
            )
        )
        if oldest is not None:
            days.append(add_months(clock.today(oldest), months))
    return clock.start_of_day(min(days)) if days else None


def _before(months: int, now: datetime) -> datetime:
    return clock.end_of_day(last_day_over(clock.today(now), months))


def _old(now: datetime) -> ColumnElement[bool]:
    # Not before they are sealed: the digest of what is erased must be in the chain.
    return and_(
        JournalEntry.erased_at.is_(None),
        JournalEntry.rank.is_not(None),
        or_(
            JournalEntry.at < _before(HISTORY_MONTHS, now),
            and_(
                JournalEntry.event.in_(audit.events_kept(TECHNICAL_MONTHS)),
                JournalEntry.at < _before(TECHNICAL_MONTHS, now),
            ),
        ),
    )


def _erase(now: datetime, limit: int) -> int:
    some = select(JournalEntry.id).where(_old(now)).limit(limit)
    erased = db.session.execute(
        update(JournalEntry)
        # Said twice: of two workers at once, the second finds the row erased once it has waited for it.
        .where(JournalEntry.id.in_(some), JournalEntry.erased_at.is_(None))
        .values(
            salt=None,
            actor_id=None,
            account_id=None,
            organisme_id=None,
            organisme_rank=None,
            organisme_previous=None,
            data={},
            erased_at=now,
        )
        .returning(JournalEntry.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(erased)


def _remove_first(now: datetime, limit: int) -> int:
    # All that comes before the first row which still tells something, but for one: the chain hangs from it.
    stays = or_(JournalEntry.erased_at.is_(None), JournalEntry.at >= _before(HISTORY_MONTHS, now))
    in_order = select(JournalEntry.rank).where(JournalEntry.rank.is_not(None)).order_by("rank")
    first = db.session.scalar(in_order.limit(1))
    if first is None:
        return 0
    floor = db.session.scalar(in_order.where(stays).limit(1))
    if floor is None:
        floor = (db.session.scalar(select(func.max(JournalEntry.rank))) or 0) + 1
    # The last row of all stays too: the sealer goes on from it.
    removed = db.session.execute(
        delete(JournalEntry)
        .where(JournalEntry.rank < min(floor - 1, first + limit))
        .returning(JournalEntry.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(removed)
