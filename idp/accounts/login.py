"""Sign-in: one service for « Connexion » and for the first connection.

The same statements, one Argon2 computation and the same public sentence whether the person exists, is
suspended, is throttled or mistypes. A throttled attempt is answered as a wrong password is, since saying
« trop d'essais » only of accounts that exist would tell which do; the sentence itself says to wait.

The attempt is judged first and takes effect by one UPDATE that holds only if nobody failed in between:
guesses sent in parallel get a single answer among them, and no lock is held during the computation.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, or_, select, update

from idp import audit
from idp.accounts import (
    challenges,
    devices,
    entry,
    gates,
    legacy_hashes,
    new_device,
    passwords,
    policy,
    sessions,
)
from idp.accounts.challenges import SecretFound
from idp.accounts.events import (
    EmailProven,
    ImportedPasswordUpgraded,
    SignInRefused,
    SignInSucceeded,
)
from idp.accounts.gates import LoginStep
from idp.accounts.levels import PASSWORD
from idp.accounts.models import Account, AccountState, ChallengeKind
from idp.accounts.policy import Credentials, SecretState, Throttle, Verdict
from idp.accounts.sessions import NO_BROWSER, Browser, Opened
from idp.audit import ANONYMOUS, Actor
from idp.db import db
from idp.printable import parse_identifiant

OPEN_STATES = frozenset({AccountState.EN_ATTENTE, AccountState.ACTIVATION, AccountState.ACTIF})
EMAIL_MAX_CHARS = 254
_NOBODY_ID = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was typed, and on which browser; ``session_id`` is the session that the browser still has."""

    identifiant: str
    password: str
    browser: Browser = NO_BROWSER
    session_id: UUID | None = None


class SignInRefusal(StrEnum):
    """Why nobody is signed in; to the outside INCORRECT and THROTTLED are the same."""

    INCORRECT = "incorrect"
    THROTTLED = "throttled"
    SECRET_EXPIRED = "secret_expired"  # noqa: S105 - the name of an outcome
    SECRET_USED = "secret_used"  # noqa: S105 - the name of an outcome


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody is signed in."""

    reason: SignInRefusal


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session is open, under a new value: what the browser held before is worth nothing."""

    account_id: UUID
    step: LoginStep
    session: Opened


@dataclass(frozen=True, slots=True)
class _Named:
    """The account that was named; ``_NOBODY`` stands for those that do not exist."""

    id: UUID
    state: AccountState
    password_hash: str | None
    failures: int
    blocked_until: datetime | None
    email: str | None
    email_verified_at: datetime | None
    password_change_required: bool


_NOBODY = _Named(_NOBODY_ID, AccountState.PREPARE, None, 0, None, None, None, False)


def sign_in(attempt: Attempt, now: datetime) -> SignedIn | Refused:
    """Open a session for who knows an identifiant (or a proven address) and its password."""
    account = _named(attempt.identifiant)
    secret = challenges.find_secret(account.id, attempt.password)
    password_right = passwords.verify(account.password_hash, attempt.password)
    verdict = policy.verdict(
        Credentials(
            open=account.state in OPEN_STATES,
            password_set=_is_personal(account),
            password_right=password_right,
            secret=_state_of(secret, now),
            asked=secret is not None and secret.kind is ChallengeKind.RESET,
        )
    )
    proves_email = _proves_email(account, secret, verdict)
    effect = _effect_of(verdict, account, attempt.password, proves_email, now)
    if not _take_effect(account, effect, now, despite_throttle=verdict in _SENT):
        return _refuse(account, SignInRefusal.THROTTLED, now)
    if verdict is Verdict.RESET and secret and not challenges.use_reset(secret.id, now):
        return _refuse(account, SignInRefusal.SECRET_USED, now)
    if verdict in _REFUSALS:
        return _refuse(account, _REFUSALS[verdict], now)
    actor = Actor.person(account.id)
    said = attempt.browser.device
    succeeded = SignInSucceeded(credential=verdict, device=devices.in_words(said) if said else None)
    audit.record(succeeded, at=now, actor=actor, account_id=account.id)
    if proves_email:
        event = EmailProven(by="provisional_password")
        audit.record(event, at=now, actor=actor, account_id=account.id)
    scheme = legacy_hashes.scheme_of(account.password_hash or "")
    if scheme and verdict is Verdict.PASSWORD:
        upgraded = ImportedPasswordUpgraded(scheme=scheme)
        audit.record(upgraded, at=now, actor=actor, account_id=account.id)
    if verdict is Verdict.RESET:
        # Whoever knew the former password may be somebody else.
        sessions.end_all(account.id, now)
    return _open(account, attempt, verdict, now)


_REFUSALS = {
    Verdict.WRONG: SignInRefusal.INCORRECT,
    Verdict.EXPIRED: SignInRefusal.SECRET_EXPIRED,
    Verdict.USED: SignInRefusal.SECRET_USED,
}


_SENT = frozenset({Verdict.PROVISIONAL, Verdict.RESET})


def _is_personal(account: _Named) -> bool:
    # A password imported with the account, until its first success: whoever forgot it starts as the others do,
    # with a provisional one.
    return account.password_hash is not None and account.state is not AccountState.EN_ATTENTE


def _named(typed: str) -> _Named:
    rows = db.session.execute(
        select(
            Account.id,
            Account.state,
            Account.password_hash,
            Account.failures,
            Account.blocked_until,
            Account.email,
            Account.email_verified_at,
            Account.password_change_required,
        )
        .where(_bearing(typed))
        .limit(2)
    ).all()
    # An address may be shared by several people: it then names nobody, and the identifiant is asked for.
    return _Named(*rows[0]) if len(rows) == 1 else _NOBODY


def _bearing(typed: str) -> ColumnElement[bool]:
    identifiant = parse_identifiant(typed[:EMAIL_MAX_CHARS])
    if identifiant:
        return Account.identifiant == identifiant
    address = typed.strip().lower()
    if len(address) > EMAIL_MAX_CHARS or not address.isprintable():
        address = ""
    return and_(
        func.lower(Account.email) == address,
        Account.email_verified_at.is_not(None),
        Account.state == AccountState.ACTIF,
    )


def _state_of(secret: SecretFound | None, now: datetime) -> SecretState | None:
    if secret is None:
        return None
    if secret.used_at is not None:
        return SecretState.USED
    return SecretState.LIVE if now < secret.expires_at else SecretState.EXPIRED


def _proves_email(account: _Named, secret: SecretFound | None, verdict: Verdict) -> bool:
    # The provisional password reached nobody but the mailbox it was sent to: no code is asked again.
    return (
        verdict is Verdict.PROVISIONAL
        and secret is not None
        and secret.target is not None
        and secret.target == account.email
        and account.email_verified_at is None
    )


def _effect_of(
    verdict: Verdict, account: _Named, typed: str, proves_email: bool, now: datetime
) -> dict[str, Any]:
    before = Throttle(account.failures, account.blocked_until)
    if verdict is Verdict.WRONG:
        after = policy.throttle_after_failure(before, now)
        return {"failures": after.failures, "blocked_until": after.blocked_until}
    if verdict in _REFUSALS:
        return {"failures": account.failures}
    effect: dict[str, Any] = {"failures": 0, "blocked_until": None, "last_login_at": now}
    if account.state is AccountState.EN_ATTENTE:
        effect["state"] = AccountState.ACTIVATION
    if verdict is Verdict.PROVISIONAL:
        effect["password_hash"] = None
    if verdict is Verdict.RESET:
        effect["password_change_required"] = True
    if proves_email:
        effect["email_verified_at"] = now
    if (
        verdict is Verdict.PASSWORD
        and account.password_hash
        and passwords.needs_rehash(account.password_hash)
    ):
        effect["password_hash"] = passwords.hash_password(typed)
        if legacy_hashes.is_legacy(account.password_hash) and passwords.refusal(typed, ()):
            # Chosen under other rules than ours: a better one is asked for once the account is open.
            effect["password_change_required"] = True
    return effect


def _take_effect(
    account: _Named, effect: dict[str, Any], now: datetime, *, despite_throttle: bool = False
) -> bool:
    # A secret of 68 bits is not guessed: who holds the one that was sent is let in at once, however many times
    # an outsider failed before.
    free = or_(
        literal(despite_throttle), Account.blocked_until.is_(None), Account.blocked_until <= now
    )
    taken = db.session.execute(
        update(Account)
        .where(
            Account.id == account.id,
            Account.state == account.state,
            Account.failures == account.failures,
            free,
        )
        .values(**effect)
        .returning(Account.id)
    ).all()
    return bool(taken) or account is _NOBODY


def _refuse(account: _Named, reason: SignInRefusal, now: datetime) -> Refused:
    account_id = None if account is _NOBODY else account.id
    audit.record(SignInRefused(reason=reason), at=now, actor=ANONYMOUS, account_id=account_id)
    return Refused(reason)


def _open(account: _Named, attempt: Attempt, verdict: Verdict, now: datetime) -> SignedIn:
    active = account.state is AccountState.ACTIF
    if verdict is Verdict.RESET:
        # The mailbox proved itself, not the person: both factors are owed, on a trusted browser too.
        attempt = replace(attempt, browser=replace(attempt.browser, trust=None))
    session = _entered(account.id, attempt, now) if active else _begun(account.id, attempt, now)
    if active:
        new_device.tell(account.id, attempt.browser, now)
    step = gates.next_login_step(
        active=active,
        awaiting=session.awaiting,
        password_change_required=account.password_change_required or verdict is Verdict.RESET,
    )
    return SignedIn(account.id, step, session)


def _entered(account_id: UUID, attempt: Attempt, now: datetime) -> Opened:
    return entry.enter(
        account_id,
        proof=PASSWORD,
        browser=attempt.browser,
        session_id=attempt.session_id,
        now=now,
    )


def _begun(account_id: UUID, attempt: Attempt, now: datetime) -> Opened:
    if attempt.session_id:
        sessions.end(attempt.session_id, now)
    return sessions.open_session(account_id, rattachement_id=None, browser=attempt.browser, now=now)
