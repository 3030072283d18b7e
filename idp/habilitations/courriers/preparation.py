"""A batch asked for in the console: made by the worker, kept sealed until it is taken (``retrait.py``).

A batch is made in one transaction, with its secrets: a worker that dies leaves the letters waiting, and the outbox
tries again for as long as it takes.
"""

from datetime import datetime, timedelta
from io import BytesIO
from uuid import UUID, uuid4

from sqlalchemy import select, update

from idp import clock, outbox
from idp.audit import Actor
from idp.db import db, inserting
from idp.errors import NotHere
from idp.extensions import ground
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers import sans_objet
from idp.habilitations.courriers.lots import nom_de_lot
from idp.habilitations.courriers.models import ContenuDeLot, EtatDeLot, LotDeCourriers
from idp.habilitations.courriers.redaction import Redaction, en_attente, rediger
from idp.habilitations.models import Courrier, Organisme, TypeCourrier

KIND = "lot_de_courriers"
LETTRES_MAX = 2000
"""In one batch: what is held in memory, and what a printing shop takes at once."""
NORMALE = timedelta(minutes=15)
"""More than a batch takes, behind an import or another batch."""


def preparer(agent: AgentVu, caisse: str, now: datetime) -> int:
    """Ask for the batches of the letters that wait for a caisse, one per type; returns how many batches.

    Raises ``NotHere`` for a caisse that is not the agent's. Pressed twice, even at once, it prepares nothing more;
    one that should have been ready for long is asked for again.
    """
    if not agent.supervise(caisse):
        raise NotHere("Cette caisse n’est pas de celles que vous supervisez.")
    demandes = [_demander(agent, kind, caisse, now) for kind in TypeCourrier]
    for lot_id in filter(None, demandes):
        outbox.enqueue(KIND, {"lot_id": str(lot_id)}, at=now)
    return len(list(filter(None, demandes)))


def tarde(lot: LotDeCourriers, now: datetime) -> bool:
    """Whether a batch should have been ready for long: something keeps it from being made; it is tried again."""
    return lot.etat is EtatDeLot.PREPARATION and lot.created_at <= now - NORMALE


def _demander(agent: AgentVu, kind: TypeCourrier, caisse: str, now: datetime) -> UUID | None:
    """The batch to make; None when nothing waits, or it is being made."""
    sans_objet.ecarter(kind, caisse, actor=agent.actor, now=now)
    if not _attendent(kind, caisse):
        return None
    lot_id = uuid4()
    made = db.session.scalar(
        inserting(LotDeCourriers)
        .values(
            id=lot_id,
            nom=nom_de_lot(lot_id, kind, caisse, now),
            type=kind,
            caisse_code=caisse,
            etat=EtatDeLot.PREPARATION,
            lettres=0,
            created_at=now,
            created_by=agent.account_id,
        )
        .on_conflict_do_nothing()
        .returning(LotDeCourriers.id)
    )
    return made or _qui_tarde(kind, caisse, now)


def _attendent(kind: TypeCourrier, caisse: str) -> bool:
    une = (
        select(Courrier.id)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .where(en_attente(kind, caisse))
        .limit(1)
    )
    return db.session.scalar(une) is not None


def _qui_tarde(kind: TypeCourrier, caisse: str, now: datetime) -> UUID | None:
    return db.session.scalar(
        select(LotDeCourriers.id).where(
            LotDeCourriers.caisse_code == caisse,
            LotDeCourriers.type == kind,
            LotDeCourriers.etat == EtatDeLot.PREPARATION,
            LotDeCourriers.created_at <= now - NORMALE,
        )
    )


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
