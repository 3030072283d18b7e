"""A person's own factors: what they have, adding and removing them, each told by mail.

The first factor comes with ten recovery codes; with the last one go the codes and the trusted browsers. Whose role
requires a factor may not remove the last one. One at a time for one person (``holding.py``).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, select

from idp import audit, mail
from idp.accounts.factors import passkeys, recovery_codes, totp, trusted_browsers
from idp.accounts.factors.events import (
    FactorAdded,
    FactorRemoved,
    RecoveryCodesDrawn,
    SecondFactorRefused,
    SecondFactorShown,
    TrustedBrowsersForgotten,
)
from idp.accounts.factors.models import Passkey, Totp
from idp.accounts.factors.passkeys import Key, PasskeyRefusal
from idp.accounts.factors.totp import Application
from idp.accounts.factors.verification import FactorKind
from idp.accounts.holding import hold
from idp.accounts.levels import Acr
from idp.accounts.models import Account
from idp.accounts.ports import ports
from idp.audit import Actor, Event
from idp.db import db

WORDS = {
    FactorKind.TOTP: "une application d’authentification",
    FactorKind.PASSKEY: "une clé d’accès",
}


@dataclass(frozen=True, slots=True)
class Factors:
    """What a person has, today."""

    applications: list[Application]
    passkeys: list[Key]
    codes_left: int
    trusted_browsers: int

    @property
    def enrolled(self) -> bool:
        """Whether they have a second factor; recovery codes only stand for one."""
        return bool(self.applications or self.passkeys)


def of(account_id: UUID, now: datetime) -> Factors:
    """Four statements."""
    return Factors(
        totp.of(account_id),
        passkeys.of(account_id),
        recovery_codes.left(account_id),
        trusted_browsers.count(account_id, now),
    )


def reachable(account_id: UUID) -> Acr:
    """The strongest level that this person can show as they are: one statement."""
    passkey = exists().where(Passkey.account_id == account_id)
    application = exists().where(Totp.account_id == account_id, Totp.confirmed_at.is_not(None))
    phishing_resistant, two_factors = db.session.execute(select(passkey, application)).one()
    if phishing_resistant:
        return Acr.PHR
    return Acr.MCP2 if two_factors else Acr.MCP1


def verify_passkey(account_id: UUID, answer: str, challenge: str, now: datetime) -> bool:
    """Whether a key of this person answered, on top of the password; journalled either way."""
    outcome = passkeys.claim(answer, challenge, now, account_id=account_id)
    if isinstance(outcome, PasskeyRefusal):
        _record(SecondFactorRefused(reason=outcome), account_id, now)
        return False
    _record(SecondFactorShown(kind=FactorKind.PASSKEY), account_id, now)
    return True


def enrolled(account_id: UUID) -> bool:
    """Whether this person has a second factor."""
    return reachable(account_id) is not Acr.MCP1


def add_application(
    account: Account, enrolment_id: UUID, typed: str, label: str, now: datetime
) -> list[str] | None:
    """Confirm an application by its first code.

    Returns the recovery codes to show once, none when the person had some already; None when the code is wrong.
    """
    hold(account.id)
    if not totp.confirm(account.id, enrolment_id, typed, label, now):
        return None
    return added(account, FactorKind.TOTP, now)


def add_passkey(
    account: Account, answer: str, challenge: str, label: str, now: datetime
) -> list[str] | None:
    """Keep the key that a device made; as ``add_application`` otherwise."""
    hold(account.id)
    outcome = passkeys.register(account.id, answer, challenge, label, now)
    if isinstance(outcome, PasskeyRefusal):
        _record(SecondFactorRefused(reason=outcome), account.id, now)
        return None
    return added(account, FactorKind.PASSKEY, now)


def added(account: Account, kind: FactorKind, now: datetime) -> list[str]:
    """Journal and tell a factor that has just been added; returns the recovery codes of who had none."""
    account.factor_asked_at = None
    _record(FactorAdded(kind=kind), account.id, now)
    _tell("facteur_ajoute", account, now, quoi=WORDS[kind])
    return [] if recovery_codes.left(account.id) else _draw(account.id, now)


class Removal(StrEnum):
    """What became of a factor to remove."""

    REMOVED = "removed"
    GONE = "gone"
    REQUIRED = "required"


def remove_application(account: Account, totp_id: UUID, now: datetime) -> Removal:
    """Remove one of the person's applications, unless it is the last factor of a role that requires one."""
    if _last_and_required(account.id, now):
        return Removal.REQUIRED
    if not totp.remove(account.id, totp_id):
        return Removal.GONE
    removed(account, FactorKind.TOTP, now)
    return Removal.REMOVED


def remove_passkey(account: Account, passkey_id: UUID, now: datetime) -> Removal:
    """Likewise for a passkey."""
    if _last_and_required(account.id, now):
        return Removal.REQUIRED
    if not passkeys.remove(account.id, passkey_id):
        return Removal.GONE
    removed(account, FactorKind.PASSKEY, now)
    return Removal.REMOVED


def _last_and_required(account_id: UUID, now: datetime) -> bool:
    hold(account_id)
    return is_last(account_id) and ports().organismes.exigences(account_id, now).second_facteur


def is_last(account_id: UUID) -> bool:
    """Whether the person has a single factor."""
    return totp.count(account_id) + passkeys.count(account_id) == 1


def removed(account: Account, kind: FactorKind, now: datetime) -> None:
    """Journal and tell a factor that has just been removed."""
    if not enrolled(account.id):
        recovery_codes.remove_all(account.id)
        trusted_browsers.forget_all(account.id)
    _record(FactorRemoved(kind=kind), account.id, now)
    _tell("facteur_retire", account, now, quoi=WORDS[kind])


def redraw_codes(account: Account, now: datetime) -> list[str]:
    """Ten new recovery codes, to show once; the former ones are worth nothing any more."""
    hold(account.id)
    _tell("codes_de_secours_changes", account, now)
    return _draw(account.id, now)


def _draw(account_id: UUID, now: datetime) -> list[str]:
    _record(RecoveryCodesDrawn(), account_id, now)
    return recovery_codes.draw(account_id, now)


def forget_trusted_browsers(account: Account, now: datetime) -> None:
    """The second factor is asked again everywhere."""
    trusted_browsers.forget_all(account.id)
    _record(TrustedBrowsersForgotten(), account.id, now)


def _record(event: Event, account_id: UUID, now: datetime) -> None:
    audit.record(event, at=now, actor=Actor.person(account_id), account_id=account_id)


def _tell(template: str, account: Account, now: datetime, **words: str) -> None:
    if account.email:
        mail.send(template, account.email, at=now, nom=account.display_name, le=now, **words)
