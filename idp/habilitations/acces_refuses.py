"""Refusals of the pages of the agents in the journal: one by one, then counted, so that no one person fills it.

Past so many in an hour, what the same person is refused besides is told in one row once that hour is over.
"""

from datetime import datetime, timedelta
from uuid import UUID

from idp import audit, throttle
from idp.audit import Actor
from idp.habilitations.events import AccesAgentRefuse
from idp.throttle import Limit, Quota

QUOTA = Quota("acces_refuse", (Limit(300, timedelta(hours=1)),))
"""More than anybody meets by mistake, and than there are pages: who tries each of them is told of each."""


def journaliser(account_id: UUID, page: str, raison: str, now: datetime) -> None:
    """Tell of a refusal, or count it."""
    if throttle.take(QUOTA, str(account_id), now):
        return
    event = AccesAgentRefuse(page=page, raison=raison)
    audit.record(event, at=now, actor=Actor.person(account_id), account_id=account_id)


def compter(now: datetime) -> int:
    """Tell of those that were counted in the hours that are over; returns how many people it is about."""
    comptes = throttle.overflows(QUOTA, now)
    for un in comptes:
        account_id = UUID(un.who)
        event = AccesAgentRefuse(page="", raison="", nombre=un.count)
        audit.record(event, at=now, actor=Actor.person(account_id), account_id=account_id)
    return len(comptes)
