"""Imported hashes that still wait for their owner: how many, and forgetting those that nobody used.

What they are is in ``legacy_hashes.py``; at the first success Argon2id replaces them (``login.py``).
"""

from collections import Counter
from datetime import date, datetime

from sqlalchemy import func, select, update

from idp import audit, clock
from idp.accounts import legacy_hashes
from idp.accounts.events import ImportedPasswordsForgotten
from idp.accounts.legacy_hashes import ARGON2_PREFIX
from idp.accounts.models import Account
from idp.audit import Actor
from idp.db import db

_WAITING = Account.password_hash.not_like(f"{ARGON2_PREFIX}%")
_PREFIX_CHARS = 16


def waiting() -> Counter[str]:
    """How many hashes nobody has used yet, by what computed them: one statement."""
    prefix = func.substr(Account.password_hash, 1, _PREFIX_CHARS)
    found: Counter[str] = Counter()
    for start, count in db.session.execute(
        select(prefix, func.count()).where(_WAITING).group_by(prefix)
    ):
        found[legacy_hashes.scheme_of(start) or "?"] += count
    return found


def forget(before: date, *, actor: Actor, now: datetime) -> int:
    """Delete the hashes of accounts imported before that day and not used since; returns how many.

    Their people get in by « Mot de passe oublié », as anybody who never connected.
    """
    forgotten = len(
        db.session.execute(
            update(Account)
            .where(_WAITING, Account.created_at < clock.start_of_day(before))
            .values(password_hash=None)
            .returning(Account.id)
        ).all()
    )
    if forgotten:
        event = ImportedPasswordsForgotten(accounts=forgotten, imported_before=before)
        audit.record(event, at=now, actor=actor)
    return forgotten
