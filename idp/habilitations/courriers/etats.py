"""What becomes of letters once they are taken: printed, sent, and some that come back (« NPAI »)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update

from idp import audit
from idp.db import db
from idp.errors import Conflict
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers import espacement
from idp.habilitations.courriers.models import EtatDeLot, LotDeCourriers
from idp.habilitations.courriers.perimetre import lot_de
from idp.habilitations.events import CourrierRetourne, LotMarque
from idp.habilitations.models import Courrier, EtatCourrier, Organisme
from idp.habilitations.perimetre import supervises
from idp.printable import parse_reference

REFERENCES_MAX = 500
_AVANT = {EtatDeLot.IMPRIME: EtatDeLot.A_IMPRIMER, EtatDeLot.ENVOYE: EtatDeLot.IMPRIME}


def marquer(agent: AgentVu, lot_id: UUID, etat: EtatDeLot, now: datetime) -> None:
    """A batch is printed, or sent, with all its letters.

    Raises ``NotHere``, ``Conflict`` for a batch that is not there yet: not taken, not printed, or of secrets that
    would be posted less than a day after the identifiants.
    """
    lot = lot_de(agent, lot_id)
    if etat is EtatDeLot.ENVOYE:
        espacement.exiger(lot, now)
    avant, apres = EtatCourrier(_AVANT[etat].value), EtatCourrier(etat.value)
    if not _passer(lot, etat, now):
        raise Conflict("Ce lot a changé entre-temps, ou n’a pas encore été téléchargé.")
    db.session.execute(
        update(Courrier)
        .where(Courrier.lot_id == lot.id, Courrier.etat == avant)
        .values(etat=apres)
        .execution_options(synchronize_session=False)
    )
    event = LotMarque(lot=lot.nom, etat=etat)
    audit.record(event, at=now, actor=agent.actor, account_id=agent.account_id)
    db.session.flush()


def _passer(lot: LotDeCourriers, etat: EtatDeLot, now: datetime) -> bool:
    # One UPDATE decides: of two agents at once, one does it and the other is told so.
    instant = "imprime_at" if etat is EtatDeLot.IMPRIME else "envoye_at"
    passe = db.session.scalar(
        update(LotDeCourriers)
        .where(
            LotDeCourriers.id == lot.id,
            LotDeCourriers.etat == _AVANT[etat],
            LotDeCourriers.retire_at.is_not(None),
        )
        .values({"etat": etat, instant: now})
        .returning(LotDeCourriers.id)
        .execution_options(synchronize_session=False)
    )
    db.session.expire(lot)
    return passe is not None


class Retour(StrEnum):
    """What a reference that was typed is worth."""

    NOTE = "note"
    DEJA = "deja"
    PAS_PARTI = "pas_parti"
    REMPLACE = "remplace"
    INCONNUE = "inconnue"
    ILLISIBLE = "illisible"


@dataclass(frozen=True, slots=True)
class ReferenceLue:
    """A reference, and what became of its letter; ``organisme`` when it is one of the agent's."""

    saisie: str
    retour: Retour
    courrier_id: UUID | None = None
    organisme: str = ""


def retourner(agent: AgentVu, saisies: Sequence[str], now: datetime) -> list[ReferenceLue]:
    """Letters came back unopened (« n'habite pas à l'adresse indiquée »): one statement finds them all."""
    lues = {saisie: parse_reference(saisie) for saisie in dict.fromkeys(saisies)}
    rows = db.session.execute(
        select(Courrier, Organisme.raison_sociale)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .where(Courrier.reference.in_([one for one in lues.values() if one]), supervises(agent))
        .with_for_update(of=Courrier)
    ).all()
    trouves = {courrier.reference: (courrier, nom) for courrier, nom in rows}
    return [_retourner(agent, saisie, lue, trouves, now) for saisie, lue in lues.items()]


def _retourner(
    agent: AgentVu,
    saisie: str,
    lue: str | None,
    trouves: dict[str, tuple[Courrier, str]],
    now: datetime,
) -> ReferenceLue:
    if lue is None:
        return ReferenceLue(saisie, Retour.ILLISIBLE)
    if lue not in trouves:
        return ReferenceLue(saisie, Retour.INCONNUE)
    courrier, organisme = trouves[lue]
    retour = _RETOURS.get(courrier.etat, Retour.NOTE)
    if retour is Retour.NOTE:
        courrier.etat, courrier.returned_at = EtatCourrier.RETOURNE, now
        audit.record(
            CourrierRetourne(type=courrier.type, reference=courrier.reference),
            at=now,
            actor=agent.actor,
            account_id=courrier.account_id,
            organisme_id=courrier.organisme_id,
        )
        db.session.flush()
    return ReferenceLue(saisie, retour, courrier.id, organisme)


_RETOURS = {
    EtatCourrier.EN_ATTENTE: Retour.PAS_PARTI,
    EtatCourrier.A_IMPRIMER: Retour.PAS_PARTI,
    EtatCourrier.SANS_OBJET: Retour.PAS_PARTI,
    EtatCourrier.RETOURNE: Retour.DEJA,
    EtatCourrier.CLASSE: Retour.DEJA,
    EtatCourrier.REMPLACE: Retour.REMPLACE,
}
