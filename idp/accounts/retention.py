"""Accounts that nobody uses any more: the person is warned, then made anonymous; each is a chore of the worker.

What is due on a day is decided in ``retention_policy.py``; the journal forgets in ``idp/journal_retention.py``,
rights in ``idp/habilitations/oubli.py``. Several workers may run: the WHERE of each UPDATE says again what is due,
so that of two at once the second finds nothing, and a sign-in at the last minute wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from idp import audit, clock, mail
from idp.accounts.events import AccountAnonymised, IdleWarned
from idp.accounts.factors.models import (
    FactorRemoval,
    Passkey,
    PasskeyCeremony,
    RecoveryCode,
    Totp,
    TrustedBrowser,
)
from idp.accounts.models import (
    AcceptationTexte,
    Account,
    AccountState,
    BrowserSession,
    Challenge,
)
from idp.accounts.ports import ports
from idp.accounts.retention_policy import Due, anonymised_on, thresholds
from idp.db import db
from idp.extensions import ground

AT_ONCE = 50

idle_since = func.coalesce(Account.last_login_at, Account.activated_at, Account.created_at)
_OPEN = and_(Account.anonymised_at.is_(None), Account.state != AccountState.CLOS)
# What held or named a person; the rows of the capabilities above go through the ports.
_OWNED = (
    Challenge,
    Totp,
    Passkey,
    PasskeyCeremony,
    RecoveryCode,
    TrustedBrowser,
    FactorRemoval,
    AcceptationTexte,
    BrowserSession,
)
_TOMBSTONE_CHARS = 19


def warn_idle(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Warn who has not signed in for 24, then 35 months; returns how many people."""
    return sum(warn(due, now, limit=limit) for due in (Due.FIRST_WARNING, Due.LAST_WARNING))


def warn(due: Due, now: datetime, *, limit: int = AT_ONCE) -> int:
    """Give one of the two warnings to at most ``limit`` people; returns how many."""
    which = is_due(due, now)
    some = select(Account.id).where(which).limit(limit).with_for_update(skip_locked=True)
    warned = db.session.execute(
        update(Account)
        .where(Account.id.in_(some), which)
        .values(idle_warned_at=now)
        .returning(Account.id, Account.email, Account.given_name, Account.family_name, idle_since)
        .execution_options(synchronize_session=False)
    ).all()
    for account_id, email, given_name, family_name, since in warned:
        event = IdleWarned(warning=due, by_mail=email is not None)
        audit.record(event, at=now, actor=audit.WORKER, account_id=account_id)
        if email is not None:
            name = " ".join(filter(None, (given_name, family_name)))
            _tell(email, name, since=clock.today(since), now=now)
    if warned:
        ports().organismes.idle_warned([row[0] for row in warned], now)
    return len(warned)


def _tell(email: str, name: str, *, since: date, now: datetime) -> None:
    on = anonymised_on(since, clock.today(now))
    mail.send("compte_inutilise", email, at=now, nom=name, depuis=since, le=on)


def anonymise_idle(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Make anonymous who was warned and has not come back for 36 months; returns how many people."""
    return _anonymise(is_due(Due.ANONYMISATION, now), "idle", now, limit)


def anonymise_closed(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Make anonymous whose account was closed 12 months ago; returns how many people."""
    return _anonymise(is_closed_for_long(now), "closed", now, limit)


def _anonymise(which: ColumnElement[bool], reason: str, now: datetime, limit: int) -> int:
    due = db.session.execute(
        select(Account.id, Account.identifiant)
        .where(which)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    done = [
        account_id for account_id, identifiant in due if _empty(account_id, identifiant, which, now)
    ]
    if not done:
        return 0
    # First what is above: it holds on to sessions.
    ports().relying_parties.people_forgotten(done)
    ports().organismes.people_forgotten(done, now)
    for owned in _OWNED:
        db.session.execute(
            delete(owned)
            .where(owned.account_id.in_(done))
            .execution_options(synchronize_session=False)
        )
    for account_id in done:
        event = AccountAnonymised(reason=reason)
        audit.record(event, at=now, actor=audit.WORKER, account_id=account_id)
    return len(done)


def _empty(account_id: UUID, identifiant: str, which: ColumnElement[bool], now: datetime) -> bool:
    emptied = db.session.execute(
        update(Account)
        .where(Account.id == account_id, which)
        .values(identifiant=tombstone(identifiant), anonymised_at=now, **_NOTHING)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(emptied)


_NOTHING: dict[str, Any] = {
    "state": AccountState.CLOS,
    "civility": None,
    "family_name": None,
    "given_name": None,
    "email": None,
    "email_verified_at": None,
    "phone": None,
    "password_hash": None,
    "password_changed_at": None,
    "password_change_required": False,
    "failures": 0,
    "blocked_until": None,
    "factor_failures": 0,
    "factor_blocked_until": None,
    "factor_asked_at": None,
    "last_rattachement_id": None,
    "mail_refused_at": None,
    "mail_refusal": None,
    "informed_at": None,
    "activated_at": None,
    "last_login_at": None,
    "idle_warned_at": None,
    "closed_at": None,
}


def tombstone(identifiant: str) -> str:
    """What stands in the place of an identifiant: it is never given to anybody else, and nobody signs in by it.

    Keyed: of 40 random bits, a plain digest would be undone by trying them all.
    """
    digest = ground().secret_box.code_digest(identifiant, bound_to="tombstone")
    return f"-{digest[:_TOMBSTONE_CHARS]}"


def is_due(due: Due, now: datetime) -> ColumnElement[bool]:
    """The accounts of which that is due, as ``retention_policy.due_of_idle`` decides."""
    days = thresholds(clock.today(now))
    warned = Account.idle_warned_at
    if due is Due.FIRST_WARNING:
        return and_(
            _OPEN,
            _since(days.first_warning),
            idle_since >= clock.end_of_day(days.last_warning),
            or_(warned.is_(None), warned <= idle_since),
        )
    holds = warned >= clock.end_of_day(days.warning_holds)
    if due is Due.LAST_WARNING:
        return and_(_OPEN, _since(days.last_warning), or_(warned.is_(None), ~holds))
    over = warned < clock.end_of_day(days.notice)
    return and_(_OPEN, _since(days.idle), holds, over)


def _since(day: date) -> ColumnElement[bool]:
    return idle_since < clock.end_of_day(day)


def is_closed_for_long(now: datetime) -> ColumnElement[bool]:
    """The accounts that were closed long enough ago."""
    days = thresholds(clock.today(now))
    return and_(
        Account.anonymised_at.is_(None),
        Account.state == AccountState.CLOS,
        Account.closed_at < clock.end_of_day(days.closed),
    )


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one rule would do on a day: how many people, who (asked apart), and the oldest date still to come."""

    due: int
    next_since: datetime | None


def forecast(due: Due, now: datetime) -> Forecast:
    """What is due of idle accounts; ``next_since`` is the last sign-in of the next one."""
    days = thresholds(clock.today(now))
    day = {
        Due.FIRST_WARNING: days.first_warning,
        Due.LAST_WARNING: days.last_warning,
        Due.ANONYMISATION: days.idle,
    }[due]
    later = select(func.min(idle_since)).where(_OPEN, ~_since(day))
    return Forecast(_count(is_due(due, now)), db.session.scalar(later))


def forecast_closed(now: datetime) -> Forecast:
    """What is due of closed accounts; ``next_since`` is when the next one was closed."""
    closed = clock.end_of_day(thresholds(clock.today(now)).closed)
    later = select(func.min(Account.closed_at)).where(
        Account.anonymised_at.is_(None), Account.closed_at >= closed
    )
    return Forecast(_count(is_closed_for_long(now)), db.session.scalar(later))


def _count(which: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(Account.id)).where(which)) or 0


def identifiants(which: ColumnElement[bool]) -> Sequence[str]:
    """Of whom, in the order of their identifiants."""
    return db.session.scalars(
        select(Account.identifiant).where(which).order_by(Account.identifiant)
    ).all()
