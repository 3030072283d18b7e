"""Passkeys (W3C Web Authentication Level 2): a key that a device holds, and that only answers this site.

A challenge is stored until it is answered, once (§13.4.3); one DELETE decides between two answers in parallel. The
person is always verified by their device (finger, face, code): a passkey alone is therefore two factors (``phr``).
A counter that goes back means that the key was copied (§6.1.1): it is refused.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlalchemy import delete, func, select, update
from webauthn.helpers import bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from idp.accounts.factors.models import Passkey, PasskeyCeremony
from idp.accounts.models import Account, AccountState
from idp.crypto import digest
from idp.db import db
from idp.extensions import ground
from idp.printable import format_identifiant

RP_NAME = "Mon Compte Partenaire"
LIFETIME = timedelta(minutes=5)
MOST = 10
ANSWER_MAX_CHARS = 16_384
DEFAULT_LABEL = "Clé d’accès"


class PasskeyRefusal(StrEnum):
    """Why an answer is worth nothing; to the outside they are all the same."""

    MALFORMED = "malformed"
    NO_CHALLENGE = "no_challenge"
    UNKNOWN = "unknown"
    WRONG = "wrong"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser is asked: ``options`` in JSON, as ``navigator.credentials`` takes them."""

    options: str
    challenge: str


def begin_registration(account: Account, now: datetime) -> Begun:
    """Ask for a new key of this person; the devices that hold one already say so."""
    held = db.session.execute(
        select(Passkey.credential_id, Passkey.transports).where(Passkey.account_id == account.id)
    ).all()
    options = webauthn.generate_registration_options(
        rp_id=_rp_id(),
        rp_name=RP_NAME,
        user_id=account.sub.bytes,
        user_name=format_identifiant(account.identifiant),
        user_display_name=account.display_name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_descriptor(*row) for row in held],
        timeout=_timeout_ms(),
    )
    return _begun(options, account.id, now)


def begin_authentication(account_id: UUID | None, now: datetime) -> Begun:
    """Ask for a key of this person; for any key of this site when nobody is named."""
    held = db.session.execute(
        select(Passkey.credential_id, Passkey.transports).where(Passkey.account_id == account_id)
    ).all()
    options = webauthn.generate_authentication_options(
        rp_id=_rp_id(),
        allow_credentials=[_descriptor(*row) for row in held],
        user_verification=UserVerificationRequirement.REQUIRED,
        timeout=_timeout_ms(),
    )
    return _begun(options, account_id, now)


def _begun(options: Any, account_id: UUID | None, now: datetime) -> Begun:
    challenge = bytes_to_base64url(options.challenge)
    db.session.add(
        PasskeyCeremony(digest=digest(challenge), account_id=account_id, expires_at=now + LIFETIME)
    )
    db.session.flush()
    return Begun(options_to_json(options), challenge)


def register(
    account_id: UUID, answer: str, challenge: str, label: str, now: datetime
) -> UUID | PasskeyRefusal:
    """Keep the key that a device has just made for this person."""
    credential = _parsed(answer)
    if credential is None:
        return PasskeyRefusal.MALFORMED
    if not _claim_challenge(challenge, account_id, now):
        return PasskeyRefusal.NO_CHALLENGE
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=_bytes(challenge),
            expected_rp_id=_rp_id(),
            expected_origin=ground().settings.issuer,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        return PasskeyRefusal.WRONG
    if _by_credential(verified.credential_id):
        return PasskeyRefusal.WRONG
    row = Passkey(
        account_id=account_id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=_transports(credential),
        synced=verified.credential_backed_up,
        label=label[:80] or DEFAULT_LABEL,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def claim(
    answer: str, challenge: str, now: datetime, *, account_id: UUID | None = None
) -> UUID | PasskeyRefusal:
    """Whose key answered the challenge; only ``account_id``'s will do when it is given."""
    credential = _parsed(answer)
    if credential is None:
        return PasskeyRefusal.MALFORMED
    if not _claim_challenge(challenge, account_id, now):
        return PasskeyRefusal.NO_CHALLENGE
    held = _by_credential(_credential_id(credential))
    if held is None or held.state is not AccountState.ACTIF:
        return PasskeyRefusal.UNKNOWN
    if account_id not in (None, held.account_id) or not _names(credential, held.sub):
        return PasskeyRefusal.UNKNOWN
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=_bytes(challenge),
            expected_rp_id=_rp_id(),
            expected_origin=ground().settings.issuer,
            credential_public_key=held.public_key,
            # Its counter is compared below, once the signature is known to be good.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        return PasskeyRefusal.WRONG
    if not _count(held.id, verified.new_sign_count, now):
        return PasskeyRefusal.COPIED
    return held.account_id


def _count(passkey_id: UUID, sign_count: int, now: datetime) -> bool:
    # Keys that devices share do not count: they say 0 for ever (§6.1.1).
    before = Passkey.sign_count < sign_count if sign_count else Passkey.sign_count == 0
    counted = db.session.scalar(
        update(Passkey)
        .where(Passkey.id == passkey_id, before)
        .values(sign_count=sign_count, last_used_at=now)
        .returning(Passkey.id)
        .execution_options(synchronize_session=False)
    )
    return counted is not None


def _claim_challenge(challenge: str, account_id: UUID | None, now: datetime) -> bool:
    claimed = db.session.scalar(
        delete(PasskeyCeremony)
        .where(
            PasskeyCeremony.digest == digest(challenge),
            PasskeyCeremony.account_id == account_id,
            PasskeyCeremony.expires_at > now,
        )
        .returning(PasskeyCeremony.digest)
        .execution_options(synchronize_session=False)
    )
    return claimed is not None


@dataclass(frozen=True, slots=True)
class _Held:
    """A key of ours, and whose it is."""

    id: UUID
    account_id: UUID
    public_key: bytes
    state: AccountState
    sub: UUID


def _by_credential(credential_id: bytes) -> _Held | None:
    row = db.session.execute(
        select(Passkey.id, Passkey.account_id, Passkey.public_key, Account.state, Account.sub)
        .join(Account, Account.id == Passkey.account_id)
        .where(Passkey.credential_id == credential_id)
    ).one_or_none()
    return _Held(*row) if row else None


def _parsed(answer: str) -> dict[str, Any] | None:
    if len(answer) > ANSWER_MAX_CHARS:
        return None
    try:
        credential = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    return credential if isinstance(credential, dict) else None


def _credential_id(credential: dict[str, Any]) -> bytes:
    return _bytes(credential.get("id"))


def _names(credential: dict[str, Any], sub: UUID) -> bool:
    # §7.2 step 6: a device that says whose key this is must say the same.
    response = credential.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    return not handle or _bytes(handle) == sub.bytes


def _bytes(text: object) -> bytes:
    try:
        return webauthn.base64url_to_bytes(text) if isinstance(text, str) else b""
    except ValueError:
        return b""


def _transports(credential: dict[str, Any]) -> list[str]:
    response = credential.get("response")
    told = response.get("transports") if isinstance(response, dict) else None
    known = {one.value for one in AuthenticatorTransport}
    return (
        sorted(known & {one for one in told if isinstance(one, str)})
        if isinstance(told, list)
        else []
    )


def _descriptor(credential_id: bytes, transports: list[str]) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=credential_id, transports=[AuthenticatorTransport(one) for one in transports]
    )


def _rp_id() -> str:
    return urlsplit(ground().settings.issuer).hostname or ""


def _timeout_ms() -> int:
    return int(LIFETIME.total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class Key:
    """One that a person enrolled."""

    id: UUID
    label: str
    synced: bool
    created_at: datetime
    last_used_at: datetime | None


def of(account_id: UUID) -> list[Key]:
    """Those of a person, the oldest first."""
    rows = db.session.execute(
        select(Passkey.id, Passkey.label, Passkey.synced, Passkey.created_at, Passkey.last_used_at)
        .where(Passkey.account_id == account_id)
        .order_by(Passkey.created_at)
    )
    return [Key(*row) for row in rows]


def count(account_id: UUID) -> int:
    """How many a person has."""
    return db.session.scalar(select(func.count()).where(Passkey.account_id == account_id)) or 0


def remove(account_id: UUID, passkey_id: UUID) -> bool:
    """Remove one of the person's own; False when it is not theirs, or gone."""
    removed = db.session.scalar(
        delete(Passkey)
        .where(Passkey.id == passkey_id, Passkey.account_id == account_id)
        .returning(Passkey.id)
        .execution_options(synchronize_session=False)
    )
    return removed is not None


def remove_all(account_id: UUID) -> None:
    """Remove them all."""
    db.session.execute(delete(Passkey).where(Passkey.account_id == account_id))


def forget_challenges(now: datetime) -> None:
    """A chore of the worker: challenges that nobody answered."""
    db.session.execute(delete(PasskeyCeremony).where(PasskeyCeremony.expires_at < now))
