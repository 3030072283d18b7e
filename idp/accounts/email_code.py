"""The mail of six digits that proves an address, at the first connection or when the address changes."""

from datetime import datetime
from uuid import UUID

from idp import audit, mail
from idp.accounts import challenges
from idp.accounts.challenges import CodeNotYet
from idp.accounts.events import EmailCodeSent
from idp.audit import Actor


def send(account_id: UUID, address: str, now: datetime) -> CodeNotYet | None:
    """Mail a code to ``address``; None when it is queued, else when one may be asked for again."""
    drawn = challenges.issue_email_code(account_id, address, now)
    if isinstance(drawn, CodeNotYet):
        return drawn
    minutes = int(challenges.CODE_LIFETIME.total_seconds() // 60)
    mail.send("code", address, at=now, code=drawn.spaced, minutes=minutes)
    audit.record(EmailCodeSent(), at=now, actor=Actor.person(account_id), account_id=account_id)
    return None
