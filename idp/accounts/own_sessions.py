"""A person's own sessions, as « Mes connexions » shows them: where they are open, and their end.

One ends as a sign-out does (``sessions.py``): what it gave to services ends with it, and they are told.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from idp import audit
from idp.accounts import devices, sessions
from idp.accounts.events import SessionsEnded
from idp.accounts.models import BrowserSession
from idp.accounts.sessions import SessionVue
from idp.audit import Actor
from idp.db import db


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A live session of the person."""

    id: UUID
    device: str
    address: str | None
    """As the network gave it at the sign-in; no place is looked up."""
    opened_at: datetime
    last_seen_at: datetime
    current: bool


def live(session: SessionVue, now: datetime) -> list[OwnSession]:
    """Every live session of this person, the current one first, then the last seen: one statement."""
    rows = db.session.execute(
        select(
            BrowserSession.id,
            BrowserSession.device,
            BrowserSession.address,
            BrowserSession.created_at,
            BrowserSession.last_seen_at,
        )
        .where(*_live_of(session.account_id, now))
        .order_by((BrowserSession.id != session.id), BrowserSession.last_seen_at.desc())
    )
    return [
        OwnSession(id_, devices.in_words(device), address, opened_at, seen_at, id_ == session.id)
        for id_, device, address, opened_at, seen_at in rows
    ]


def end_one(session: SessionVue, session_id: UUID, now: datetime) -> bool:
    """End another session of the same person; False when it is not one, or over already."""
    return _end(session, BrowserSession.id == session_id, now) > 0


def end_others(session: SessionVue, now: datetime) -> int:
    """End every session of the person but the current one; returns how many ended."""
    return _end(session, BrowserSession.id != session.id, now)


def _end(session: SessionVue, which: ColumnElement[bool], now: datetime) -> int:
    others = (which, BrowserSession.id != session.id, *_live_of(session.account_id, now))
    ended = sessions.end_where(and_(*others), now)
    if ended:
        actor = Actor.person(session.account_id)
        event = SessionsEnded(count=ended)
        audit.record(event, at=now, actor=actor, account_id=session.account_id)
    return ended


def _live_of(account_id: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        BrowserSession.account_id == account_id,
        BrowserSession.ended_at.is_(None),
        BrowserSession.expires_at > now,
        BrowserSession.idle_until > now,
    )
