"""Accounts are made here, with the secret of their first connection.

For whom, and for which organisme, is decided by the caller: the import of a caisse, or an administrateur
who creates a user (``idp/habilitations``). Letters are written there too; the mail is written here.
"""

from datetime import datetime

from sqlalchemy import exists, select

from idp import audit, mail
from idp.accounts import challenges, retention
from idp.accounts.challenges import Channel
from idp.accounts.events import ActivationSecretIssued
from idp.accounts.models import Account, AccountState
from idp.audit import Actor
from idp.db import db
from idp.printable import format_identifiant, grouped, new_identifiant

__all__ = [
    "Channel",
    "create_account",
    "import_account",
    "is_taken",
    "issue_activation_secret",
    "mail_activation",
    "mail_imported",
]


def create_account(
    *,
    now: datetime,
    civility: str | None = None,
    family_name: str | None = None,
    given_name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
) -> Account:
    """A person with an identifiant and no secret yet; values come parsed (``idp/contact.py``)."""
    account = Account(
        identifiant=_unused_identifiant(),
        state=AccountState.PREPARE,
        civility=civility,
        family_name=family_name,
        given_name=given_name,
        email=email,
        phone=phone,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    return account


def import_account(
    *,
    now: datetime,
    identifiant: str | None,
    password_hash: str,
    civility: str | None,
    family_name: str,
    given_name: str,
    email: str,
    phone: str | None,
) -> Account:
    """A person of another system, who keeps their password until they change it; values come parsed.

    Their first connection is still to be made: they accept the texts and prove their address. A forgotten password
    is replaced by a provisional one, as for anybody who never connected.
    """
    account = Account(
        identifiant=identifiant or _unused_identifiant(),
        state=AccountState.EN_ATTENTE,
        civility=civility,
        family_name=family_name,
        given_name=given_name,
        email=email,
        phone=phone,
        password_hash=password_hash,
        created_at=now,
    )
    db.session.add(account)
    db.session.flush()
    return account


def mail_imported(account: Account, *, organisme: str, now: datetime) -> None:
    """Tell a person that their account has moved here, under this identifiant and their usual password."""
    if account.email is None:
        raise ValueError("this account has no e-mail address")
    mail.send(
        "compte_importe",
        account.email,
        at=now,
        nom=account.display_name,
        identifiant=format_identifiant(account.identifiant),
        organisme=organisme,
    )


def is_taken(identifiant: str) -> bool:
    """Whether somebody bears this identifiant, or bore it before they were made anonymous."""
    names = (identifiant, retention.tombstone(identifiant))
    return bool(db.session.scalar(select(exists().where(Account.identifiant.in_(names)))))


def _unused_identifiant() -> str:
    # 40 random bits: among a million accounts one draw in a million is taken, and is drawn again.
    while True:
        identifiant = new_identifiant()
        if not is_taken(identifiant):
            return identifiant


def issue_activation_secret(
    account: Account, channel: Channel, now: datetime, *, actor: Actor
) -> str:
    """Draw a provisional password; its clear text is returned once (print it ``grouped``).

    By mail the secret is tied to the address on the account: who signs in with it has proven that address.
    """
    if account.state is AccountState.PREPARE:
        account.state = AccountState.EN_ATTENTE
    target = account.email if channel is Channel.MAIL else None
    secret = challenges.issue_activation(account.id, channel, target=target, now=now)
    event = ActivationSecretIssued(channel=channel)
    audit.record(event, at=now, actor=actor, account_id=account.id)
    return secret


def mail_activation(account: Account, secret: str, *, organisme: str, now: datetime) -> None:
    """Send identifiant and provisional password at once, by one mail (guide, page 3, step 4).

    ``organisme`` is empty for who works for none: an agent of the Caf.
    """
    if account.email is None:
        raise ValueError("this account has no e-mail address")
    mail.send(
        "activation",
        account.email,
        at=now,
        nom=account.display_name,
        identifiant=format_identifiant(account.identifiant),
        secret=grouped(secret),
        organisme=organisme,
        expires_at=now + challenges.ACTIVATION_LIFETIME[Channel.MAIL],
    )
