"""Secrets sent to a person: the activation secret of the first connection.

Stored as a digest keyed by the deployment (``SecretBox.code_digest``) and bound to the account. An
activation secret is drawn at random (68 bits), so a stolen table, without the key, lets nobody try
guesses, and a slow hash would add nothing; a keyed digest finds the right secret among several by one
statement, which leaves exactly one Argon2 computation per sign-in (``login.py``).

A new secret does not end the earlier ones: letters cross in the post, and re-sending is open to whoever
reads a N° utilisateur on a quittance (DOMAIN §7); ending the letter on its way would let that reader keep
the person out. All end together when the personal password is set: until then the first connection can be
resumed with them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update

from idp.accounts.models import Challenge, ChallengeKind
from idp.db import db
from idp.extensions import ground
from idp.printable import new_secret, normalise_secret


class Channel(StrEnum):
    """How an activation secret reaches its person."""

    LETTER = "letter"
    MAIL = "mail"


# By letter: the time of two posts and of a holiday. By mail: DOMAIN §2.1, at most 24 hours.
ACTIVATION_LIFETIME = {Channel.LETTER: timedelta(days=60), Channel.MAIL: timedelta(hours=24)}


def issue_activation(
    account_id: UUID, channel: Channel, *, target: str | None, now: datetime
) -> str:
    """Draw an activation secret; returns its clear text, which is kept nowhere."""
    secret = new_secret()
    db.session.add(
        Challenge(
            account_id=account_id,
            kind=ChallengeKind.ACTIVATION,
            digest=_activation_digest(account_id, secret),
            target=target,
            created_at=now,
            expires_at=now + ACTIVATION_LIFETIME[channel],
        )
    )
    db.session.flush()
    return secret


@dataclass(frozen=True, slots=True)
class ActivationFound:
    """What the row of the right secret says."""

    target: str | None
    expires_at: datetime
    used_at: datetime | None


def find_activation(account_id: UUID, secret: str) -> ActivationFound | None:
    """The activation secret of this account that was typed; one statement, found or not."""
    row = db.session.execute(
        select(Challenge.target, Challenge.expires_at, Challenge.used_at)
        .where(
            Challenge.account_id == account_id,
            Challenge.kind == ChallengeKind.ACTIVATION,
            Challenge.digest == _activation_digest(account_id, secret),
        )
        .limit(1)
    ).one_or_none()
    return ActivationFound(*row) if row else None


def end_activation(account_id: UUID, now: datetime) -> None:
    """Use up every activation secret of a person who now has a password of their own."""
    db.session.execute(
        update(Challenge)
        .where(
            Challenge.account_id == account_id,
            Challenge.kind == ChallengeKind.ACTIVATION,
            Challenge.used_at.is_(None),
        )
        .values(used_at=now)
    )


def _activation_digest(account_id: UUID, secret: str) -> str:
    typed = normalise_secret(secret)
    return ground().secret_box.code_digest(typed, bound_to=f"activation:{account_id}")
