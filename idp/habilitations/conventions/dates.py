"""The dates of a convention that is not signed yet, corrected by an agent, with a motive.

Once it is signed, they are what was signed: it ends by a résiliation, or another convention follows it
(``gestion.py``).
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from idp import audit, clock
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.conventions.gestion import garder, vue
from idp.habilitations.etats_de_convention import RefusDePassage, refus_de_corriger
from idp.habilitations.events import DatesDeConventionCorrigees
from idp.habilitations.models import ContratDeService, Convention
from idp.habilitations.tenue import tenir_vivant


@dataclass(frozen=True, slots=True)
class Dates:
    """The first day, and the last one when there is one; both belong to the convention."""

    debut: date
    fin: date | None


def corriger(
    agent: AgentVu, convention: Convention, voulues: Dates, *, motif: str, now: datetime
) -> RefusDePassage | None:
    """Make them these; None when it is done. ``gestion.trouver`` gave the convention to this agent."""
    tenir_vivant(convention.organisme_id)
    db.session.refresh(convention)
    avant = Dates(convention.debut, convention.fin)
    refus = refus_de_corriger(vue(convention), voulues.debut, voulues.fin, clock.today(now))
    if refus:
        return refus
    if not _deplacer_les_contrats(convention, voulues):
        return RefusDePassage.CONTRAT_HORS
    convention.debut, convention.fin = voulues.debut, voulues.fin
    garder(convention, convention.etat, convention.etat, par=agent.actor, now=now, motif=motif)
    event = DatesDeConventionCorrigees(
        convention_id=convention.id,
        libelle=convention.libelle,
        motif=motif,
        debut=voulues.debut.isoformat(),
        fin=voulues.fin.isoformat() if voulues.fin else None,
        debut_avant=avant.debut.isoformat(),
        fin_avant=avant.fin.isoformat() if avant.fin else None,
    )
    audit.record(event, at=now, actor=agent.actor, organisme_id=convention.organisme_id)
    return None


def _deplacer_les_contrats(convention: Convention, voulues: Dates) -> bool:
    """What began with the convention begins with it still; False when a contrat would be over before."""
    contrats = db.session.scalars(
        select(ContratDeService)
        .where(ContratDeService.convention_id == convention.id)
        .execution_options(populate_existing=True)
    ).all()
    debuts = {
        un.id: voulues.debut if un.debut == convention.debut else max(un.debut, voulues.debut)
        for un in contrats
    }
    for un in contrats:
        finit_avant = un.fin is not None and un.fin < debuts[un.id]
        if finit_avant or (voulues.fin is not None and voulues.fin < debuts[un.id]):
            return False
    for un in contrats:
        un.debut = debuts[un.id]
    return True
