"""Another address for a person: proven by a code sent there, and told to the former one at once.

CNIL, délibération 2022-100: whoever loses an address to somebody else must hear of it there. Until the code is
typed nothing changes, and the person may give up. What waits is read from the codes alive (``challenges.py``):
the address of the last one asked. Asking for another address ends the codes of the one before, so that two
browsers cannot both be right.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, func, select

from idp import audit, mail
from idp.accounts import challenges, email_code
from idp.accounts.challenges import CodeNotYet, CodeOutcome
from idp.accounts.events import (
    EmailChangeAsked,
    EmailChangeCancelled,
    EmailChanged,
    EmailCodeRefused,
)
from idp.accounts.holding import hold
from idp.accounts.models import Account, AccountState
from idp.audit import Actor, Event
from idp.db import db


class AskRefusal(StrEnum):
    """Why no code leaves."""

    SAME = "same"


def pending(account: Account, now: datetime) -> str | None:
    """The address that waits for its code, another one or one on file that nobody proved; None when none does."""
    proven = account.email if account.email_verified_at else None
    return challenges.address_to_prove(account.id, now, besides=proven)


def ask(account: Account, address: str, now: datetime) -> AskRefusal | CodeNotYet | None:
    """Send a code to a new address, and tell the one on file; None when both are queued."""
    _take(account)
    if account.email_verified_at and address.lower() == (account.email or "").lower():
        return AskRefusal.SAME
    before = pending(account, now)
    not_yet = email_code.send(account.id, address, now)
    if not_yet:
        return not_yet
    if before != address:
        challenges.end_codes(account.id, now, besides=address)
        _record(EmailChangeAsked(), account.id, now)
        _tell_former(account.email, address, account, "adresse_mail_demandee", now)
    return None


def send_again(account: Account, now: datetime) -> CodeNotYet | None:
    """Another code to the address that waits; None when it is queued, or when none waits any more."""
    _take(account)
    address = pending(account, now)
    return email_code.send(account.id, address, now) if address else None


def prove(account: Account, typed: str, now: datetime) -> CodeOutcome:
    """Whether the code that was typed proves the address that waits, which then replaces the former one."""
    _take(account)
    address = pending(account, now)
    if address is None:
        return CodeOutcome.NONE_ALIVE
    outcome = challenges.claim_email_code(account.id, address, typed, now)
    if outcome is not CodeOutcome.PROVEN:
        _record(EmailCodeRefused(reason=outcome), account.id, now)
        return outcome
    former = account.email
    account.email, account.email_verified_at = address, now
    account.mail_refused_at = account.mail_refusal = None
    db.session.flush()
    challenges.end_codes(account.id, now)
    # A provisional password on its way to the former address would let its reader in.
    challenges.end_secrets(account.id, now)
    _record(EmailChanged(), account.id, now)
    _tell_former(former, address, account, "adresse_mail_changee", now)
    return outcome


def cancel(account: Account, now: datetime) -> bool:
    """Give up: the codes sent are worth nothing any more; False when nothing waited."""
    _take(account)
    if pending(account, now) is None:
        return False
    challenges.end_codes(account.id, now)
    _record(EmailChangeCancelled(), account.id, now)
    return True


def shared(account: Account) -> bool:
    """Whether the proven address of this person is somebody else's too: it then names nobody at sign-in."""
    other = exists().where(
        func.lower(Account.email) == (account.email or "").lower(),
        Account.email_verified_at.is_not(None),
        Account.state == AccountState.ACTIF,
        Account.id != account.id,
    )
    return bool(db.session.scalar(select(other)))


def _take(account: Account) -> None:
    hold(account.id)
    db.session.refresh(account)


def _tell_former(
    former: str | None, address: str, account: Account, template: str, now: datetime
) -> None:
    if former and former.lower() != address.lower():
        mail.send(template, former, at=now, nom=account.display_name, le=now)


def _record(event: Event, account_id: UUID, now: datetime) -> None:
    audit.record(event, at=now, actor=Actor.person(account_id), account_id=account_id)
