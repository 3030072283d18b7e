"""A batch asked for in the console: made by the worker, kept sealed until it is taken (``retrait.py``).

A batch is made in one transaction, with its secrets: a worker that dies leaves the letters waiting.
"""

from datetime import datetime
from io import BytesIO
from uuid import UUID

from sqlalchemy import func, select, update

from idp import clock, outbox
from idp.audit import Actor
from idp.db import db
from idp.errors import NotHere
from idp.extensions import ground
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers.lots import nom_de_lot
from idp.habilitations.courriers.models import ContenuDeLot, EtatDeLot, LotDeCourriers
from idp.habilitations.courriers.redaction import Redaction, en_attente, rediger
from idp.habilitations.models import Courrier, Organisme, TypeCourrier

KIND = "lot_de_courriers"
LETTRES_MAX = 2000
"""In one batch: what is held in memory, and what a printing shop takes at once."""


def preparer(agent: AgentVu, caisse: str, now: datetime) -> int:
    """Ask for the batches of the letters that wait for a caisse, one per type; returns how many batches.

    Raises ``NotHere`` for a caisse that is not the agent's. Pressed twice, it prepares nothing more.
    """
    if not agent.supervise(caisse):
        raise NotHere("Cette caisse n’est pas de celles que vous supervisez.")
    demandes = [
        kind
        for kind in TypeCourrier
        if _attendent(kind, caisse) and not _en_preparation(kind, caisse)
    ]
    for kind in demandes:
        lot = LotDeCourriers(
            nom=nom_de_lot(kind, caisse, now),
            type=kind,
            caisse_code=caisse,
            created_at=now,
            created_by=agent.account_id,
        )
        db.session.add(lot)
        db.session.flush()
        outbox.enqueue(KIND, {"lot_id": str(lot.id)}, at=now)
    return len(demandes)


def _attendent(kind: TypeCourrier, caisse: str) -> bool:
    une = (
        select(Courrier.id)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .where(en_attente(kind, caisse))
        .limit(1)
    )
    return db.session.scalar(une) is not None


def _en_preparation(kind: TypeCourrier, caisse: str) -> bool:
    nombre = select(func.count()).where(
        LotDeCourriers.caisse_code == caisse,
        LotDeCourriers.type == kind,
        LotDeCourriers.etat == EtatDeLot.PREPARATION,
    )
    return bool(db.session.scalar(nombre))


def fabriquer(payload: outbox.Payload) -> None:
    """Write the letters and seal them; the handler of the outbox."""
    lot = db.session.scalars(
        update(LotDeCourriers)
        .where(
            LotDeCourriers.id == UUID(payload["lot_id"]),
            LotDeCourriers.etat == EtatDeLot.PREPARATION,
        )
        .values(etat=EtatDeLot.PREPARATION)
        .returning(LotDeCourriers)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if lot is None:
        return
    sortie = BytesIO()
    actor = Actor.person(lot.created_by) if lot.created_by else Actor("worker")
    if not rediger(Redaction(lot, actor, clock.now()), sortie, au_plus=LETTRES_MAX):
        # Another batch has just taken them.
        db.session.delete(lot)
        return
    sealed = ground().secret_box.seal(sortie.getvalue())
    db.session.add(ContenuDeLot(lot_id=lot.id, scelle=sealed))
    db.session.flush()
