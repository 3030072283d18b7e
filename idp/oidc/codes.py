"""Authorization codes: drawn at ``/authorize``, claimed once at ``/token``.

RFC 6749 §4.1.2 and §10.5, RFC 9700 §2.1.1: one minute, one use, and a second use revokes what the first gave.
The claim is one UPDATE, so that of two parallel requests exactly one gets the tokens on either database.
"""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, insert, update

from idp.accounts.models import BrowserSession
from idp.crypto import digest, new_token
from idp.db import db
from idp.oidc.claims_request import AskedNames
from idp.oidc.models import Grant

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


@dataclass(frozen=True, slots=True)
class RedeemedGrant:
    """The row behind a code that was just claimed; the getters are those that Authlib asks for."""

    id: UUID
    account_id: UUID
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

    def get_redirect_uri(self) -> str:
        """The address that the token request must repeat (RFC 6749 §4.1.3)."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """What was granted."""
        return self.scope


_RETURNED = tuple(getattr(Grant, field.name) for field in fields(RedeemedGrant))


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
    code: str, client_id: str, access_token_lifetime: timedelta, now: datetime
) -> RedeemedGrant | None:
    """Use the code: one statement. None when it is unknown, used, expired, another client's or signed out."""
    signed_in = exists().where(
        BrowserSession.id == Grant.session_id, BrowserSession.ended_at.is_(None)
    )
    row = db.session.execute(
        update(Grant)
        .where(
            Grant.code_digest == digest(code),
            Grant.client_id == client_id,
            Grant.code_used_at.is_(None),
            Grant.code_expires_at > now,
            Grant.revoked_at.is_(None),
            signed_in,
        )
        .values(code_used_at=now, access_token_expires_at=now + access_token_lifetime)
        .returning(*_RETURNED)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return RedeemedGrant(**row._mapping) if row else None


def revoke_replayed(code: str, client_id: str, now: datetime) -> UUID | None:
    """End what the first use of the code gave; the account when there was a first use not yet ended."""
    return db.session.scalar(
        update(Grant)
        .where(
            Grant.code_digest == digest(code),
            Grant.client_id == client_id,
            Grant.code_used_at.is_not(None),
            Grant.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(Grant.account_id)
        .execution_options(synchronize_session=False)
    )
