"""Mails that come back: recorded on the accounts of the address, until a mail is delivered there again.

Refused at once by the server that the mail is handed to (``deliver``), or later by a report (``record``). The
person sees it on « Accueil », the administrateur in « Mes utilisateurs »; the Caf lists them (``refused``) and has
the journal.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from idp import audit, clock, mail
from idp.accounts.bounce_report import Bounce, reason
from idp.accounts.events import MailDeliveredAgain, MailRefused
from idp.accounts.models import Account
from idp.db import db
from idp.outbox import Payload, TryAgain


def deliver(payload: Payload) -> TryAgain | None:
    """The handler of mails: hand one over, and record what becomes of its address."""
    outcome = mail.deliver(payload)
    if isinstance(outcome, TryAgain):
        return outcome
    if outcome is None:
        _clear(payload["to"], clock.now())
    else:
        # Not sent again: the same server would say the same for three days.
        record(Bounce(payload["to"], outcome.status), clock.now())
    return None


def record(bounce: Bounce, now: datetime) -> int:
    """Note that this address refuses mails; returns how many accounts have it."""
    refused = db.session.scalars(
        update(Account)
        .where(func.lower(Account.email) == bounce.address.lower())
        .values(mail_refused_at=now, mail_refusal=f"{bounce.status} {reason(bounce.status)}")
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    ).all()
    for account_id in refused:
        event = MailRefused(status=bounce.status)
        audit.record(event, at=now, actor=audit.WORKER, account_id=account_id)
    return len(refused)


@dataclass(frozen=True, slots=True)
class RefusedAddress:
    """An account that our mails do not reach."""

    identifiant: str
    at: datetime | None
    refusal: str | None


def refused() -> list[RefusedAddress]:
    """The accounts that our mails do not reach, the last refused first."""
    rows = db.session.execute(
        select(Account.identifiant, Account.mail_refused_at, Account.mail_refusal)
        .where(Account.mail_refused_at.is_not(None))
        .order_by(Account.mail_refused_at.desc())
    )
    return [RefusedAddress(*row) for row in rows]


def _clear(address: str, now: datetime) -> None:
    cleared = db.session.scalars(
        update(Account)
        .where(func.lower(Account.email) == address.lower(), Account.mail_refused_at.is_not(None))
        .values(mail_refused_at=None, mail_refusal=None)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    ).all()
    for account_id in cleared:
        audit.record(MailDeliveredAgain(), at=now, actor=audit.WORKER, account_id=account_id)
