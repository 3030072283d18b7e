"""Secrets sent to a person: the activation secret of the first connection, the code that proves an address.

Stored as a digest keyed by the deployment (``SecretBox.code_digest``) and bound to the account. An
activation secret is drawn at random (68 bits), so a stolen table, without the key, lets nobody try
guesses, and a slow hash would add nothing; a keyed digest finds the right secret among several by one
statement, which leaves exactly one Argon2 computation per sign-in (``login.py``).

A new secret does not end the earlier ones: letters cross in the post, and re-sending is open to whoever
reads a N° utilisateur on a quittance; ending the letter on its way would let that reader keep
the person out. All end together when the personal password is set: until then the first connection can be
resumed with them.

A code has six digits: it is bound to the account and to the address, lives 15 minutes and bears five tries.
Sending another one leaves the three last alive, since mails overtake each other. Ten codes a day at most: no
more than 150 guesses among a million, and nobody's mailbox is flooded from here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import case, func, select, update

from idp.accounts.models import Challenge, ChallengeKind
from idp.bulk import insert_all
from idp.crypto import new_digits
from idp.db import db
from idp.extensions import ground
from idp.printable import new_secret, normalise


class Channel(StrEnum):
    """How an activation secret reaches its person."""

    LETTER = "letter"
    MAIL = "mail"


# By letter: the time of two posts and of a holiday. By mail: at most 24 hours.
ACTIVATION_LIFETIME = {Channel.LETTER: timedelta(days=60), Channel.MAIL: timedelta(hours=24)}

ACTIVATION_TYPED_MAX_CHARS = 100

# CNIL, délibération 2022-100: a secret sent by mail serves once, within 24 hours.
RESET_LIFETIME = timedelta(hours=24)
RESET_COOL_DOWN = timedelta(minutes=2)
RESETS_A_DAY = 5

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=15)
CODE_TRIES = 5
CODES_ALIVE = 3
CODE_COOL_DOWN = timedelta(seconds=60)
CODES_A_DAY = 10


def issue_activation(
    account_id: UUID, channel: Channel, *, target: str | None, now: datetime
) -> str:
    """Draw an activation secret; returns its clear text, which is kept nowhere."""
    return issue_activations([(account_id, target)], channel, now)[0]


def issue_activations(
    people: Sequence[tuple[UUID, str | None]], channel: Channel, now: datetime
) -> list[str]:
    """Draw one for each of these accounts, tied to that address or to none."""
    secrets = [new_secret() for _one in people]
    rows = [
        {
            "account_id": account_id,
            "kind": ChallengeKind.ACTIVATION,
            "digest": _activation_digest(account_id, secret),
            "target": target,
            "created_at": now,
            "expires_at": now + ACTIVATION_LIFETIME[channel],
        }
        for (account_id, target), secret in zip(people, secrets, strict=True)
    ]
    insert_all(Challenge, rows)
    return secrets


@dataclass(frozen=True, slots=True)
class SecretFound:
    """What the row of the right secret says."""

    id: UUID
    kind: ChallengeKind
    target: str | None
    expires_at: datetime
    used_at: datetime | None


def find_secret(account_id: UUID, secret: str) -> SecretFound | None:
    """The provisional password of this account that was typed; one statement, found or not."""
    row = db.session.execute(
        select(
            Challenge.id,
            Challenge.kind,
            Challenge.target,
            Challenge.expires_at,
            Challenge.used_at,
        )
        .where(
            Challenge.account_id == account_id,
            Challenge.kind.in_([ChallengeKind.ACTIVATION, ChallengeKind.RESET]),
            Challenge.digest == _activation_digest(account_id, secret),
        )
        .limit(1)
    ).one_or_none()
    return SecretFound(*row) if row else None


def issue_reset(account_id: UUID, address: str, now: datetime) -> str | None:
    """Draw the provisional password of « Mot de passe oublié »; None when enough were sent already."""
    if not _may_be_sent(ChallengeKind.RESET, account_id, now):
        return None
    secret = new_secret()
    db.session.add(
        Challenge(
            account_id=account_id,
            kind=ChallengeKind.RESET,
            digest=_activation_digest(account_id, secret),
            target=address,
            created_at=now,
            expires_at=now + RESET_LIFETIME,
        )
    )
    db.session.flush()
    return secret


def may_activate_again(account_id: UUID, now: datetime) -> bool:
    """Whether another activation mail may leave: few a day, whoever asks."""
    return _may_be_sent(ChallengeKind.ACTIVATION, account_id, now)


def may_activate_elsewhere(account_id: UUID, now: datetime) -> bool:
    """The same for an address that has not been written to: it waits for no other one."""
    sent, _last_at = _sent_lately(ChallengeKind.ACTIVATION, account_id, now)
    return sent < RESETS_A_DAY


def _may_be_sent(kind: ChallengeKind, account_id: UUID, now: datetime) -> bool:
    sent, last_at = _sent_lately(kind, account_id, now)
    return sent < RESETS_A_DAY and not (last_at and now < last_at + RESET_COOL_DOWN)


def _sent_lately(
    kind: ChallengeKind, account_id: UUID, now: datetime
) -> tuple[int, datetime | None]:
    sent, last_at = db.session.execute(
        select(func.count(), func.max(Challenge.created_at)).where(
            Challenge.account_id == account_id,
            Challenge.kind == kind,
            Challenge.created_at > now - timedelta(days=1),
        )
    ).one()
    return sent, last_at


def use_reset(challenge_id: UUID, now: datetime) -> bool:
    """Use it up: one statement, of which one of two parallel sign-ins gets the answer."""
    taken = db.session.execute(
        update(Challenge)
        .where(Challenge.id == challenge_id, Challenge.used_at.is_(None))
        .values(used_at=now)
        .returning(Challenge.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(taken)


def end_secrets(account_id: UUID, now: datetime) -> None:
    """Use up every provisional password of a person who now has one of their own."""
    db.session.execute(
        update(Challenge)
        .where(
            Challenge.account_id == account_id,
            Challenge.kind.in_([ChallengeKind.ACTIVATION, ChallengeKind.RESET]),
            Challenge.used_at.is_(None),
        )
        .values(used_at=now)
    )


def _activation_digest(account_id: UUID, secret: str) -> str:
    typed = normalise(secret[:ACTIVATION_TYPED_MAX_CHARS])
    return ground().secret_box.code_digest(typed, bound_to=f"activation:{account_id}")


@dataclass(frozen=True, slots=True)
class CodeDrawn:
    """A code to mail, in clear."""

    code: str

    @property
    def spaced(self) -> str:
        """As it is read: two groups of three."""
        return f"{self.code[:3]} {self.code[3:]}"


@dataclass(frozen=True, slots=True)
class CodeNotYet:
    """No code now: one may be asked for again at that instant."""

    until: datetime


def issue_email_code(account_id: UUID, address: str, now: datetime) -> CodeDrawn | CodeNotYet:
    """Draw a code that proves ``address``, at most one a minute and ten a day for an account."""
    day_ago = now - timedelta(days=1)
    sent, first_at, last_at = db.session.execute(
        select(func.count(), func.min(Challenge.created_at), func.max(Challenge.created_at)).where(
            Challenge.account_id == account_id,
            Challenge.kind == ChallengeKind.EMAIL_CODE,
            Challenge.created_at > day_ago,
        )
    ).one()
    if sent >= CODES_A_DAY:
        return CodeNotYet(first_at + timedelta(days=1))
    if sent and now < last_at + CODE_COOL_DOWN:
        return CodeNotYet(last_at + CODE_COOL_DOWN)
    code = new_digits(CODE_DIGITS)
    db.session.add(
        Challenge(
            account_id=account_id,
            kind=ChallengeKind.EMAIL_CODE,
            digest=_code_digest(account_id, address, code),
            target=address,
            created_at=now,
            expires_at=now + CODE_LIFETIME,
        )
    )
    db.session.flush()
    return CodeDrawn(code)


class CodeOutcome(StrEnum):
    """What a typed code is worth."""

    PROVEN = "proven"
    WRONG = "wrong"
    NONE_ALIVE = "none_alive"


def claim_email_code(account_id: UUID, address: str, typed: str, now: datetime) -> CodeOutcome:
    """Try ``typed`` against the codes alive; one statement counts the try and uses the right code up."""
    mine = (
        Challenge.account_id == account_id,
        Challenge.kind == ChallengeKind.EMAIL_CODE,
        Challenge.target == address,
    )
    last = select(Challenge.id).where(*mine).order_by(Challenge.created_at.desc())
    right = Challenge.digest == _code_digest(account_id, address, typed)
    tried = db.session.execute(
        update(Challenge)
        .where(
            Challenge.id.in_(last.limit(CODES_ALIVE)),
            Challenge.used_at.is_(None),
            Challenge.expires_at > now,
            Challenge.tries < CODE_TRIES,
        )
        .values(tries=Challenge.tries + 1, used_at=case((right, now), else_=Challenge.used_at))
        .returning(Challenge.used_at, Challenge.tries)
        .execution_options(synchronize_session=False)
    ).all()
    if any(used_at is not None for used_at, _tries in tried):
        return CodeOutcome.PROVEN
    if all(tries >= CODE_TRIES for _used_at, tries in tried):
        return CodeOutcome.NONE_ALIVE
    return CodeOutcome.WRONG


def address_to_prove(account_id: UUID, now: datetime, *, besides: str | None) -> str | None:
    """The address of the last code alive, when it is not ``besides``; None when there is none."""
    return db.session.scalar(
        select(Challenge.target)
        .where(
            Challenge.account_id == account_id,
            Challenge.kind == ChallengeKind.EMAIL_CODE,
            Challenge.target != (besides or ""),
            Challenge.used_at.is_(None),
            Challenge.expires_at > now,
        )
        .order_by(Challenge.created_at.desc(), Challenge.id)
        .limit(1)
    )


def end_codes(account_id: UUID, now: datetime, *, besides: str = "") -> None:
    """Use up the codes sent to every address but ``besides``."""
    db.session.execute(
        update(Challenge)
        .where(
            Challenge.account_id == account_id,
            Challenge.kind == ChallengeKind.EMAIL_CODE,
            Challenge.target != besides,
            Challenge.used_at.is_(None),
        )
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )


def _code_digest(account_id: UUID, address: str, code: str) -> str:
    return ground().secret_box.code_digest(code, bound_to=f"email:{account_id}:{address}")
