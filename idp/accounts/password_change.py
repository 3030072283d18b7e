"""Replacing a personal password: judged like the first one; what the former one opened ends.

CNIL, délibération 2022-100. The first password is chosen in ``onboarding.py``, the provisional one that leads here
is sent by ``recovery.py``.
"""

from datetime import datetime

from idp import audit, mail
from idp.accounts import challenges, entry, passwords, sessions
from idp.accounts.events import PasswordChanged
from idp.accounts.factors import trusted_browsers
from idp.accounts.levels import Proof
from idp.accounts.models import Account
from idp.accounts.policy import PasswordRefusal
from idp.accounts.ports import ports
from idp.accounts.sessions import Browser, Opened
from idp.audit import Actor
from idp.db import db

WORDS_OF_THE_HOUSE = ("caf", "cnaf", "bailleur", "partenaire", "mon compte partenaire")


def refusal(account: Account, typed: str) -> PasswordRefusal | None:
    """Why this may not be the password of this person; None when it may."""
    if challenges.find_secret(account.id, typed):
        return PasswordRefusal.PROVISIONAL
    organismes = ports().organismes
    own_words = (
        *WORDS_OF_THE_HOUSE,
        account.identifiant,
        account.family_name or "",
        account.given_name or "",
        (account.email or "").partition("@")[0],
        *organismes.words_of(account.id),
        *organismes.numeros_of(account.id),
    )
    return passwords.refusal(typed, own_words, gives_access=organismes.gives_access(account.id))


def change(
    account: Account, typed: str, *, proof: Proof, browser: Browser, now: datetime
) -> Opened | PasswordRefusal:
    """Set the password of an active person; every session, provisional password and trusted browser end.

    One session opens, worth the same proof as the one in which the password was changed.
    """
    refused = refusal(account, typed)
    if refused:
        return refused
    account.password_hash = passwords.hash_password(typed)
    account.password_changed_at = now
    account.password_change_required = False
    db.session.flush()
    challenges.end_secrets(account.id, now)
    trusted_browsers.forget_all(account.id)
    sessions.end_all(account.id, now)
    audit.record(PasswordChanged(), at=now, actor=Actor.person(account.id), account_id=account.id)
    if account.email:
        mail.send("mot_de_passe_change", account.email, at=now, nom=account.display_name, le=now)
    return entry.enter(account.id, proof=proof, browser=browser, now=now)
