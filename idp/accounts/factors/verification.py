"""The second factor typed after the password: a code of an application, or a recovery code, in the same box.

Tries are throttled per account, as passwords are (``policy.throttle_after_failure``), by counters of their own:
who knows the password only may slow the person down, not shut them out. The attempt is judged first and takes
effect by one UPDATE that holds only if nobody failed in between: of guesses sent in parallel, one gets an answer.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import or_, select, update

from idp import audit, mail
from idp.accounts import policy
from idp.accounts.factors import recovery_codes, totp
from idp.accounts.factors.events import SecondFactorRefused, SecondFactorShown
from idp.accounts.models import Account
from idp.accounts.policy import Throttle
from idp.audit import Actor
from idp.db import db
from idp.printable import normalise


class FactorKind(StrEnum):
    """The second factors; the names that the journal keeps."""

    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery_code"


class FactorRefusal(StrEnum):
    """Why a code does not prove the factor."""

    INCORRECT = "incorrect"
    THROTTLED = "throttled"


def verify(account_id: UUID, typed: str, now: datetime) -> FactorKind | FactorRefusal:
    """Judge what was typed; each code serves once."""
    before = _throttle(account_id)
    if before.blocked_until and now < before.blocked_until:
        return _refuse(account_id, FactorRefusal.THROTTLED, now)
    kind = _claimed(account_id, typed, now)
    after = Throttle(0, None) if kind else policy.throttle_after_failure(before, now)
    if not _take_effect(account_id, before, after, now):
        # A code that was right is used up: better one code lost than one guess more.
        return _refuse(account_id, FactorRefusal.THROTTLED, now)
    if kind is None:
        return _refuse(account_id, FactorRefusal.INCORRECT, now)
    audit.record(
        SecondFactorShown(kind=kind), at=now, actor=Actor.person(account_id), account_id=account_id
    )
    if kind is FactorKind.RECOVERY_CODE:
        _tell(account_id, now)
    return kind


def _throttle(account_id: UUID) -> Throttle:
    row = db.session.execute(
        select(Account.factor_failures, Account.factor_blocked_until).where(
            Account.id == account_id
        )
    ).one()
    return Throttle(*row)


def _claimed(account_id: UUID, typed: str, now: datetime) -> FactorKind | None:
    if recovery_codes.looks_like_one(typed):
        found = recovery_codes.claim(account_id, typed, now)
        return FactorKind.RECOVERY_CODE if found else None
    code = normalise(typed[: recovery_codes.TYPED_MAX_CHARS])
    return FactorKind.TOTP if totp.claim(account_id, code, now) else None


def _take_effect(account_id: UUID, before: Throttle, after: Throttle, now: datetime) -> bool:
    taken = db.session.scalar(
        update(Account)
        .where(
            Account.id == account_id,
            Account.factor_failures == before.failures,
            or_(Account.factor_blocked_until.is_(None), Account.factor_blocked_until <= now),
        )
        .values(factor_failures=after.failures, factor_blocked_until=after.blocked_until)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


def _refuse(account_id: UUID, reason: FactorRefusal, now: datetime) -> FactorRefusal:
    event = SecondFactorRefused(reason=reason)
    audit.record(event, at=now, actor=Actor.person(account_id), account_id=account_id)
    return reason


def _tell(account_id: UUID, now: datetime) -> None:
    account = db.session.get_one(Account, account_id)
    if account.email:
        left = recovery_codes.left(account_id)
        mail.send(
            "code_de_secours_utilise",
            account.email,
            at=now,
            nom=account.display_name,
            le=now,
            restants=left,
        )
