"""What may be presented once: remembered as a digest until it would be refused for its age anyway.

RFC 7523 §3 (``jti``). One INSERT decides, so that of two parallel presentations exactly one is the first.
"""

from datetime import datetime

from sqlalchemy import delete

from idp.crypto import digest
from idp.db import db, inserting
from idp.oidc.models import ReplayGuard


def first_time(presented: str, until: datetime) -> bool:
    """Whether it was never presented before; remembered until ``until``. One statement."""
    row = {"digest": digest(presented), "expires_at": until}
    insert = inserting(ReplayGuard).on_conflict_do_nothing().returning(ReplayGuard.digest)
    return db.session.execute(insert, row).one_or_none() is not None


def forget(now: datetime) -> None:
    """Delete what is refused for its age."""
    db.session.execute(delete(ReplayGuard).where(ReplayGuard.expires_at < now))
