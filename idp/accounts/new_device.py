"""« Nouvelle connexion depuis … »: told by mail when an account is opened on a kind of device that it never used.

Compared in words (``devices.py``) with what the journal keeps of a year of sign-ins, so that an update of the
browser is no news, and that nothing more is kept of people. Not at the first sign-in ever, which cannot surprise.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Exists, exists, select

from idp import mail
from idp.accounts import devices
from idp.accounts.events import SignInSucceeded
from idp.accounts.history import KEPT
from idp.accounts.models import Account
from idp.accounts.sessions import Browser
from idp.audit import JournalEntry
from idp.db import db


def tell(account_id: UUID, browser: Browser, now: datetime) -> None:
    """Write to the person when the device of this sign-in is new to them: one statement, and the mail."""
    if browser.device is None:
        return
    device = devices.in_words(browser.device)
    before, same = _sign_ins(account_id, now), _sign_ins(account_id, now, device)
    account = db.session.scalar(
        select(Account).where(
            Account.id == account_id, Account.email_verified_at.is_not(None), before, ~same
        )
    )
    if account and account.email:
        nom = account.display_name
        mail.send("nouvel_appareil", account.email, at=now, nom=nom, appareil=device, le=now)


def _sign_ins(account_id: UUID, now: datetime, device: str | None = None) -> Exists:
    said = JournalEntry.data["device"].as_string()
    return exists().where(
        JournalEntry.account_id == account_id,
        JournalEntry.event == SignInSucceeded.name,
        # The sign-in of this very instant is in the journal already.
        JournalEntry.at < now,
        JournalEntry.at > now - KEPT,
        said.is_not(None) if device is None else said == device,
    )
