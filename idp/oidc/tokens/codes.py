"""Authorization codes: drawn at ``/authorize``, claimed once at ``/token``.

RFC 6749 §4.1.2 and §10.5, RFC 9700 §2.1.1: one minute, one use, and a second use revokes what the first gave.
The claim is one UPDATE, so that of two parallel requests exactly one gets the tokens on either database.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, insert, update

from idp.crypto import digest, new_token
from idp.db import db
from idp.oidc.claims_request import AskedNames
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.events import CodeReplayed
from idp.oidc.models import Grant
from idp.oidc.tokens import live_grants, refresh_tokens
from idp.oidc.tokens.redeemed import RETURNED, SIGNED_IN, RedeemedGrant
from idp.oidc.tokens.refresh_tokens import RefreshToken

LIFETIME = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class NewGrant:
    """What a code stands for."""

    account_id: UUID
    session_id: UUID
    sid: str
    rattachement_id: UUID | None
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    auth_time: datetime
    acr: str
    amr: list[str]
    code_challenge: str | None
    claims_asked: AskedNames | None
    resources: list[str]


def issue(grant: NewGrant, now: datetime) -> str:
    """Insert the grant and return its code: one statement."""
    code = new_token()
    values = {field.name: getattr(grant, field.name) for field in fields(grant)}
    db.session.execute(
        insert(Grant).values(
            **values, code_digest=digest(code), code_expires_at=now + LIFETIME, created_at=now
        )
    )
    return code


def claim(
    code: str, client: RelyingParty, refresh_token: RefreshToken | None, now: datetime
) -> RedeemedGrant | None:
    """Use the code: one statement. None when it is unknown, used, expired, another client's or signed out.

    ``refresh_token`` becomes that of the grant, for a client that may have one.
    """
    refreshed = {}
    if refresh_token is not None:
        refreshed = {
            Grant.refresh_family_digest: refresh_token.family_digest,
            Grant.refresh_expires_at: now + refresh_tokens.LIFETIME,
        }
    row = db.session.execute(
        update(Grant)
        .where(
            Grant.code_digest == digest(code),
            Grant.client_id == client.client_id,
            Grant.code_used_at.is_(None),
            Grant.code_expires_at > now,
            Grant.revoked_at.is_(None),
            SIGNED_IN,
        )
        .values(
            {
                Grant.code_used_at: now,
                Grant.access_token_expires_at: now + client.access_token_lifetime,
                **refreshed,
            }
        )
        .returning(*RETURNED)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return RedeemedGrant(**row._mapping) if row else None


def end_replayed(code: str, client: RelyingParty, now: datetime) -> None:
    """End what the first use of the code gave, when there was one (RFC 6749 §4.1.2)."""
    used = and_(Grant.code_digest == digest(code), Grant.code_used_at.is_not(None))
    live_grants.end(used, CodeReplayed(client_id=client.client_id), now)
