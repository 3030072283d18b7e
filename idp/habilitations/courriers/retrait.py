"""The letters of a batch, taken: those without secret until they are sent, the secrets once and never again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, delete, or_, select

from idp import audit
from idp.db import db
from idp.errors import Conflict, NotHere, Refusal
from idp.extensions import ground
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers.models import ContenuDeLot, EtatDeLot, LotDeCourriers
from idp.habilitations.courriers.perimetre import lot_de
from idp.habilitations.events import LotRetire
from idp.habilitations.models import RoleAgent, TypeCourrier

AUTRES_GARDES = timedelta(days=30)
AT_ONCE = 20
DEJA_RETIRE = "Ce lot de mots de passe provisoires a déjà été téléchargé : son contenu est effacé."
EMETTRE = "S’il n’a pas pu être imprimé, émettez ses courriers à nouveau : de nouveaux mots de passe seront tirés."


@dataclass(frozen=True, slots=True)
class Retire:
    """The letters in clear, on their way to the printing shop."""

    nom: str
    pdf: bytes


def retirer(agent: AgentVu, lot_id: UUID, now: datetime, *, secrets: bool) -> Retire:
    """Take a batch; that of secrets is erased in the transaction that gives it.

    Raises ``NotHere`` for a batch of another caisse or type, ``Refusal`` for secrets asked by a gestionnaire,
    ``Conflict`` for what has been erased.
    """
    lot = lot_de(agent, lot_id)
    if secrets is not (lot.type is TypeCourrier.SECRET):
        raise NotHere("Ce lot n’existe pas.")
    if secrets and not agent.peut(RoleAgent.SUPERVISEUR):
        raise Refusal("Les mots de passe provisoires ne sont remis qu’à un superviseur.")
    scelle = _prendre(lot.id) if secrets else _lire(lot.id)
    if scelle is None:
        raise Conflict(
            DEJA_RETIRE if secrets else "Le contenu de ce lot est effacé.",
            conseil=EMETTRE if secrets else "Émettez à nouveau les courriers qui manquent.",
        )
    if lot.retire_at is None:
        lot.retire_at, lot.retire_par = now, agent.account_id
    event = LotRetire(lot=lot.nom, type=lot.type, lettres=lot.lettres)
    audit.record(event, at=now, actor=agent.actor, account_id=agent.account_id)
    db.session.flush()
    return Retire(f"{lot.nom}.pdf", ground().secret_box.unseal(scelle))


def _prendre(lot_id: UUID) -> bytes | None:
    # One statement, of which one of two that ask at once gets the letters.
    return db.session.scalar(
        delete(ContenuDeLot)
        .where(ContenuDeLot.lot_id == lot_id)
        .returning(ContenuDeLot.scelle)
        .execution_options(synchronize_session=False)
    )


def _lire(lot_id: UUID) -> bytes | None:
    return db.session.scalar(select(ContenuDeLot.scelle).where(ContenuDeLot.lot_id == lot_id))


def effacer(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Erase secrets that are over though nobody took them, others that are sent or old; returns how many."""
    finis = (
        select(ContenuDeLot.lot_id)
        .join(LotDeCourriers, LotDeCourriers.id == ContenuDeLot.lot_id)
        .where(
            or_(
                LotDeCourriers.expire_at <= now,
                LotDeCourriers.etat == EtatDeLot.ENVOYE,
                and_(
                    LotDeCourriers.type != TypeCourrier.SECRET,
                    LotDeCourriers.created_at <= now - AUTRES_GARDES,
                ),
            )
        )
        .limit(limit)
    )
    effaces = db.session.execute(
        delete(ContenuDeLot)
        .where(ContenuDeLot.lot_id.in_(list(db.session.scalars(finis))))
        .returning(ContenuDeLot.lot_id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(effaces)
