"""Sign-in by a passkey alone: no identifiant, no password, and two factors all the same (``levels.PASSKEY``).

Every failure is one answer, whether the key exists or not, and costs the same statements up to the signature.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from idp import audit
from idp.accounts import devices, entry, gates, new_device
from idp.accounts.events import SignInRefused, SignInSucceeded
from idp.accounts.factors import passkeys
from idp.accounts.factors.passkeys import PasskeyRefusal
from idp.accounts.levels import PASSKEY
from idp.accounts.login import SignedIn
from idp.accounts.models import Account
from idp.accounts.sessions import Browser
from idp.audit import ANONYMOUS, Actor
from idp.db import db


@dataclass(frozen=True, slots=True)
class PasskeyAttempt:
    """What the device answered to which challenge, and on which browser."""

    answer: str
    challenge: str
    browser: Browser
    session_id: UUID | None = None


def sign_in(attempt: PasskeyAttempt, now: datetime) -> SignedIn | PasskeyRefusal:
    """Open a session for the person whose key answered."""
    claimed = passkeys.claim(attempt.answer, attempt.challenge, now)
    if isinstance(claimed, PasskeyRefusal):
        audit.record(SignInRefused(reason=f"passkey_{claimed}"), at=now, actor=ANONYMOUS)
        return claimed
    change_required = db.session.scalar(
        update(Account)
        .where(Account.id == claimed)
        .values(last_login_at=now)
        .returning(Account.password_change_required)
        .execution_options(synchronize_session=False)
    )
    said = attempt.browser.device
    succeeded = SignInSucceeded(
        credential="passkey", device=devices.in_words(said) if said else None
    )
    audit.record(succeeded, at=now, actor=Actor.person(claimed), account_id=claimed)
    new_device.tell(claimed, attempt.browser, now)
    opened = entry.enter(
        claimed,
        proof=PASSKEY,
        browser=attempt.browser,
        session_id=attempt.session_id,
        now=now,
    )
    step = gates.next_login_step(
        active=True, awaiting=opened.awaiting, password_change_required=bool(change_required)
    )
    return SignedIn(claimed, step, opened)
