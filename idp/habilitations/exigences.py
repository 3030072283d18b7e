"""What a person's roles ask of their sign-in: a second factor, a session that ends soon when left alone.

Agents of the Caf always have a second factor; of partners, the roles that ``IDP_SECOND_FACTOR_ROLES`` names, after
a time of grace. Who works on other people's desks (itinérant, guide page 3) has a short session.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, exists, literal, null, select, type_coerce, union_all

from idp import clock
from idp.accounts.ports import Exigences
from idp.db import db
from idp.extensions import ground
from idp.habilitations.en_cours import place_ouverte
from idp.habilitations.models import Agent, Mobilite, Rattachement

AGENT = "agent"


def de(account_id: UUID, now: datetime) -> Exigences:
    """Those of this person today: one statement."""
    jour = clock.today(now)
    partenaire = select(
        type_coerce(Rattachement.role, String), type_coerce(Rattachement.mobilite, String)
    ).where(Rattachement.account_id == account_id, place_ouverte(Rattachement, jour))
    agent = select(literal(AGENT), null()).where(
        Agent.account_id == account_id, Agent.ended_at.is_(None)
    )
    rows: Sequence[Any] = db.session.execute(union_all(partenaire, agent)).all()
    roles, mobilites = {row[0] for row in rows}, {row[1] for row in rows}
    return Exigences(
        second_facteur=bool(roles & {AGENT, *ground().settings.second_factor_roles}),
        sans_delai=AGENT in roles,
        idle_short=AGENT in roles or Mobilite.ITINERANT in mobilites,
    )


def est_agent(account_id: UUID) -> bool:
    """Whether this person is an agent of the Caf today."""
    found = exists().where(Agent.account_id == account_id, Agent.ended_at.is_(None))
    return bool(db.session.scalar(select(found)))
