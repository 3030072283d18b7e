"""The journal: typed events, written in the transaction of what they tell, then sealed in a chain.

A row is inserted without its place in the chain, so that the hot path pays one statement and takes no lock;
the worker seals rows in order, one sealer at a time (``docs/decisions/0002-journal.md``). Each capability
declares its own events as dataclasses, whose fields are exactly what is kept (CNIL délib. 2021-122:
minimise). Never a password, a code, a token, nor a N° utilisateur typed in error.

What an event told is erased once it is older than ``kept_months`` (``idp/journal_retention.py``); its place in the
chain and its date stay, and the chain still holds.
"""

import secrets
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Index,
    Integer,
    Row,
    String,
    Table,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from idp import clock
from idp.bulk import insert_all
from idp.calendar_months import add_months
from idp.db import Model, UtcDateTime, db, inserting
from idp.journal_chain import FIRST_HASH, Content, Link, content_hash, row_hash

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
_OFTEN = (*DAILY, "sign_in_succeeded", "sign_in_refused", "second_factor_shown")
DONE_ON_PURPOSE = f"actor_id IS NOT NULL AND event NOT IN ({', '.join(map(repr, _OFTEN))})"
"""What somebody did otherwise than by coming in: in SQL, word for word, likewise."""
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

    What tells of rights in an organisme is also numbered and chained there (``organisme_rank``,
    ``organisme_previous``), so that nothing can be left out of a proof (``docs/preuve.md``).

    What is erased of an old one: ``salt``, the three ids, ``data`` and the place in the organisme. The salt keeps
    anyone from finding again, by trying every account, what the digest of an erased content was made of.
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
    organisme_rank: Mapped[int | None]
    organisme_previous: Mapped[str | None] = mapped_column(String(64))
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_journal_unsealed", "id", postgresql_where=text("rank IS NULL")),
        Index("ix_journal_account", "account_id", "at"),
        _of_an_organisme("ix_journal_organisme", "organisme_id", "at", "id"),
        _of_an_organisme("ix_journal_gestion", "organisme_id", "at", "id", only=NOT_DAILY),
        _of_an_organisme("ix_journal_auteur", "organisme_id", "actor_id", "at", only=NOT_DAILY),
        _of_an_organisme("ix_journal_event", "organisme_id", "event", "at", only=NOT_DAILY),
        Index(
            "ix_journal_actor",
            "actor_id",
            "at",
            "id",
            "event",
            postgresql_where=text(DONE_ON_PURPOSE),
            sqlite_where=text(DONE_ON_PURPOSE),
        ),
        Index(
            "ix_journal_organisme_rank",
            "organisme_id",
            "organisme_rank",
            unique=True,
            postgresql_where=text("organisme_rank IS NOT NULL"),
            sqlite_where=text("organisme_rank IS NOT NULL"),
        ),
        Index(
            "ix_journal_not_erased",
            "event",
            "at",
            postgresql_where=text("erased_at IS NULL"),
            sqlite_where=text("erased_at IS NULL"),
        ),
    )

    def computed_content_hash(self) -> str:
        """That of the content as it is now."""
        link = None
        if self.organisme_rank is not None:
            link = Link(self.organisme_rank, self.organisme_previous or "")
        ids = _texts(self.actor_id, self.account_id, self.organisme_id)
        return content_hash(Content(self.salt or "", ids, self.data, link))

    def computed_hash(self, previous_hash: str) -> str:
        """That of the row as it is now, after that hash."""
        at = self.at.isoformat()
        return row_hash(previous_hash, at, self.event, self.actor_kind, self.content_hash or "")

    @property
    def emptied(self) -> bool:
        """Whether nothing is left of the content."""
        ids = (self.actor_id, self.account_id, self.organisme_id)
        return not any((self.salt, *ids, self.data, self.organisme_rank, self.organisme_previous))


def _texts(*ids: UUID | None) -> tuple[str, ...]:
    return tuple(str(value or "") for value in ids)


class JournalHead(Model):
    """The last row of the chain of an organisme: the sealer goes on from it, even when that row was erased."""

    __tablename__ = "journal_head"

    organisme_id: Mapped[UUID] = mapped_column(primary_key=True)
    rank: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


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
    db.session.execute(_INSERT, _row(event, at, actor, account_id, organisme_id))


def record_all(
    events: Iterable[tuple[Event, UUID]],
    *,
    at: datetime,
    actor: Actor,
    organisme_id: UUID | None = None,
) -> None:
    """Write the events of one decision that bears on many people, each with the account of one, in their order."""
    rows = [_row(event, at, actor, account_id, organisme_id) for event, account_id in events]
    if rows:
        db.session.execute(_INSERT, rows)


def record_of_organismes(
    events: Iterable[tuple[Event, UUID]], *, at: datetime, actor: Actor
) -> None:
    """Write the events of one decision that bears on many organismes, each with the id of one, in their order."""
    insert_all(JournalEntry, [_row(event, at, actor, None, one) for event, one in events])


def _row(
    event: Event,
    at: datetime,
    actor: Actor,
    account_id: UUID | None,
    organisme_id: UUID | None,
) -> dict[str, Any]:
    data = {key: _plain(value) for key, value in asdict(event).items() if value is not None}
    return {
        "at": at,
        "event": event.name,
        "actor_kind": actor.kind,
        "actor_id": actor.account_id,
        "account_id": account_id,
        "organisme_id": organisme_id,
        "data": data,
    }


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str | list) else str(value)


def seal(limit: int = 1000) -> int:
    """Give their place in the chain to at most ``limit`` rows; returns how many were sealed.

    Five statements whatever their number, and whatever the number of organismes.
    """
    _lock_sealer()
    last = db.session.execute(
        select(JournalEntry.rank, JournalEntry.hash)
        .where(JournalEntry.rank.is_not(None))
        .order_by(JournalEntry.rank.desc())
        .limit(1)
    ).one_or_none()
    last_rank, previous_hash = (
        (last.rank or 0, last.hash or FIRST_HASH) if last else (0, FIRST_HASH)
    )
    rows = db.session.execute(
        select(*_TO_SEAL).where(JournalEntry.rank.is_(None)).order_by(JournalEntry.id).limit(limit)
    ).all()
    if not rows:
        return 0
    heads = _heads({row.organisme_id for row in rows if is_chained(row.event, row.organisme_id)})
    sealed = []
    for rank, row in enumerate(rows, start=last_rank + 1):
        link = heads.get(row.organisme_id) if is_chained(row.event, row.organisme_id) else None
        written = _sealed(row, rank, previous_hash, link)
        previous_hash = written["hash"]
        if link:
            heads[row.organisme_id] = Link(link.rank + 1, previous_hash)
        sealed.append(written)
    db.session.execute(update(JournalEntry), sealed)
    _keep(heads)
    return len(rows)


_TO_SEAL = (
    JournalEntry.id,
    JournalEntry.at,
    JournalEntry.event,
    JournalEntry.actor_kind,
    JournalEntry.actor_id,
    JournalEntry.account_id,
    JournalEntry.organisme_id,
    JournalEntry.data,
)


def is_chained(event: str, organisme_id: UUID | None) -> bool:
    """Whether such a row is in the chain of its organisme: what tells of rights there.

    All of that is erased at one age, the oldest first: no hole is ever made in the chain.
    """
    return organisme_id is not None and kept_months(event) == HISTORY_MONTHS


def _sealed(row: Row[Any], rank: int, previous_hash: str, link: Link | None) -> dict[str, Any]:
    salt = secrets.token_hex(SALT_BYTES)
    ids = _texts(row.actor_id, row.account_id, row.organisme_id)
    content = content_hash(Content(salt, ids, row.data, link))
    at = row.at.isoformat()
    return {
        "id": row.id,
        "rank": rank,
        "salt": salt,
        "content_hash": content,
        "previous_hash": previous_hash,
        "hash": row_hash(previous_hash, at, row.event, row.actor_kind, content),
        "organisme_rank": link.rank if link else None,
        "organisme_previous": link.previous_hash if link else None,
    }


def _heads(organismes: set[UUID]) -> dict[UUID, Link]:
    # The place that the next row of each will have.
    heads = {one: Link(1, FIRST_HASH) for one in organismes}
    rows = db.session.execute(
        select(JournalHead.organisme_id, JournalHead.rank, JournalHead.hash).where(
            JournalHead.organisme_id.in_(organismes)
        )
    )
    return heads | {organisme_id: Link(rank + 1, hash_) for organisme_id, rank, hash_ in rows}


def _keep(heads: dict[UUID, Link]) -> None:
    if not heads:
        return
    rows = [
        {"organisme_id": organisme_id, "rank": link.rank - 1, "hash": link.previous_hash}
        for organisme_id, link in heads.items()
    ]
    insert_ = inserting(JournalHead).values(rows)
    db.session.execute(
        insert_.on_conflict_do_update(
            index_elements=["organisme_id"],
            set_={"rank": insert_.excluded.rank, "hash": insert_.excluded.hash},
        )
    )


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
