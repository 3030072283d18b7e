"""The journal: typed events, written in the transaction of what they tell, then sealed in a chain.

A row is inserted without its place in the chain, so that the hot path pays one statement and takes no lock;
the worker seals rows in order, one sealer at a time (``docs/decisions/0002-journal.md``). Each capability
declares its own events as dataclasses, whose fields are exactly what is kept (CNIL délib. 2021-122:
minimise). Never a password, a code, a token, nor a N° utilisateur typed in error.

What an event told is erased once it is older than ``kept_months`` (``idp/journal_retention.py``); its place in the
chain and its date stay, and the chain still holds.
"""

import hashlib
import json
import secrets
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Table, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from idp import clock
from idp.calendar_months import add_months
from idp.db import Model, UtcDateTime, db

FIRST_HASH = "0" * 64
TECHNICAL_MONTHS = 12
"""How long who signed in, and what was refused, is told (CNIL délib. 2021-122: six to twelve months)."""
HISTORY_MONTHS = 36
"""How long who gave which right to whom is told: internal control of access to families' data."""
SALT_BYTES = 16
DAILY = ("authorization_granted", "authorization_refused", "token_issued")
"""What services do all day for an organisme (``idp/oidc/events.py``): in its journal only when asked for, so that
who gave what to whom is read without going through it."""
NOT_DAILY = f"event NOT IN ({', '.join(map(repr, DAILY))})"
"""In SQL, word for word as the partial indexes say it: a bound value would not let the database choose them."""
_SEALER_LOCK = 0x6D637001  # any constant: PostgreSQL's advisory lock of the sealer


_KEPT_MONTHS: dict[str, int] = {}


def kept_months(event: str) -> int:
    """How long the content of an event of that name is kept; the longest when the name is of the past."""
    return _KEPT_MONTHS.get(event, HISTORY_MONTHS)


def events_kept(months: int) -> list[str]:
    """The names of the events that are kept that long."""
    return sorted(name for name, kept in _KEPT_MONTHS.items() if kept == months)


@dataclass(frozen=True, slots=True)
class Event:
    """Base of every event; subclasses give ``name``, their exact fields, and how long they are kept."""

    name: ClassVar[str]
    kept_months: ClassVar[int] = TECHNICAL_MONTHS

    def __init_subclass__(cls) -> None:
        _KEPT_MONTHS[cls.__dict__.get("name", cls.__qualname__)] = cls.kept_months


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person (``account_id``), or ``command line``, ``worker``, ``anonymous``."""

    kind: str
    account_id: UUID | None = None

    @classmethod
    def person(cls, account_id: UUID) -> "Actor":
        """Somebody who is signed in."""
        return cls("person", account_id)


COMMAND_LINE = Actor("command line")
WORKER = Actor("worker")
ANONYMOUS = Actor("anonymous")


def _of_an_organisme(name: str, *columns: str, only: str = "") -> Index:
    # Sign-ins and what concerns no organisme, most of the hot path, pay for none of them.
    rows = text(" AND ".join(filter(None, ("organisme_id IS NOT NULL", only))))
    return Index(name, *columns, postgresql_where=rows, sqlite_where=rows)


class JournalEntry(Model):
    """One event. ``rank``, ``salt`` and the three hashes are written once, by the sealer.

    What is erased of an old one: ``salt``, the three ids and ``data``. The salt keeps anyone from finding again,
    by trying every account, what the digest of an erased content was made of.
    """

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String(60))
    actor_kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[UUID | None]
    account_id: Mapped[UUID | None]
    organisme_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSON)
    rank: Mapped[int | None] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), unique=True
    )
    salt: Mapped[str | None] = mapped_column(String(32))
    content_hash: Mapped[str | None] = mapped_column(String(64))
    previous_hash: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(64))
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_journal_unsealed", "id", postgresql_where=text("rank IS NULL")),
        Index("ix_journal_account", "account_id", "at"),
        _of_an_organisme("ix_journal_organisme", "organisme_id", "at", "id"),
        _of_an_organisme("ix_journal_gestion", "organisme_id", "at", "id", only=NOT_DAILY),
        _of_an_organisme("ix_journal_auteur", "organisme_id", "actor_id", "at", only=NOT_DAILY),
        _of_an_organisme("ix_journal_event", "organisme_id", "event", "at", only=NOT_DAILY),
        Index(
            "ix_journal_not_erased",
            "event",
            "at",
            postgresql_where=text("erased_at IS NULL"),
            sqlite_where=text("erased_at IS NULL"),
        ),
    )

    def computed_content_hash(self) -> str:
        """SHA-256 over what is erased one day: who, whom, and the fields of the event."""
        ids = (str(value or "") for value in (self.actor_id, self.account_id, self.organisme_id))
        data = json.dumps(self.data, sort_keys=True, ensure_ascii=True)
        return _sha256(self.salt or "", *ids, data)

    def computed_hash(self, previous_hash: str) -> str:
        """SHA-256 over the previous hash, what is never erased, and the digest of what is."""
        instant = self.at.isoformat()
        return _sha256(previous_hash, instant, self.event, self.actor_kind, self.content_hash or "")

    @property
    def emptied(self) -> bool:
        """Whether nothing is left of the content."""
        return not any((self.salt, self.actor_id, self.account_id, self.organisme_id, self.data))


def _sha256(*fields: str) -> str:
    return hashlib.sha256("\0".join(fields).encode()).hexdigest()


# On the table and built once: nothing of the row is read back.
_INSERT = insert(cast(Table, JournalEntry.__table__))


def record(
    event: Event,
    *,
    at: datetime,
    actor: Actor,
    account_id: UUID | None = None,
    organisme_id: UUID | None = None,
) -> None:
    """Write one event, in the current transaction, by one statement."""
    data = {key: _plain(value) for key, value in asdict(event).items() if value is not None}
    row = {
        "at": at,
        "event": event.name,
        "actor_kind": actor.kind,
        "actor_id": actor.account_id,
        "account_id": account_id,
        "organisme_id": organisme_id,
        "data": data,
    }
    db.session.execute(_INSERT, row)


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str | list) else str(value)


def seal(limit: int = 1000) -> int:
    """Give their place in the chain to at most ``limit`` rows; returns how many were sealed."""
    _lock_sealer()
    last = db.session.execute(
        select(JournalEntry.rank, JournalEntry.hash)
        .where(JournalEntry.rank.is_not(None))
        .order_by(JournalEntry.rank.desc())
        .limit(1)
    ).one_or_none()
    rank, previous_hash = (last.rank or 0, last.hash or FIRST_HASH) if last else (0, FIRST_HASH)
    unsealed = select(JournalEntry).where(JournalEntry.rank.is_(None)).order_by(JournalEntry.id)
    count = 0
    for entry in db.session.scalars(unsealed.limit(limit)):
        rank += 1
        entry.rank = rank
        entry.salt = secrets.token_hex(SALT_BYTES)
        entry.content_hash = entry.computed_content_hash()
        entry.previous_hash = previous_hash
        previous_hash = entry.hash = entry.computed_hash(previous_hash)
        count += 1
    return count


def _lock_sealer() -> None:
    # Held until the transaction ends. SQLite has a single writer: an UPDATE that finds no row takes its place.
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEALER_LOCK})
        return
    db.session.execute(text("UPDATE journal SET rank = rank WHERE id IS NULL"))


@dataclass(frozen=True, slots=True)
class Verification:
    """What the check of the chain found.

    ``first``: rank of the first row that is left; ``broken_at``: rank of the first row that does not hold.
    """

    sealed: int
    unsealed: int
    broken_at: int | None
    erased: int = 0
    first: int = 1


def verify(now: datetime) -> Verification:
    """Read the chain from its first row and recompute every hash, at flat memory.

    A row may be erased, and rows missing before the first, once they are older than what is kept: no earlier.
    """
    entries = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.rank.is_not(None))
        .order_by(JournalEntry.rank)
        .execution_options(yield_per=1000)
    )
    sealed, erased, first, previous, broken_at = 0, 0, 1, FIRST_HASH, None
    with closing(entries):
        for entry in entries:
            if not sealed and _may_be_first(entry, now):
                first, previous = entry.rank or 1, entry.previous_hash or ""
            if entry.rank != first + sealed or not _holds(entry, previous, now):
                broken_at = first + sealed
                break
            sealed += 1
            erased += entry.erased_at is not None
            previous = entry.hash or ""
    unsealed = db.session.query(JournalEntry).filter(JournalEntry.rank.is_(None)).count()
    return Verification(sealed, unsealed, broken_at, erased, first)


def _holds(entry: JournalEntry, previous_hash: str, now: datetime) -> bool:
    if entry.previous_hash != previous_hash or entry.hash != entry.computed_hash(previous_hash):
        return False
    if entry.erased_at is None:
        return entry.content_hash == entry.computed_content_hash()
    # Its date and its name are in the chain: nobody can make it look old enough to be erased.
    return entry.emptied and is_over(entry.at, kept_months(entry.event), now)


def _may_be_first(entry: JournalEntry, now: datetime) -> bool:
    return entry.erased_at is not None and is_over(entry.at, HISTORY_MONTHS, now)


def is_over(at: datetime, months: int, now: datetime) -> bool:
    """Whether that many months of the calendar have passed since."""
    return add_months(clock.today(at), months) <= clock.today(now)
