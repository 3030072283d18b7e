"""Who became administrateur by being the first to connect, these last days: what the Caf may still object to.

The organisme is told by post meanwhile (``courriers/annonces.py``). To object is to suspend the person or to
replace them (``suspensions.py``, ``remplacements.py``): then they are shown as suspended, or no more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations import pages
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import Organisme, Rattachement, Role
from idp.habilitations.perimetre import supervises

DELAI = timedelta(days=7)
"""For how long it is shown (DOMAIN.md §5.3)."""
PAR_PAGE = 25


@dataclass(frozen=True, slots=True)
class DesignationVue:
    """An administrateur designated lately."""

    rattachement_id: UUID
    organisme_id: UUID
    raison_sociale: str
    nom: str
    designe_at: datetime | None
    suspendu: bool


def lister(agent: AgentVu, now: datetime, apres: UUID | None = None) -> pages.Page[DesignationVue]:
    """Those of the organismes of this agent, the newest first: one statement."""
    cle = (Rattachement.designe_at, Rattachement.id)
    rows = db.session.execute(
        select(Rattachement, Organisme.raison_sociale, Account)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            Rattachement.designe_at.is_not(None),
            Rattachement.designe_at > now - DELAI,
            Rattachement.role == Role.ADMINISTRATEUR,
            supervises(agent),
            pages.apres(apres, *cle),
        )
        .order_by(*(part.desc() for part in cle))
        .limit(PAR_PAGE + 1)
    )
    vues = [
        DesignationVue(
            rattachement_id=place.id,
            organisme_id=place.organisme_id,
            raison_sociale=raison,
            nom=account.display_name,
            designe_at=place.designe_at,
            suspendu=place.suspendu_at is not None or account.state is AccountState.SUSPENDU,
        )
        for place, raison, account in rows
    ]
    montrees = vues[:PAR_PAGE]
    return pages.page(vues, PAR_PAGE, montrees[-1].rattachement_id if montrees else None)
