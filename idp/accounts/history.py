"""What happened to a person's account in the last twelve months, as the journal keeps it (DOMAIN.md §2.3).

Read a page at a time by key, so that the thousandth page costs what the first one does; the sentences are in
``history_words.py``.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from idp.audit import JournalEntry
from idp.db import db

KEPT = timedelta(days=365)
PAGE_ROWS = 25
EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)
_KEY = re.compile(r"(\d{1,17})-(\d{1,18})")


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of the account; ``by_self`` when its person did it."""

    id: int
    at: datetime
    event: str
    data: dict[str, Any]
    by_self: bool

    @property
    def key(self) -> str:
        """Where the next page starts."""
        return key_of(self.at, self.id)


@dataclass(frozen=True, slots=True)
class Page:
    """The newest first; ``following`` is the key of the next page."""

    events: list[Happened]
    following: str | None


def key_of(at: datetime, id_: int) -> str:
    """The place of a row among the others, as addresses carry it."""
    return f"{(at - EPOCH) // MICROSECOND}-{id_}"


def parse_key(text: str) -> tuple[datetime, int] | None:
    """What ``key_of`` said; None for anything else."""
    found = _KEY.fullmatch(text)
    return (EPOCH + int(found[1]) * MICROSECOND, int(found[2])) if found else None


def page(
    account_id: UUID,
    events: Collection[str],
    now: datetime,
    *,
    after: tuple[datetime, int] | None = None,
    rows: int = PAGE_ROWS,
) -> Page:
    """Those of these events that come ``after`` a key: one statement."""
    wanted = (
        select(
            JournalEntry.id,
            JournalEntry.at,
            JournalEntry.event,
            JournalEntry.data,
            JournalEntry.actor_id,
        )
        .where(
            JournalEntry.account_id == account_id,
            JournalEntry.at > now - KEPT,
            JournalEntry.event.in_(sorted(events)),
        )
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
        .limit(rows + 1)
    )
    if after:
        at, id_ = after
        wanted = wanted.where(
            JournalEntry.at <= at, or_(JournalEntry.at < at, JournalEntry.id < id_)
        )
    found = [
        Happened(id_, at, event, data, actor_id == account_id)
        for id_, at, event, data, actor_id in db.session.execute(wanted)
    ]
    shown = found[:rows]
    return Page(shown, shown[-1].key if len(found) > rows else None)
