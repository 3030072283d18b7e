"""The second agent that some decisions ask for: what is known of both, given to ``deux_agents.py``."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from idp.db import db
from idp.habilitations.deux_agents import Origine, RefusDeSecond, refus_entre, trop_recent
from idp.habilitations.models import Agent


def refus_de_second(
    premiers: Collection[UUID], second: UUID, now: datetime
) -> RefusDeSecond | None:
    """Why this agent does not agree to what these ones did, of the same thing; one statement."""
    return refus_de_chacun({second: premiers}, second, now)[second]


def refus_de_chacun(
    premiers: Mapping[UUID, Collection[UUID]], second: UUID, now: datetime
) -> dict[UUID, RefusDeSecond | None]:
    """The same of many things, each with those who did it; one statement."""
    lus = _origines({second}.union(*premiers.values()))
    return {
        quoi: _refus([lus[un] for un in qui if un in lus], lus[second], now)
        for quoi, qui in premiers.items()
    }


def _refus(premiers: Collection[Origine], second: Origine, now: datetime) -> RefusDeSecond | None:
    refus = filter(None, (refus_entre(premier, second, now) for premier in premiers))
    return next(refus, RefusDeSecond.TROP_RECENT if trop_recent(second, now) else None)


def est_nouveau(account_id: UUID, now: datetime) -> bool:
    """Whether this agent does not ask yet for what takes two; one statement."""
    return any(trop_recent(un, now) for un in _origines({account_id}).values())


def _origines(agents: Collection[UUID]) -> dict[UUID, Origine]:
    rows = db.session.execute(
        select(Agent.account_id, Agent.cree_par, Agent.created_at).where(
            Agent.account_id.in_(agents)
        )
    )
    return {row.account_id: Origine(row.account_id, row.cree_par, row.created_at) for row in rows}
