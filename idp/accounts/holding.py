"""One at a time for one person: what counts rows before it adds one takes the account first."""

from uuid import UUID

from sqlalchemy import update

from idp.accounts.models import Account
from idp.db import db


def hold(account_id: UUID) -> None:
    """Take the row (and SQLite's only writer) until the transaction ends."""
    db.session.execute(update(Account).where(Account.id == account_id).values(state=Account.state))
