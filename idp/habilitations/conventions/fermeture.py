"""A groupe of a contrat is closed by the Caf: opened by mistake, or of a zone where nothing is let any more.

Nobody opens anything by it from now on; who held it holds it again once it is added to the contrat anew
(``contrats.py``).
What is to hold for a time is a suspension (``supervision/suspensions.py``).
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from idp import audit
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations.agents import AgentVu
from idp.habilitations.conventions import contrats
from idp.habilitations.effets import avis, etendue
from idp.habilitations.events import GroupeFerme
from idp.habilitations.models import Groupe, MotifDAvis
from idp.habilitations.tenue import tenir_vivant


class RefusDeFermer(StrEnum):
    """Why it is not closed: ordinary outcomes, which pages explain."""

    DEJA_FERME = "deja_ferme"
    SUSPENDU = "suspendu"


def trouver(agent: AgentVu, organisme_id: UUID, contrat_id: UUID, groupe_id: UUID) -> Groupe:
    """A groupe that the Caf made in a contrat of this agent; raises ``NotHere``."""
    contrats.trouver(agent, organisme_id, contrat_id)
    found = db.session.scalars(
        select(Groupe)
        .where(Groupe.id == groupe_id, Groupe.contrat_id == contrat_id, ~Groupe.sous_groupe)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotHere("Ce groupe n’existe pas, ou n’est pas de cet organisme.")
    return found


def fermer(
    agent: AgentVu,
    organisme_id: UUID,
    contrat_id: UUID,
    groupe_id: UUID,
    *,
    motif: str,
    now: datetime,
) -> RefusDeFermer | None:
    """Close it at once; None when it is done."""
    tenir_vivant(organisme_id)
    groupe = trouver(agent, organisme_id, contrat_id, groupe_id)
    if groupe.zone and not agent.supervise(groupe.zone):
        raise Refusal(
            "Ce groupe est d’une caisse que vous ne supervisez pas : à elle de le fermer.",
            detail="a zone out of the agent's caisses",
        )
    if not groupe.actif:
        return RefusDeFermer.DEJA_FERME
    if groupe.suspendu_at is not None:
        return RefusDeFermer.SUSPENDU
    groupe.actif = False
    db.session.flush()
    paires = etendue.paires_du_groupe(groupe.id)
    avis.retirer_parmi(paires, motif=MotifDAvis.CLOTURE, par=agent.actor, now=now)
    event = GroupeFerme(groupe=groupe.code, libelle=groupe.libelle, motif=motif)
    audit.record(event, at=now, actor=agent.actor, organisme_id=organisme_id)
    _contrat, convention = contrats.trouver(agent, organisme_id, contrat_id)
    contrats.dire("groupe_ferme", convention, now, libelle=groupe.libelle, motif=motif)
    return None
