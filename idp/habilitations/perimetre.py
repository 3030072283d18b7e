"""Which organismes an agent of the Caf may look at and act on; the rest does not exist for them.

Those to which one of their caisses writes, or that have a N° utilisateur of one of them: an organisme that manages
dwellings in several départements is known to several caisses (guide, page 1).
"""

from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, true

from idp.db import db
from idp.errors import NotHere
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import NumeroUtilisateur, Organisme, Rattachement

AILLEURS = "Ce dossier n’existe pas, ou n’est pas d’une caisse que vous supervisez."


def supervises(agent: AgentVu) -> ColumnElement[bool]:
    """Of rows of ``Organisme``, those of this agent."""
    if agent.national:
        return true()
    numero = exists().where(
        NumeroUtilisateur.organisme_id == Organisme.id,
        NumeroUtilisateur.caisse_code.in_(agent.caisses),
    )
    return or_(Organisme.caisse_code.in_(agent.caisses), numero)


def voit(agent: AgentVu, organisme_id: UUID) -> bool:
    """Whether this organisme exists for this agent. One statement."""
    found = exists().where(Organisme.id == organisme_id, supervises(agent))
    return bool(db.session.scalar(select(found)))


def organisme_de(agent: AgentVu, organisme_id: UUID) -> Organisme:
    """This organisme; raises ``NotHere`` when it does not exist for this agent. One statement."""
    found = db.session.scalar(
        select(Organisme).where(Organisme.id == organisme_id, supervises(agent))
    )
    if found is None:
        raise NotHere(AILLEURS)
    return found


def rattachement_de(agent: AgentVu, rattachement_id: UUID) -> Rattachement:
    """This place of a person in an organisme; raises ``NotHere`` when it does not exist for this agent. One
    statement."""
    found = db.session.scalar(
        select(Rattachement)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(Rattachement.id == rattachement_id, supervises(agent))
    )
    if found is None:
        raise NotHere(AILLEURS)
    return found
