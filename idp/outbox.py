"""What leaves the house: rows written in the transaction that decides them, delivered by the worker.

Payloads are sealed (``SecretBox``) since a mail may carry a provisional secret, and erased once delivered.
Handlers are registered by ``create_app`` and must be idempotent: a delivery whose process dies after sending
is sent again. What leaves is given up after three days; work of ours that somebody waits for (``outbox_own_work``)
never is: nobody else would do it.
"""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import structlog
from flask import Flask, current_app
from sqlalchemy import Index, LargeBinary, String, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from idp.bulk import insert_all
from idp.db import Model, UtcDateTime, db, transaction, uuid_key
from idp.extensions import ground

CLAIM_LIFETIME = timedelta(minutes=5)
GIVE_UP_AFTER = timedelta(hours=72)
FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=6)
ERROR_MAX_CHARS = 500
TARGET_MAX_CHARS = 80
AT_ONCE = 4

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TryAgain:
    """Not delivered: what the handler wrote is kept, unlike after an exception, and it is tried again later."""

    reason: str


Handler = Callable[[Payload], TryAgain | None]

log = structlog.get_logger("idp.outbox")


class Delivery(Model):
    """One thing to deliver. ``payload`` is sealed, and null once done or given up."""

    __tablename__ = "outbox"

    id: Mapped[UUID] = uuid_key()
    kind: Mapped[str] = mapped_column(String(40))
    target: Mapped[str | None] = mapped_column(String(TARGET_MAX_CHARS))
    """The client that it is for, told once the payload is gone; None for what goes to a person, or stays here."""
    payload: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(ERROR_MAX_CHARS))

    __table_args__ = (
        Index(
            "ix_outbox_due",
            "due_at",
            postgresql_where=text("done_at IS NULL AND failed_at IS NULL"),
            sqlite_where=text("done_at IS NULL AND failed_at IS NULL"),
        ),
        Index(
            "ix_outbox_target",
            "target",
            "created_at",
            postgresql_where=text("target IS NOT NULL AND done_at IS NULL"),
            sqlite_where=text("target IS NOT NULL AND done_at IS NULL"),
        ),
    )


def enqueue(kind: str, payload: Payload, *, at: datetime, target: str | None = None) -> UUID:
    """Decide a delivery, in the current transaction; returns its id."""
    sealed = ground().secret_box.seal(json.dumps(payload).encode())
    delivery = Delivery(kind=kind, target=target, payload=sealed, created_at=at, due_at=at)
    db.session.add(delivery)
    db.session.flush()
    return delivery.id


def enqueue_all(kind: str, payloads: Iterable[Payload], *, at: datetime) -> None:
    """Decide many deliveries of one kind at once."""
    box = ground().secret_box
    rows = [
        {
            "kind": kind,
            "payload": box.seal(json.dumps(one).encode()),
            "created_at": at,
            "due_at": at,
        }
        for one in payloads
    ]
    insert_all(Delivery, rows)


@dataclass(frozen=True, slots=True)
class _Claimed:
    id: UUID
    kind: str
    payload: bytes | None
    attempts: int
    created_at: datetime


def deliver_due(now: datetime, *, limit: int = 20) -> int:
    """Claim what is due and deliver it, each in a transaction of its own; returns how many were tried."""
    with transaction():
        claimed = _claim(now, limit)
    # Side by side: a partner that is slow to answer must not keep the others waiting.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(_Courier(_this_app(), now), claimed))
    return len(claimed)


@dataclass(frozen=True, slots=True)
class _Courier:
    """Delivers in a thread, with a database session of its own, which ends with the context."""

    app: Flask
    now: datetime

    def __call__(self, delivery: _Claimed) -> None:
        with self.app.app_context():
            _deliver(delivery, self.now)


def _this_app() -> Flask:
    # What current_app stands for belongs to this thread alone.
    return cast(Flask, current_app._get_current_object())  # type: ignore[attr-defined]


def _claim(now: datetime, limit: int) -> list[_Claimed]:
    # A claim is a later due_at: should this process die, another takes the row up when it falls due again.
    due = (
        select(Delivery.id)
        .where(Delivery.done_at.is_(None), Delivery.failed_at.is_(None), Delivery.due_at <= now)
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = db.session.execute(
        update(Delivery)
        .where(Delivery.id.in_(due), Delivery.due_at <= now)
        # No answer yet to this attempt: that is what tells that it is under way (``retry_now``).
        .values(due_at=now + CLAIM_LIFETIME, attempts=Delivery.attempts + 1, last_error=None)
        .returning(
            Delivery.id, Delivery.kind, Delivery.payload, Delivery.attempts, Delivery.created_at
        )
        .execution_options(synchronize_session=False)
    )
    return [_Claimed(*row) for row in rows]


def _deliver(delivery: _Claimed, now: datetime) -> None:
    try:
        handler: Handler = current_app.extensions["outbox_handlers"][delivery.kind]
        with transaction():
            outcome = handler(read(delivery))
            if outcome is None:
                _settle(delivery.id, done_at=now, payload=None, last_error=None)
            else:
                _put_off(delivery, now, outcome.reason)
    except Exception as error:  # a delivery must never stop the worker: it is retried, then shown
        log.warning(
            "delivery_failed", kind=delivery.kind, attempts=delivery.attempts, exc_info=True
        )
        with transaction():
            _put_off(delivery, now, f"{type(error).__name__}: {error}")


def read(delivery: "Delivery | _Claimed") -> Payload:
    """What is to be delivered; empty once it is over."""
    if delivery.payload is None:
        return {}
    return cast(Payload, json.loads(ground().secret_box.unseal(delivery.payload)))


def _put_off(delivery: _Claimed, now: datetime, reason: str) -> None:
    reason = reason[:ERROR_MAX_CHARS]
    given_up = now - delivery.created_at >= GIVE_UP_AFTER
    if given_up and delivery.kind not in current_app.extensions["outbox_own_work"]:
        _settle(delivery.id, failed_at=now, payload=None, last_error=reason)
        return
    _settle(delivery.id, due_at=now + delay_after(delivery.attempts), last_error=reason)


def delay_after(attempts: int) -> timedelta:
    """How long to wait after that many failures: 10 s, doubling, at most 6 hours."""
    return min(FIRST_DELAY * (1 << min(attempts - 1, 16)), LONGEST_DELAY)


def _settle(delivery_id: UUID, **values: Any) -> None:
    db.session.execute(update(Delivery).where(Delivery.id == delivery_id).values(**values))


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that did not arrive; ``target`` is the client that it is for, None for what is for none."""

    kind: str
    target: str | None
    attempts: int
    due_at: datetime
    failed_at: datetime | None
    last_error: str | None


def undelivered(target: str | None = None, *, limit: int | None = None) -> list[Waiting]:
    """What waits and what was given up (for one client), the oldest first; whom a mail is for is never told."""
    wanted = select(Delivery).where(Delivery.done_at.is_(None))
    if target is not None:
        wanted = wanted.where(Delivery.target == target)
    rows = db.session.scalars(wanted.order_by(Delivery.created_at).limit(limit))
    return [
        Waiting(
            kind=row.kind,
            target=row.target,
            attempts=row.attempts,
            due_at=row.due_at,
            failed_at=row.failed_at,
            last_error=row.last_error,
        )
        for row in rows
    ]


def retry_now(target: str, now: datetime) -> int:
    """What waits for this client is due at once; returns how many. What was given up is no more."""
    put_forward = update(Delivery).where(
        Delivery.target == target,
        Delivery.done_at.is_(None),
        Delivery.failed_at.is_(None),
        Delivery.due_at > now,
        # What a worker holds is being tried already.
        Delivery.last_error.is_not(None),
    )
    moved = db.session.scalars(put_forward.values(due_at=now).returning(Delivery.id))
    return len(moved.all())


def pending(now: datetime) -> int:
    """How many deliveries are due by ``now``."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Delivery)
            .where(Delivery.done_at.is_(None), Delivery.failed_at.is_(None), Delivery.due_at <= now)
        )
        or 0
    )
