"""The journal: typed events, written in the transaction of what they tell, then sealed in a chain.

A row is inserted without its place in the chain, so that the hot path pays one statement and takes no lock;
the worker seals rows in order, one sealer at a time (``docs/decisions/0002-journal.md``). Each capability
declares its own events as dataclasses, whose fields are exactly what is kept (CNIL délib. 2021-122:
minimise). Never a password, a code, a token, nor a N° utilisateur typed in error.
"""

import hashlib
import json
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Table, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, db

FIRST_HASH = "0" * 64
_SEALER_LOCK = 0x6D637001  # any constant: PostgreSQL's advisory lock of the sealer


@dataclass(frozen=True, slots=True)
class Event:
    """Base of every event; subclasses give ``name`` and their exact fields."""

    name: ClassVar[str]


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


class JournalEntry(Model):
    """One event. ``rank``, ``previous_hash`` and ``hash`` are written once, by the sealer."""

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
    previous_hash: Mapped[str | None] = mapped_column(String(64))
    hash: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        Index("ix_journal_unsealed", "id", postgresql_where=text("rank IS NULL")),
        Index("ix_journal_account", "account_id", "at"),
        Index("ix_journal_organisme", "organisme_id", "at"),
    )

    def computed_hash(self, previous_hash: str) -> str:
        """SHA-256 over the previous hash and every field that the event fixed."""
        fields = [
            previous_hash,
            self.at.isoformat(),
            self.event,
            self.actor_kind,
            *(str(value or "") for value in (self.actor_id, self.account_id, self.organisme_id)),
            json.dumps(self.data, sort_keys=True, ensure_ascii=True),
        ]
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
        entry.previous_hash = previous_hash
        previous_hash = entry.hash = entry.computed_hash(previous_hash)
        count += 1
    return count


def _lock_sealer() -> None:
    # Held until the transaction ends; SQLite has a single writer, whose lock the first UPDATE takes,
    # and its only sealer is the worker beside it (rank is unique: a second sealer would fail, not fork).
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SEALER_LOCK})


@dataclass(frozen=True, slots=True)
class Verification:
    """What the check of the chain found; ``broken_at`` is the rank of the first row that does not hold."""

    sealed: int
    unsealed: int
    broken_at: int | None


def verify() -> Verification:
    """Read the chain from its first row and recompute every hash, at flat memory."""
    entries = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.rank.is_not(None))
        .order_by(JournalEntry.rank)
        .execution_options(yield_per=1000)
    )
    sealed, previous_hash, broken_at = 0, FIRST_HASH, None
    with closing(entries):
        for entry in entries:
            sealed += 1
            holds = entry.rank == sealed and entry.hash == entry.computed_hash(previous_hash)
            if not holds or entry.previous_hash != previous_hash:
                broken_at = sealed
                break
            previous_hash = entry.hash or ""
    unsealed = db.session.query(JournalEntry).filter(JournalEntry.rank.is_(None)).count()
    return Verification(sealed, unsealed, broken_at)
