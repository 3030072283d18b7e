"""What no longer serves is deleted by the worker: grants whose tokens have all expired, assertions of the past.

The journal tells who reached what, for longer (CNIL délib. 2021-122); these rows tell nothing more.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select

from idp.db import db
from idp.oidc.clients import client_errors, replay
from idp.oidc.models import Grant

GRANTS_KEPT_FOR = timedelta(days=7)
"""Longer than a session, a refresh token, and the deliveries of its end (72 hours) together."""
AT_ONCE = 1000


def purge(now: datetime) -> None:
    """Three statements; of the grants, the oldest thousand at most."""
    replay.forget(now)
    client_errors.forget(now)
    old = (
        select(Grant.id)
        .where(
            Grant.created_at < now - GRANTS_KEPT_FOR,
            or_(Grant.refresh_expires_at.is_(None), Grant.refresh_expires_at < now),
        )
        .limit(AT_ONCE)
    )
    db.session.execute(
        delete(Grant).where(Grant.id.in_(old)).execution_options(synchronize_session=False)
    )
