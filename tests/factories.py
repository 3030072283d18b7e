"""Rows for tests: each function inserts one thing with likely values, and takes what matters to the test."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from idp.accounts import passwords
from idp.accounts.models import Account, AccountState
from idp.accounts.provisioning import Channel, issue_activation_secret
from idp.db import db
from idp.printable import new_identifiant

PASSWORD = "Trois girafes vertes 42"


@cache
def _hashed(password: str) -> str:
    return passwords.hash_password(password)


def an_account(*, password: str | None = PASSWORD, **values: Any) -> Account:
    """An active person with a proven address, who signs in with ``PASSWORD``."""
    now = datetime.now(UTC)
    likely: dict[str, Any] = {
        "identifiant": new_identifiant(),
        "state": AccountState.ACTIF,
        "civility": "Mme",
        "family_name": "Martin",
        "given_name": "Claire",
        "email": "claire.martin@exemple.fr",
        "email_verified_at": now,
        "informed_at": now,
        "created_at": now,
    }
    account = Account(
        **{**likely, "password_hash": _hashed(password) if password else None, **values}
    )
    db.session.add(account)
    db.session.flush()
    return account


def a_new_account(channel: Channel = Channel.LETTER, **values: Any) -> tuple[Account, str]:
    """A person whose first connection is to be made, and their provisional password."""
    nothing_yet = {
        "civility": None,
        "family_name": None,
        "given_name": None,
        "email": None,
        "email_verified_at": None,
        "informed_at": None,
        "state": AccountState.PREPARE,
    }
    account = an_account(password=None, **{**nothing_yet, **values})
    return account, issue_activation_secret(account, channel, datetime.now(UTC))
