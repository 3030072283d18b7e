"""What somebody had typed when their session ended: kept for an hour, sealed, given back once, to them alone.

Kept for the account that the cookie of an ended session names: it opens nothing, and who has none keeps nothing.
Which forms, and what is never kept: ``views/kept_text.py``; why: ``docs/decisions/0017-no-typed-text-is-lost.md``.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select

from idp.accounts.models import Account, AccountState, BrowserSession, Draft
from idp.crypto import SecretBox, digest, new_token
from idp.db import db

LIFETIME = timedelta(hours=1)
ENDED_SINCE = timedelta(hours=24)
"""How long the cookie of an ended session still names whose it was."""
MAX_CHARS = 64 * 1024
AT_ONCE = 5
"""Of one account: past that, nothing more is kept until the oldest expires."""
PATH_MAX_CHARS = 300
_DELETED_AT_ONCE = 1000

Fields = Sequence[tuple[str, str]]


def whose(token: str, now: datetime) -> UUID | None:
    """The active account of the session behind a cookie, live or ended of late: one statement."""
    return db.session.scalar(
        select(BrowserSession.account_id)
        .join(Account, Account.id == BrowserSession.account_id)
        .where(
            BrowserSession.digest == digest(token),
            BrowserSession.last_seen_at > now - ENDED_SINCE,
            Account.state == AccountState.ACTIF,
        )
    )


def keep(account_id: UUID, path: str, fields: Fields, now: datetime, box: SecretBox) -> str | None:
    """Keep these fields of the page at ``path``; the random value that finds them, None when they are not kept."""
    text = json.dumps(fields)
    if not fields or len(text) > MAX_CHARS or len(path) > PATH_MAX_CHARS:
        return None
    held = select(func.count()).where(
        Draft.account_id == account_id, Draft.created_at > now - LIFETIME
    )
    if (db.session.scalar(held) or 0) >= AT_ONCE:
        return None
    token = new_token()
    draft = Draft(
        digest=digest(token),
        account_id=account_id,
        path=path,
        sealed=box.seal(text.encode()),
        created_at=now,
    )
    db.session.add(draft)
    db.session.flush()
    return token


def read(token: str, account_id: UUID, path: str, now: datetime, box: SecretBox) -> Fields | None:
    """The fields that this person had typed on that page; None for anybody else, elsewhere, or too late."""
    sealed = db.session.scalar(
        select(Draft.sealed).where(
            Draft.digest == digest(token),
            Draft.account_id == account_id,
            Draft.path == path,
            Draft.created_at > now - LIFETIME,
        )
    )
    if sealed is None:
        return None
    try:
        return [(name, value) for name, value in json.loads(box.unseal(sealed))]
    except ValueError:  # sealed under a former secret key
        return None


def forget(now: datetime) -> int:
    """Delete, some at a time, those that are too old; returns how many."""
    old = select(Draft.digest).where(Draft.created_at <= now - LIFETIME).limit(_DELETED_AT_ONCE)
    deleted = db.session.scalars(
        delete(Draft)
        .where(Draft.digest.in_(old))
        .returning(Draft.digest)
        .execution_options(synchronize_session=False)
    )
    return len(deleted.all())


def used(token: str) -> None:
    """It was given back."""
    db.session.execute(delete(Draft).where(Draft.digest == digest(token)))
