"""Another address for a person, given by somebody who answers for them: never proven by that.

Whoever gives it may be wrong, or mean harm: until the person proves it themself, once signed in
(``email_change.py``), it receives no password, names nobody at the sign-in page and services hear that it is not
verified. Nor is the former address worth anything any more: it may be somebody else's by now. Who may give it is
decided by the caller. ``docs/decisions/0019-address-given-by-an-organisme.md``.
"""

from datetime import datetime

from idp import audit, mail
from idp.accounts import challenges, sessions
from idp.accounts.events import EmailReplaced
from idp.accounts.holding import hold
from idp.accounts.models import Account, AccountState
from idp.audit import Actor
from idp.db import db


def never_connected(account: Account) -> bool:
    """Whether this person has no password of their own yet, here or brought from elsewhere."""
    return account.password_hash is None and account.state in (
        AccountState.PREPARE,
        AccountState.EN_ATTENTE,
        AccountState.ACTIVATION,
    )


def replace(account: Account, address: str, now: datetime, *, actor: Actor, by: str) -> None:
    """Write to that address from now on; ``by`` is who gives it, told to both addresses of a person who connected.

    Provisional passwords and codes on their way are worth nothing any more, and sessions end.
    """
    hold(account.id)
    db.session.refresh(account)
    former, connected = account.email, not never_connected(account)
    account.email, account.email_verified_at = address, None
    account.mail_refused_at = account.mail_refusal = None
    db.session.flush()
    challenges.end_codes(account.id, now)
    challenges.end_secrets(account.id, now)
    sessions.end_all(account.id, now)
    audit.record(EmailReplaced(), at=now, actor=actor, account_id=account.id)
    if not connected:
        return
    words = {"nom": account.display_name, "par": by, "le": now}
    if former:
        mail.send("adresse_mail_corrigee", former, at=now, **words)
    mail.send("adresse_mail_a_confirmer", address, at=now, **words)
