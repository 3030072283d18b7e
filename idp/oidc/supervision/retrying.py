"""Logouts that a client did not take, tried again at once when an agent knows that it is back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from idp import audit, outbox, throttle
from idp.audit import Event
from idp.errors import NotHere
from idp.habilitations.agents import AgentVu
from idp.oidc.clients.relying_parties import registry
from idp.throttle import Limit, Quota


@dataclass(frozen=True, slots=True)
class LogoutsRetried(Event):
    """An agent had the logouts that wait for a client tried again at once."""

    name: ClassVar[str] = "logouts_retried"
    client_id: str
    deliveries: int


QUOTA = Quota("reessayer", (Limit(1, timedelta(minutes=1)),))
"""Of a service, whoever asks: one that is coming back is not knocked down again."""


@dataclass(frozen=True, slots=True)
class TooSoon:
    """Somebody had just asked; when it may be asked again."""

    until: datetime


def retry(agent: AgentVu, code: str, client_id: str, now: datetime) -> int | TooSoon:
    """How many are due now; raises ``NotHere`` for a client that is not of this service."""
    client = registry().client(client_id)
    if client is None or client.service_code != code:
        raise NotHere("Ce client n’existe pas.")
    until = throttle.take(QUOTA, code, now)
    if until:
        return TooSoon(until)
    deliveries = outbox.retry_now(client_id, now)
    if deliveries:
        event = LogoutsRetried(client_id=client_id, deliveries=deliveries)
        audit.record(event, at=now, actor=agent.actor)
    return deliveries
