"""An authenticator application: codes of six digits from a shared seed, one every thirty seconds (RFC 6238).

The seed is sealed with the account that it belongs to: a row copied to another account opens nothing. A time step
serves once (RFC 6238 §5.2), decided by one UPDATE; the steps before and after are accepted, since clocks differ.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import delete, func, select, update

from idp.accounts.factors.models import Totp
from idp.db import db
from idp.extensions import ground

ISSUER = "Mon Compte Partenaire"
DEFAULT_LABEL = "Application d’authentification"
PENDING = timedelta(hours=1)
MOST = 3
AROUND = 1
"""Time steps before and after that are accepted too."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A seed that waits for its first code: to scan (``uri``), or to type (``grouped_seed``)."""

    id: UUID
    uri: str
    seed: str

    @property
    def grouped_seed(self) -> str:
        """In groups of four, in lower case: it is read aloud and typed."""
        seed = self.seed.lower()
        return " ".join(seed[start : start + 4] for start in range(0, len(seed), 4))


def begin(account_id: UUID, account_name: str, now: datetime) -> Enrolment:
    """The seed that this person is enrolling: the same for an hour, whatever page they come back to."""
    row = db.session.scalar(
        select(Totp)
        .where(
            Totp.account_id == account_id,
            Totp.confirmed_at.is_(None),
            Totp.created_at > now - PENDING,
        )
        .order_by(Totp.created_at.desc())
        .limit(1)
    )
    if row is None:
        seed = pyotp.random_base32()
        row = Totp(
            account_id=account_id,
            sealed_seed=_sealed(account_id, seed),
            label=DEFAULT_LABEL,
            created_at=now,
        )
        db.session.add(row)
        db.session.flush()
    seed = _unsealed(account_id, row.sealed_seed)
    uri = pyotp.TOTP(seed).provisioning_uri(name=account_name, issuer_name=ISSUER)
    return Enrolment(row.id, uri, seed)


def confirm(account_id: UUID, enrolment_id: UUID, typed: str, label: str, now: datetime) -> bool:
    """The application gives the right codes: it is a factor from now on. True once."""
    row = db.session.execute(
        select(Totp.id, Totp.sealed_seed, Totp.last_step).where(
            Totp.id == enrolment_id, Totp.account_id == account_id, Totp.confirmed_at.is_(None)
        )
    ).one_or_none()
    step = row and _step_of(_unsealed(account_id, row.sealed_seed), typed, now)
    if not step:
        return False
    confirmed = db.session.scalar(
        update(Totp)
        .where(Totp.id == enrolment_id, Totp.confirmed_at.is_(None))
        .values(confirmed_at=now, last_step=step, last_used_at=now, label=label or DEFAULT_LABEL)
        .returning(Totp.id)
        .execution_options(synchronize_session=False)
    )
    return confirmed is not None


def claim(account_id: UUID, typed: str, now: datetime) -> bool:
    """Whether this is a code of one of the person's applications, for the first time."""
    rows = db.session.execute(
        select(Totp.id, Totp.sealed_seed).where(
            Totp.account_id == account_id, Totp.confirmed_at.is_not(None)
        )
    ).all()
    for row in rows:
        step = _step_of(_unsealed(account_id, row.sealed_seed), typed, now)
        if step and _first_time(row.id, step, now):
            return True
    return False


def _step_of(seed: str, typed: str, now: datetime) -> int | None:
    application = pyotp.TOTP(seed)
    try:
        return application.verify_and_get_timecode(typed, for_time=now, valid_window=AROUND)
    except OTPVerificationError:
        return None


def _first_time(totp_id: UUID, step: int, now: datetime) -> bool:
    taken = db.session.scalar(
        update(Totp)
        .where(Totp.id == totp_id, Totp.last_step < step)
        .values(last_step=step, last_used_at=now)
        .returning(Totp.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


@dataclass(frozen=True, slots=True)
class Application:
    """One that a person enrolled."""

    id: UUID
    label: str
    confirmed_at: datetime | None
    last_used_at: datetime | None


def of(account_id: UUID) -> list[Application]:
    """Those of a person, the oldest first."""
    rows = db.session.execute(
        select(Totp.id, Totp.label, Totp.confirmed_at, Totp.last_used_at)
        .where(Totp.account_id == account_id, Totp.confirmed_at.is_not(None))
        .order_by(Totp.confirmed_at)
    )
    return [Application(*row) for row in rows]


def count(account_id: UUID) -> int:
    """How many a person has."""
    mine = Totp.account_id == account_id, Totp.confirmed_at.is_not(None)
    return db.session.scalar(select(func.count()).where(*mine)) or 0


def remove(account_id: UUID, totp_id: UUID) -> bool:
    """Remove one of the person's own; False when it is not theirs, or gone."""
    removed = db.session.scalar(
        delete(Totp)
        .where(Totp.id == totp_id, Totp.account_id == account_id, Totp.confirmed_at.is_not(None))
        .returning(Totp.id)
        .execution_options(synchronize_session=False)
    )
    return removed is not None


def remove_all(account_id: UUID) -> None:
    """Remove them all, those being enrolled too."""
    db.session.execute(delete(Totp).where(Totp.account_id == account_id))


def forget_pending(now: datetime) -> None:
    """A chore of the worker: seeds that nobody confirmed."""
    pending = Totp.confirmed_at.is_(None), Totp.created_at < now - PENDING
    db.session.execute(delete(Totp).where(*pending))


def _sealed(account_id: UUID, seed: str) -> bytes:
    return ground().secret_box.seal(f"{account_id}:{seed}".encode())


def _unsealed(account_id: UUID, sealed: bytes) -> str:
    owner, _, seed = ground().secret_box.unseal(sealed).decode().partition(":")
    if owner != str(account_id):
        raise ValueError("this seed was sealed for another account")
    return seed
