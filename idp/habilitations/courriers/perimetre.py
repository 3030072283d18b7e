"""Which batches and letters an agent may see and act on: those of the organismes that they supervise."""

from uuid import UUID

from sqlalchemy import ColumnElement, select, true

from idp.db import db
from idp.errors import NotHere
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers.models import LotDeCourriers
from idp.habilitations.models import Courrier, Organisme
from idp.habilitations.perimetre import supervises

ABSENT = "Ce lot n’existe pas, ou n’est pas d’une caisse que vous supervisez."
COURRIER_ABSENT = "Ce courrier n’existe pas, ou n’est pas d’une caisse que vous supervisez."


def lots_de(agent: AgentVu) -> ColumnElement[bool]:
    """Of ``LotDeCourriers``: a batch of every caisse, made on the terminal, is of national agents."""
    return true() if agent.national else LotDeCourriers.caisse_code.in_(agent.caisses)


def lot_de(agent: AgentVu, lot_id: UUID) -> LotDeCourriers:
    """This batch; raises ``NotHere``."""
    lot = db.session.scalar(
        select(LotDeCourriers).where(LotDeCourriers.id == lot_id, lots_de(agent))
    )
    if lot is None:
        raise NotHere(ABSENT)
    return lot


def courrier_de(agent: AgentVu, courrier_id: UUID) -> Courrier:
    """This letter, held until the transaction ends; raises ``NotHere``."""
    courrier = db.session.scalar(
        select(Courrier)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .where(Courrier.id == courrier_id, supervises(agent))
        .with_for_update(of=Courrier)
    )
    if courrier is None:
        raise NotHere(COURRIER_ABSENT)
    return courrier
