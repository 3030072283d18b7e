"""Whether two agents are two people, for what the Caf does not let one person decide alone.

Who creates an agent chooses the address that its identifiers go to: both accounts may be theirs. So neither may
have created the other, and neither is so new that nobody has had the time to see it (each creation is mailed to
the other national agents). Those of the command line are made by who runs the site, who needs no second agent.
``docs/decisions/0028-two-agents.md``; rows are read in ``second_agent.py``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

NOUVEAU = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Origine:
    """Since when an agent is one, and by whom; None for the command line."""

    account_id: UUID
    cree_par: UUID | None
    cree_le: datetime


class RefusDeSecond(StrEnum):
    """Why two agents do not decide together."""

    MEME_AGENT = "meme_agent"
    CREE_PAR_L_AUTRE = "cree_par_l_autre"
    TROP_RECENT = "trop_recent"


def trop_recent(agent: Origine, now: datetime) -> bool:
    """Whether this agent was created in the console a few days ago."""
    return agent.cree_par is not None and agent.cree_le > now - NOUVEAU


def refus_entre(premier: Origine, second: Origine, now: datetime) -> RefusDeSecond | None:
    """Why the second does not agree to what the first did; None when they may."""
    if premier.account_id == second.account_id:
        return RefusDeSecond.MEME_AGENT
    if premier.cree_par == second.account_id or second.cree_par == premier.account_id:
        return RefusDeSecond.CREE_PAR_L_AUTRE
    if trop_recent(premier, now) or trop_recent(second, now):
        return RefusDeSecond.TROP_RECENT
    return None
