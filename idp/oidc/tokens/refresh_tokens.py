"""Refresh tokens: ``family.generation.proof``, of which only the digest of the family is kept.

RFC 6749 §6, RFC 9700 §4.14, OpenID Connect Core §11. The proof is a keyed digest of the two others, so that a
token that was rotated away is told from one that somebody made up: the first revokes the grant, the second does
nothing. A confidential client keeps its token (rotation would only lose answers); a public one gets another each
time, and the same successor again for thirty seconds, since an answer may be lost on the way.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_, select, update

from idp.crypto import SecretBox, digest, new_token, same
from idp.db import db
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.events import RefreshTokenReused
from idp.oidc.models import Grant
from idp.oidc.tokens import live_grants
from idp.oidc.tokens.redeemed import RETURNED, SIGNED_IN, RedeemedGrant

LIFETIME = timedelta(hours=8)
"""From the first tokens to the last refresh, whatever the rotations."""
GRACE = timedelta(seconds=30)
GENERATION_MAX_DIGITS = 9


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """A token that we made: its proof holds."""

    family: str
    generation: int

    @property
    def family_digest(self) -> str:
        """What the grant keeps of it."""
        return digest(self.family)

    @property
    def next(self) -> "RefreshToken":
        """Its successor."""
        return RefreshToken(self.family, self.generation + 1)

    def encoded(self, box: SecretBox) -> str:
        """As the client is told."""
        body = f"{self.family}.{self.generation}"
        return f"{body}.{box.refresh_proof(body)}"


def draw() -> RefreshToken:
    """The first of a new family."""
    return RefreshToken(new_token(), 0)


def read(text: str, box: SecretBox) -> RefreshToken | None:
    """The token; None when we did not make it."""
    body, _dot, proof = text.rpartition(".")
    family, _dot, generation = body.partition(".")
    if not (generation.isdecimal() and generation.isascii()):
        return None
    if len(generation) > GENERATION_MAX_DIGITS or not same(proof, box.refresh_proof(body)):
        return None
    return RefreshToken(family, int(generation))


def redeem(token: RefreshToken, client: RelyingParty, now: datetime) -> RedeemedGrant | None:
    """Use the token: one statement. None when its time, its session or its turn is over."""
    of_turn: ColumnElement[bool] = Grant.refresh_generation == token.generation
    changes: dict[str, Any] = {"access_token_expires_at": now + client.access_token_lifetime}
    if client.public:
        lost = and_(
            Grant.refresh_generation == token.generation + 1,
            Grant.refresh_rotated_at > now - GRACE,
        )
        changes["refresh_rotated_at"] = case((of_turn, now), else_=Grant.refresh_rotated_at)
        changes["refresh_generation"] = token.generation + 1
        of_turn = or_(of_turn, lost)
    row = db.session.execute(
        update(Grant)
        .where(*_usable(token, client, now), of_turn)
        .values(changes)
        .returning(*RETURNED)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return RedeemedGrant(**row._mapping) if row else None


@dataclass(frozen=True, slots=True)
class Usable:
    """The grant of a token that could be used now."""

    account_id: UUID
    rattachement_id: UUID | None
    scope: str
    expires_at: datetime


def peek(token: RefreshToken, client: RelyingParty, now: datetime) -> Usable | None:
    """What the token would give, without using it: one statement."""
    row = db.session.execute(
        select(
            Grant.account_id,
            Grant.rattachement_id,
            Grant.scope,
            Grant.refresh_expires_at.label("expires_at"),
        ).where(*_usable(token, client, now), Grant.refresh_generation == token.generation)
    ).one_or_none()
    return Usable(**row._mapping) if row else None


def _usable(
    token: RefreshToken, client: RelyingParty, now: datetime
) -> tuple[ColumnElement[bool], ...]:
    return (
        Grant.refresh_family_digest == token.family_digest,
        Grant.client_id == client.client_id,
        Grant.revoked_at.is_(None),
        Grant.refresh_expires_at > now,
        SIGNED_IN,
    )


def end_reused(token: RefreshToken, client: RelyingParty, now: datetime) -> None:
    """End a grant of which an earlier token comes back (RFC 9700 §4.14.2)."""
    rotated_away = and_(
        Grant.refresh_family_digest == token.family_digest,
        Grant.refresh_generation > token.generation,
    )
    live_grants.end(rotated_away, RefreshTokenReused(client_id=client.client_id), now)
