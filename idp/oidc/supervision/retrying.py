"""Logouts that a client did not take, tried again at once when an agent knows that it is back."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from idp import audit, outbox
from idp.audit import Event
from idp.errors import NotHere
from idp.habilitations.agents import AgentVu
from idp.oidc.clients.relying_parties import registry


@dataclass(frozen=True, slots=True)
class LogoutsRetried(Event):
    """An agent had the logouts that wait for a client tried again at once."""

    name: ClassVar[str] = "logouts_retried"
    client_id: str
    deliveries: int


def retry(agent: AgentVu, code: str, client_id: str, now: datetime) -> int:
    """Returns how many are due now; raises ``NotHere`` for a client that is not of this service."""
    client = registry().client(client_id)
    if client is None or client.service_code != code:
        raise NotHere("Ce client n’existe pas.")
    deliveries = outbox.retry_now(client_id, now)
    if deliveries:
        event = LogoutsRetried(client_id=client_id, deliveries=deliveries)
        audit.record(event, at=now, actor=agent.actor)
    return deliveries
