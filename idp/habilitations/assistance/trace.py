"""What an agent does for a person leaves its trace: in the journal of that person, and of their organisme."""

from datetime import datetime

from idp import audit
from idp.audit import Event
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import Rattachement


def journaliser(agent: AgentVu, rattachement: Rattachement, event: Event, now: datetime) -> None:
    """Record an act of the agent on somebody of an organisme."""
    audit.record(
        event,
        at=now,
        actor=agent.actor,
        account_id=rattachement.account_id,
        organisme_id=rattachement.organisme_id,
    )
