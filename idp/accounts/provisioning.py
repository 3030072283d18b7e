"""Accounts are made here, with the secret of their first connection.

For whom, and for which organisme, is decided by the caller: the import of a caisse, or an administrateur
who creates a user (``idp/habilitations``). Letters are written there too; the mail is written here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from idp import audit, mail
from idp.accounts import challenges, retention
from idp.accounts.challenges import Channel
from idp.accounts.events import ActivationSecretIssued
from idp.accounts.models import Account, AccountState
from idp.audit import Actor
from idp.bulk import insert_all
from idp.db import db
from idp.printable import format_identifiant, grouped, new_identifiant

__all__ = [
    "Channel",
    "Newcomer",
    "create_account",
    "import_account",
    "is_taken",
    "issue_activation_secret",
    "mail_activation",
    "mail_imported",
    "welcome_all",
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
        identifiant=_unused_identifiants(1)[0],
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
        identifiant=identifiant or _unused_identifiants(1)[0],
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


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person to make an account for, parsed; with an address, they are written to there at once."""

    civility: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    email: str | None = None
    organisme: str = ""
    """For whom they will work, as the mail says it."""

    @property
    def name(self) -> str:
        """As the mail calls them."""
        return " ".join(filter(None, (self.given_name, self.family_name)))


def welcome_all(people: Sequence[Newcomer], now: datetime, *, actor: Actor) -> list[UUID]:
    """An account for each, in their order, by a few statements; who has an address gets both identifiers there."""
    made = list(zip(people, _unused_identifiants(len(people)), strict=True))
    ids = [uuid4() for _one in made]
    rows = [
        {
            "id": account_id,
            "identifiant": identifiant,
            "state": AccountState.EN_ATTENTE if one.email else AccountState.PREPARE,
            "civility": one.civility,
            "family_name": one.family_name,
            "given_name": one.given_name,
            "email": one.email,
            "created_at": now,
        }
        for account_id, (one, identifiant) in zip(ids, made, strict=True)
    ]
    insert_all(Account, rows)
    _mail_all([(id_, *one) for id_, one in zip(ids, made, strict=True) if one[0].email], now, actor)
    return ids


def _mail_all(made: list[tuple[UUID, Newcomer, str]], now: datetime, actor: Actor) -> None:
    whom = [(account_id, one.email) for account_id, one, _identifiant in made]
    secrets = challenges.issue_activations(whom, Channel.MAIL, now)
    event = ActivationSecretIssued(channel=Channel.MAIL)
    audit.record_all([(event, account_id) for account_id, _email in whom], at=now, actor=actor)
    expires_at = now + challenges.ACTIVATION_LIFETIME[Channel.MAIL]
    letters = [
        (
            one.email or "",
            {
                "nom": one.name or identifiant,
                "identifiant": format_identifiant(identifiant),
                "secret": grouped(secret),
                "organisme": one.organisme,
                "expires_at": expires_at,
            },
        )
        for (_id, one, identifiant), secret in zip(made, secrets, strict=True)
    ]
    mail.send_all("activation", letters, at=now)


def _unused_identifiants(count: int) -> list[str]:
    # 40 random bits: among a million accounts one draw in a million is taken, and is drawn again.
    drawn: set[str] = set()
    while len(drawn) < count:
        news = {new_identifiant() for _one in range(count - len(drawn))}
        drawn |= news - _taken(news)
    return list(drawn)


def _taken(identifiants: Collection[str]) -> set[str]:
    named = {retention.tombstone(one): one for one in identifiants} | {
        one: one for one in identifiants
    }
    found = db.session.scalars(select(Account.identifiant).where(Account.identifiant.in_(named)))
    return {named[one] for one in found}


def is_taken(identifiant: str) -> bool:
    """Whether somebody bears this identifiant, or bore it before they were made anonymous."""
    return bool(_taken([identifiant]))


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
