"""Who asked the Caf to administer their organisme: two agents accept, one refuses; each says why.

To accept gives an organisme to somebody, as a replacement does: the second agent decides in ``remplacements.py``.
The organisme is told by letter, its administrateurs by mail; who is refused is told why.
"""

from datetime import datetime
from uuid import UUID

from idp.habilitations.administration import successions
from idp.habilitations.administration.successions import RefusDeSuccession
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import RoleAgent, Succession
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.supervision import remplacements
from idp.habilitations.supervision.remplacements import RefusDeRemplacement, Successeur
from idp.habilitations.supervision.suspensions import exiger


def accepter(
    agent: AgentVu, succession_id: UUID, *, motif: str, now: datetime
) -> UUID | RefusDeSuccession | RefusDeRemplacement:
    """Ask a second agent to agree; nothing changes before. Raises ``NotHere`` out of their caisses."""
    demande = _demande(agent, succession_id, now)
    if demande is None:
        return RefusDeSuccession.PERIMEE
    successeur = Successeur(demande.candidat_id, demande)
    return remplacements.demander(agent, demande.organisme_id, successeur, motif=motif, now=now)


def refuser(
    agent: AgentVu, succession_id: UUID, *, motif: str, now: datetime
) -> RefusDeSuccession | None:
    """Say no, and why; None when it is done. Raises ``NotHere`` out of their caisses."""
    demande = _demande(agent, succession_id, now)
    if demande is None:
        return RefusDeSuccession.PERIMEE
    remplacements.abandonner(demande.id, agent, now)
    successions.repondre_pour_la_caf(demande, accepte=False, motif=motif, par=agent.actor, now=now)
    return None


def _demande(agent: AgentVu, succession_id: UUID, now: datetime) -> Succession | None:
    exiger(agent, RoleAgent.SUPERVISEUR)
    demande = successions.adressee_a_la_caf(succession_id, now)
    if demande is not None:
        organisme_de(agent, demande.organisme_id)
    return demande
