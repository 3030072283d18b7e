"""What became of the authorization behind an access token: the end of its session ends it, whoever ended that."""

from dataclasses import dataclass, fields
from uuid import UUID

from sqlalchemy import bindparam, select

from idp.db import db
from idp.oidc.claims_request import AskedNames
from idp.oidc.models import Grant
from idp.oidc.redeemed import SIGNED_IN


@dataclass(frozen=True, slots=True)
class LiveGrant:
    """An authorization that nobody ended."""

    client_id: str
    account_id: UUID
    rattachement_id: UUID | None
    claims_asked: AskedNames | None
    scope: str


# Built once: it is read at every call of userinfo and of introspection.
_LIVE = select(*(getattr(Grant, field.name) for field in fields(LiveGrant))).where(
    Grant.id == bindparam("grant_id"), Grant.revoked_at.is_(None), SIGNED_IN
)


def find(grant_id: UUID) -> LiveGrant | None:
    """One statement."""
    row = db.session.execute(_LIVE, {"grant_id": grant_id}).one_or_none()
    return LiveGrant(**row._mapping) if row else None
