"""The Caf withdraws the delegation of an organisme, and gives it back (DOMAIN.md §5.3).

Meanwhile the console of the partner only shows, its programs only read (``acteurs.exiger_la_delegation``), and the
Caf manages its users in its place: by the very services of the administrateurs, as an ``Acteur`` of the Caf. The
administrateurs are told by mail of both, and of each user that the Caf creates (``personnes/utilisateurs.py``);
where no mail would reach anybody, the organisme is told of both by letter.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update

from idp import audit
from idp.db import db
from idp.habilitations import a_prevenir, acteurs
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers import annonces
from idp.habilitations.delegation import Acteur
from idp.habilitations.events import DelegationRetiree
from idp.habilitations.models import Organisme, RoleAgent, TypeCourrier
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.supervision.suspensions import exiger
from idp.habilitations.tenue import tenir_vivant


def retirer(agent: AgentVu, organisme_id: UUID, *, motif: str, now: datetime) -> bool:
    """Take it back, at once; False when it was already."""
    return _changer(agent, organisme_id, motif, now, rendue=False)


def rendre(agent: AgentVu, organisme_id: UUID, *, motif: str, now: datetime) -> bool:
    """Give it back; False when the organisme had it."""
    return _changer(agent, organisme_id, motif, now, rendue=True)


def acteur(agent: AgentVu, organisme_id: UUID) -> Acteur:
    """Who acts in the place of the organisme: one statement; raises ``NotHere`` when it is not of their caisses.

    Each service confirms, once it holds the organisme, that the delegation is withdrawn (``acteurs.confirmer``).
    """
    exiger(agent, RoleAgent.SUPERVISEUR)
    return acteurs.en_lieu_et_place(agent, organisme_de(agent, organisme_id))


def _changer(
    agent: AgentVu, organisme_id: UUID, motif: str, now: datetime, *, rendue: bool
) -> bool:
    exiger(agent, RoleAgent.SUPERVISEUR)
    organisme_de(agent, organisme_id)
    tenir_vivant(organisme_id)
    depuis = Organisme.delegation_retiree_at
    changee = db.session.scalar(
        update(Organisme)
        .where(Organisme.id == organisme_id, depuis.is_not(None) if rendue else depuis.is_(None))
        .values(delegation_retiree_at=None if rendue else now)
        .returning(Organisme.id)
        .execution_options(synchronize_session=False)
    )
    if changee is None:
        return False
    event = DelegationRetiree(motif=motif, rendue=rendue)
    audit.record(event, at=now, actor=agent.actor, organisme_id=organisme_id)
    lettre = TypeCourrier.DELEGATION_RENDUE if rendue else TypeCourrier.DELEGATION_RETIREE
    if not a_prevenir.dire(lettre.value, organisme_id, now, motif=motif):
        annonces.demander(lettre, organisme_id, now, motif=motif)
    return True
