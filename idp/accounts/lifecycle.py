"""What the Caf does to an account: suspend it, reinstate it, close it for good, lift its wait.

The first three end every session at once, and with them what services hold. What a person does of themself is in
``onboarding.py`` and ``login.py``; their place in an organisme is ``idp/habilitations/personnes/retraits.py``'s.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, or_, select, update

from idp import audit
from idp.accounts import sessions
from idp.accounts.events import AccountClosed, AccountReinstated, AccountSuspended
from idp.accounts.factors import trusted_browsers
from idp.accounts.models import Account, AccountState, BrowserSession
from idp.audit import Actor, Event
from idp.db import db

_NOT_CLOSED = tuple(state for state in AccountState if state is not AccountState.CLOS)


def suspend(account_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Take an active person's access away until it is given back; False when they were not active."""
    if not _move(account_id, (AccountState.ACTIF,), AccountState.SUSPENDU):
        return False
    sessions.end_all(account_id, now)
    _record(AccountSuspended(), account_id, actor, now)
    return True


def reinstate(account_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """Give the access back: the person signs in again; False when they were not suspended."""
    if not _move(account_id, (AccountState.SUSPENDU,), AccountState.ACTIF):
        return False
    _record(AccountReinstated(), account_id, actor, now)
    return True


def close(account_id: UUID, *, actor: Actor, now: datetime) -> bool:
    """End an account, whatever it was; False when it was closed already."""
    if not _move(account_id, _NOT_CLOSED, AccountState.CLOS, closed_at=now):
        return False
    sessions.end_all(account_id, now)
    _record(AccountClosed(), account_id, actor, now)
    return True


def lift_wait(account_id: UUID, now: datetime) -> bool:
    """Forget the tries that failed, of the password and of the second factor; False when nothing made them
    wait."""
    lifted = db.session.scalar(
        update(Account)
        .where(
            Account.id == account_id,
            or_(Account.blocked_until > now, Account.factor_blocked_until > now),
        )
        .values(failures=0, blocked_until=None, factor_failures=0, factor_blocked_until=None)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    )
    return lifted is not None


def require_new_password(whose: ColumnElement[bool], now: datetime) -> int:
    """These people choose another password at their next sign-in; returns how many, those without one being none.

    Their sessions end at once, and their browsers are trusted no more: three statements, and what services hold.
    """
    concerned = [
        whose,
        Account.state == AccountState.ACTIF,
        Account.password_hash.is_not(None),
    ]
    ids = select(Account.id).where(*concerned)
    sessions.end_where(BrowserSession.account_id.in_(ids), now)
    trusted_browsers.forget_those_of(ids)
    changed = db.session.execute(
        update(Account)
        .where(*concerned)
        .values(password_change_required=True)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", changed).rowcount


def _move(
    account_id: UUID, before: Collection[AccountState], after: AccountState, **values: object
) -> bool:
    # One UPDATE decides: of two agents at once, one changes the account and the other is told so.
    moved = db.session.execute(
        update(Account)
        .where(Account.id == account_id, Account.state.in_(before))
        .values(state=after, **values)
        .returning(Account.id)
    ).all()
    return bool(moved)


def _record(event: Event, account_id: UUID, actor: Actor, now: datetime) -> None:
    audit.record(event, at=now, actor=actor, account_id=account_id)
