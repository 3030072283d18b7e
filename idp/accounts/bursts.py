"""Credential stuffing over the whole site: many accounts tried once each, from many addresses.

No limit of one account (``policy.py``) nor of one address (``idp/throttle.py``) sees it. The worker looks at the
journal every minute instead of each sign-in counting for the site: a row that every sign-in writes would make
them wait for one another. Counts are kept, never a list of addresses nor of accounts.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import distinct, func, select

from idp import audit, throttle
from idp.accounts import policy
from idp.accounts.events import CredentialStuffingSeen, SignInRefused, SignInSucceeded
from idp.accounts.policy import SignIns
from idp.audit import WORKER, JournalEntry
from idp.db import db

WINDOW = timedelta(minutes=10)
ROWS_READ = 50_000
"""The journal has no index by event: its last rows are read by their key. A larger burst is seen all the same."""
DOOR = "connexion"
_MINUTE = timedelta(minutes=1)

log = structlog.get_logger("idp.accounts.bursts")


def watch(now: datetime) -> None:
    """Journal and log a burst, once in each window, however many workers look."""
    seen = _sign_ins(now)
    if not policy.is_credential_stuffing(seen):
        return
    if not throttle.first_in_window("credential_stuffing", WINDOW, now):
        return
    event = CredentialStuffingSeen(
        failures=seen.failures,
        successes=seen.successes,
        accounts=seen.accounts,
        unknown=seen.unknown,
        addresses=throttle.places_counted(DOOR, _MINUTE, now - WINDOW),
        minutes=int(WINDOW / _MINUTE),
    )
    audit.record(event, at=now, actor=WORKER)
    log.warning(event.name, failures=event.failures, addresses=event.addresses)


def _sign_ins(now: datetime) -> SignIns:
    refused = JournalEntry.event == SignInRefused.name
    last_id = select(func.max(JournalEntry.id)).scalar_subquery()
    row = db.session.execute(
        select(
            func.count().filter(refused),
            func.count().filter(JournalEntry.event == SignInSucceeded.name),
            func.count(distinct(JournalEntry.account_id)).filter(refused),
            func.count().filter(refused, JournalEntry.account_id.is_(None)),
        ).where(JournalEntry.id > last_id - ROWS_READ, JournalEntry.at > now - WINDOW)
    ).one()
    return SignIns(*row)
