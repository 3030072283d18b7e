"""« Faire confiance à ce navigateur »: the second factor is not asked again there for ninety days.

What such a session is worth stays a password (``mcp1``): a service or a page that requires two factors asks for
the second one all the same. Never for who works on other people's desks (``entry.py``).
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, false, func, select

from idp import audit
from idp.accounts.factors.events import TrustedBrowserAdded
from idp.accounts.factors.models import TrustedBrowser
from idp.accounts.models import Account
from idp.accounts.sessions import Browser
from idp.audit import Actor
from idp.crypto import digest, new_token
from idp.db import db

LIFETIME = timedelta(days=90)


def is_trusted(token: str | None, now: datetime) -> ColumnElement[bool]:
    """In a statement over ``Account``: whether this mark is one of that person's, and holds."""
    if not token:
        return false()
    return exists().where(
        TrustedBrowser.account_id == Account.id,
        TrustedBrowser.digest == digest(token),
        TrustedBrowser.expires_at > now,
    )


def trust(account_id: UUID, browser: Browser, now: datetime) -> str:
    """Trust this browser; returns what its cookie is to hold."""
    token = new_token()
    db.session.add(
        TrustedBrowser(
            account_id=account_id,
            digest=digest(token),
            device=browser.device[:200] if browser.device else None,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    db.session.flush()
    audit.record(
        TrustedBrowserAdded(), at=now, actor=Actor.person(account_id), account_id=account_id
    )
    return token


def count(account_id: UUID, now: datetime) -> int:
    """How many browsers a person trusts."""
    live = TrustedBrowser.account_id == account_id, TrustedBrowser.expires_at > now
    return db.session.scalar(select(func.count()).where(*live)) or 0


def forget_all(account_id: UUID) -> None:
    """None is trusted any more."""
    db.session.execute(delete(TrustedBrowser).where(TrustedBrowser.account_id == account_id))


def forget_those_of(people: Select[UUID]) -> None:
    """None of these people, by their ids, trusts any browser any more: one statement."""
    db.session.execute(
        delete(TrustedBrowser)
        .where(TrustedBrowser.account_id.in_(people))
        .execution_options(synchronize_session=False)
    )


def forget_expired(now: datetime) -> None:
    """A chore of the worker."""
    db.session.execute(delete(TrustedBrowser).where(TrustedBrowser.expires_at < now))
