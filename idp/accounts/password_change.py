"""Replacing a personal password: judged like the first one; what the former one opened ends.

CNIL, délibération 2022-100. The first password is chosen in ``onboarding.py``, the provisional one that leads here
is sent by ``recovery.py``.
"""

from datetime import datetime

from sqlalchemy import or_, update

from idp import audit, mail
from idp.accounts import challenges, entry, passwords, policy, sessions
from idp.accounts.events import CurrentPasswordRefused, PasswordChanged
from idp.accounts.factors import trusted_browsers
from idp.accounts.levels import Proof
from idp.accounts.models import Account
from idp.accounts.policy import PasswordRefusal, Throttle
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


def knows_current(account: Account, typed: str, now: datetime) -> bool:
    """Whether this is the password of the person; one Argon2 computation.

    Failures count and delay as at sign-in (``login.py``): a stolen session does not guess without limit. The
    UPDATE holds only if nobody failed, nor changed the password, in between.
    """
    right = passwords.verify(account.password_hash, typed)
    after = Throttle(0, None)
    if not right:
        before = Throttle(account.failures, account.blocked_until)
        after = policy.throttle_after_failure(before, now)
    taken = db.session.execute(
        update(Account)
        .where(
            Account.id == account.id,
            Account.failures == account.failures,
            Account.password_hash == account.password_hash,
            or_(Account.blocked_until.is_(None), Account.blocked_until <= now),
        )
        .values(failures=after.failures, blocked_until=after.blocked_until)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.refresh(account)
    if right and taken:
        return True
    event = CurrentPasswordRefused(reason="incorrect" if taken else "throttled")
    audit.record(event, at=now, actor=Actor.person(account.id), account_id=account.id)
    return False


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
