"""The first connection (guide, page 1, steps 2 to 5): what is done, what comes next, and its end.

Pages are in ``views/first_connection.py``; who becomes administrateur is decided in ``idp/habilitations``.
Every write first takes hold of the account in its state ``activation``: two browsers that finish together
make one person active, once.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from idp import audit, mail
from idp.accounts import (
    challenges,
    email_code,
    entry,
    password_change,
    passwords,
    published_texts,
    sessions,
    textes,
)
from idp.accounts.challenges import CodeNotYet, CodeOutcome
from idp.accounts.events import (
    EmailCodeRefused,
    EmailProven,
    FirstConnectionDone,
    InformationsGiven,
    PasswordChosen,
    TexteAccepted,
)
from idp.accounts.holding import hold
from idp.accounts.levels import PASSWORD
from idp.accounts.models import Account, AccountState, Texte
from idp.accounts.policy import (
    ActivationFacts,
    ActivationStep,
    PasswordRefusal,
    next_activation_step,
)
from idp.accounts.ports import ports
from idp.accounts.sessions import Browser, Opened
from idp.audit import Actor, Event
from idp.db import db


def the_account(account_id: UUID) -> Account:
    """The person, as their row is now."""
    return db.session.get_one(Account, account_id, populate_existing=True)


def next_step(account: Account) -> ActivationStep:
    """What this person must do next."""
    accepted = {found.texte for found in textes.accepted_by(account.id) if textes.is_current(found)}
    return next_activation_step(
        ActivationFacts(
            informed=account.informed_at is not None,
            email_verified=account.email_verified_at is not None,
            password_set=account.password_hash is not None,
            regles_accepted=Texte.REGLES_USAGE in accepted,
            conditions_accepted=Texte.CONDITIONS_UTILISATION in accepted,
        )
    )


@dataclass(frozen=True, slots=True)
class Informations:
    """What step 2 asks; parsed (``idp/contact.py``)."""

    civility: str
    family_name: str
    given_name: str
    email: str
    phone: str | None


def give_informations(account: Account, given: Informations, now: datetime) -> None:
    """Keep them; an address that changes has to be proven again."""
    changed = account.email != given.email
    account.civility, account.phone = given.civility, given.phone
    account.family_name, account.given_name = given.family_name, given.given_name
    if changed:
        account.email, account.email_verified_at = given.email, None
        account.mail_refused_at = account.mail_refusal = None
    account.informed_at = account.informed_at or now
    _record(InformationsGiven(email_changed=changed), account.id, now)


def send_code(account: Account, now: datetime) -> CodeNotYet | None:
    """Mail a code to the address of step 2; None when it is queued."""
    return email_code.send(account.id, _address(account), now)


def prove_email(account: Account, typed: str, now: datetime) -> CodeOutcome:
    """Whether the code that was typed proves the address, which then is the person's."""
    outcome = challenges.claim_email_code(account.id, _address(account), typed, now)
    if outcome is not CodeOutcome.PROVEN:
        _record(EmailCodeRefused(reason=outcome), account.id, now)
        return outcome
    account.email_verified_at = now
    _record(EmailProven(by="code"), account.id, now)
    return outcome


def choose_password(
    account: Account, typed: str, *, browser: Browser, now: datetime
) -> Opened | PasswordRefusal | None:
    """Set the personal password: provisional ones and every session end, a new one opens.

    None when another browser set it first.
    """
    refusal = password_change.refusal(account, typed)
    if refusal:
        return refusal
    hashed = passwords.hash_password(typed)
    taken = db.session.execute(
        update(Account)
        .where(
            Account.id == account.id,
            Account.state == AccountState.ACTIVATION,
            Account.password_hash.is_(None),
        )
        .values(password_hash=hashed, password_changed_at=now)
        .returning(Account.id)
    ).all()
    if not taken:
        return None
    challenges.end_secrets(account.id, now)
    _record(PasswordChosen(), account.id, now)
    sessions.end_all(account.id, now)
    return sessions.open_session(account.id, rattachement_id=None, browser=browser, now=now)


def accept(account: Account, texte: Texte, now: datetime) -> None:
    """Keep that the person accepts the current version of a text; twice is once."""
    hold(account.id)
    if any(a.texte is texte and textes.is_current(a) for a in textes.accepted_by(account.id)):
        return
    textes.accept(account.id, texte, now)
    version = published_texts.current(texte).number
    _record(TexteAccepted(texte=texte, version=version), account.id, now)


def complete(account: Account, *, browser: Browser, now: datetime) -> Opened | None:
    """Make the person active, administrateur where they are the first; None when it was done already."""
    if next_step(account) is not ActivationStep.TERMINER:
        raise LookupError("the first connection is not finished")
    taken = db.session.execute(
        update(Account)
        .where(Account.id == account.id, Account.state == AccountState.ACTIVATION)
        .values(state=AccountState.ACTIF, activated_at=now)
        .returning(Account.id)
    ).all()
    if not taken:
        return None
    _record(FirstConnectionDone(), account.id, now)
    ports().organismes.first_connection_done(account.id, now)
    mail.send("premiere_connexion", _address(account), at=now, nom=account.display_name, le=now)
    sessions.end_all(account.id, now)
    return entry.enter(account.id, proof=PASSWORD, browser=browser, now=now)


def _address(account: Account) -> str:
    if account.email is None:
        raise LookupError("step 2 asks for an address first")
    return account.email


def _record(event: Event, account_id: UUID, now: datetime) -> None:
    audit.record(event, at=now, actor=Actor.person(account_id), account_id=account_id)
