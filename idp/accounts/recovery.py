"""« Mot de passe oublié »: a provisional password by mail, asked by anybody, sent to its owner alone.

The page writes down what was typed, sealed, and nothing else: whether somebody bears that name is found out later
by the worker, so that the answer, its time and its cost are the same for all. Nothing changes for the account
until the provisional password is used (``login.py``): who knows an address can neither shut its owner out nor sign
them out.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from idp import audit, clock, mail, outbox
from idp.accounts import challenges, provisioning
from idp.accounts.events import ResetSent
from idp.accounts.holding import hold
from idp.accounts.models import Account, AccountState, Challenge, ChallengeKind
from idp.accounts.ports import ports
from idp.accounts.provisioning import Channel
from idp.audit import WORKER
from idp.db import db
from idp.outbox import Payload
from idp.printable import format_identifiant, grouped, parse_identifiant

KIND = "mot_de_passe_oublie"
TYPED_MAX_CHARS = 254
ACCOUNTS_IN_A_MAIL = 20


def ask(typed: str, now: datetime) -> None:
    """Note that somebody asks; one statement, whoever they name."""
    outbox.enqueue(KIND, {"typed": typed[:TYPED_MAX_CHARS]}, at=now)


def answer(payload: Payload) -> None:
    """Send what is due to the addresses on file; the handler of the outbox."""
    mail_identifiers(_named(payload["typed"]), clock.now())


def mail_identifiers(accounts: Iterable[Account], now: datetime) -> set[UUID]:
    """Send each person their identifiant and a provisional password, by one mail per address.

    Returns who could be written to: an address was on file, though a mail may have left too lately for another.
    """
    by_address: defaultdict[str, list[Account]] = defaultdict(list)
    for account in accounts:
        if account.email and _may_be_mailed(account):
            by_address[account.email.lower()].append(account)
    for sharing in by_address.values():
        _answer(sharing, now)
    return {account.id for sharing in by_address.values() for account in sharing}


def sent_at(account_id: UUID) -> datetime | None:
    """When a provisional password was last drawn for this person."""
    return db.session.scalar(
        select(func.max(Challenge.created_at)).where(
            Challenge.account_id == account_id,
            Challenge.kind.in_([ChallengeKind.ACTIVATION, ChallengeKind.RESET]),
        )
    )


def _may_be_mailed(account: Account) -> bool:
    if account.state is AccountState.EN_ATTENTE:
        # Created by an administrateur, who gave this address; never connected yet.
        return True
    open_to_them = account.state in (AccountState.ACTIF, AccountState.ACTIVATION)
    return open_to_them and account.email_verified_at is not None


def _named(typed: str) -> Sequence[Account]:
    identifiant = parse_identifiant(typed)
    if identifiant:
        whose = Account.identifiant == identifiant
    else:
        whose = func.lower(Account.email) == typed.strip().lower()
    found = select(Account).where(whose, Account.state.in_(_MAILED)).order_by(Account.created_at)
    return db.session.scalars(found.limit(ACCOUNTS_IN_A_MAIL)).all()


# A password may be chosen, and forgotten, before the first connection is finished.
_MAILED = (AccountState.ACTIF, AccountState.ACTIVATION, AccountState.EN_ATTENTE)


@dataclass(frozen=True, slots=True)
class ResetLine:
    """One account of the mail."""

    identifiant: str
    organismes: str
    secret: str


def _answer(accounts: Sequence[Account], now: datetime) -> None:
    lines = []
    for account in accounts:
        hold(account.id)
        if account.password_hash is None:
            _activate_again(account, now)
        elif account.email:
            lines += _reset(account, account.email, now)
    if lines:
        first = accounts[0]
        mail.send(
            "mot_de_passe_oublie",
            first.email or "",
            at=now,
            nom=first.display_name if len(lines) == 1 else "",
            comptes=lines,
            expires_at=now + challenges.RESET_LIFETIME,
        )


def _reset(account: Account, address: str, now: datetime) -> list[ResetLine]:
    secret = challenges.issue_reset(account.id, address, now)
    if secret is None:
        return []
    audit.record(ResetSent(), at=now, actor=WORKER, account_id=account.id)
    organismes = ", ".join(ports().organismes.words_of(account.id))
    return [ResetLine(format_identifiant(account.identifiant), organismes, grouped(secret))]


def _activate_again(account: Account, now: datetime) -> None:
    if not challenges.may_activate_again(account.id, now):
        return
    secret = provisioning.issue_activation_secret(account, Channel.MAIL, now, actor=WORKER)
    organisme = ", ".join(ports().organismes.words_of(account.id))
    provisioning.mail_activation(account, secret, organisme=organisme, now=now)
