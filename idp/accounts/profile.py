"""What is changed of a person, by themself or by who answers for them: names and telephone.

The address is proven first (``email_change.py``); the password is ``password_change.py``'s.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp import audit
from idp.accounts.events import NamesChanged, PhoneChanged
from idp.accounts.models import Account
from idp.audit import Actor, Event


@dataclass(frozen=True, slots=True)
class Names:
    """Parsed (``idp/contact.py``)."""

    civility: str
    family_name: str
    given_name: str


def change_names(account: Account, names: Names, now: datetime, *, by: Actor | None = None) -> bool:
    """Call the person so from now on, here and in services; False when nothing changes, ``by`` whomever."""
    if names == Names(account.civility or "", account.family_name or "", account.given_name or ""):
        return False
    account.civility = names.civility
    account.family_name, account.given_name = names.family_name, names.given_name
    _record(NamesChanged(), account.id, now, by)
    return True


def change_phone(
    account: Account, phone: str | None, now: datetime, *, by: Actor | None = None
) -> bool:
    """Keep another number, or none; False when nothing changes."""
    if phone == account.phone:
        return False
    account.phone = phone
    _record(PhoneChanged(removed=phone is None), account.id, now, by)
    return True


def _record(event: Event, account_id: UUID, now: datetime, by: Actor | None) -> None:
    actor = by or Actor.person(account_id)
    audit.record(event, at=now, actor=actor, account_id=account_id)
