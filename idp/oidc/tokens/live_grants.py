"""What became of an authorization: whether it still holds, and how its client ends it.

The end of its session ends it too, and a right that is withdrawn: ``endings.py`` does that, for many at once.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select, update

from idp import audit
from idp.db import db
from idp.oidc.claims_request import AskedNames
from idp.oidc.events import CodeReplayed, RefreshTokenReused, TokenRevoked
from idp.oidc.models import Grant
from idp.oidc.tokens.redeemed import SIGNED_IN


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


def end(
    whose: ColumnElement[bool], why: CodeReplayed | RefreshTokenReused | TokenRevoked, now: datetime
) -> None:
    """End that grant of the client that ``why`` names; journalled when it had not ended before."""
    account_id = db.session.scalar(
        update(Grant)
        .where(whose, Grant.client_id == why.client_id, Grant.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(Grant.account_id)
        .execution_options(synchronize_session=False)
    )
    if account_id is not None:
        audit.record(why, at=now, actor=audit.ANONYMOUS, account_id=account_id)
