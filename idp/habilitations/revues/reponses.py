"""What is answered of a person: kept, or taken away once the review is ended; changed as long as it is open.

An answer says what its author saw (``vu``): of two administrateurs who answer of the same person, the second is
told, and nothing of the first is lost. Nobody answers of themself: ``delegation.py`` decides.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select, update

from idp import audit
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import acteurs, cibles
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import Acteur, RefusDAgir, refus_de_regler
from idp.habilitations.revues.events import LigneRevue, SansRisqueGardes
from idp.habilitations.revues.models import EtatRevue, LigneDeRevue, Revue
from idp.habilitations.revues.policy import Decision
from idp.habilitations.tenue import tenir

ANNULER = "annuler"
_PAS_LA_VOTRE = "Cette revue n’est pas la vôtre."


class Suite(StrEnum):
    """What became of an answer."""

    FAITE = "faite"
    DEJA = "deja"
    """It was answered the same already: pressed twice, or by two people who agree."""
    ENTRE_TEMPS = "entre_temps"
    """Somebody else answered otherwise since the page was shown."""
    SOI_MEME = "soi_meme"
    TERMINEE = "terminee"


@dataclass(frozen=True, slots=True)
class Reponse:
    """Of whom, what (None takes the answer back), and what was shown before."""

    rattachement_id: UUID
    decision: Decision | None
    vu: Decision | None


def repondre(acteur: Acteur, revue_id: UUID, reponse: Reponse, now: datetime) -> Suite:
    """Answer of one person; raises ``NotHere`` for a line that is not of a review of the actor's organisme."""
    if not acteur.administre:
        raise NotHere(_PAS_LA_VOTRE)
    actuelle, account_id = _ligne(acteur, revue_id, reponse.rattachement_id)
    if not _tenir_ouverte(acteur, revue_id, now):
        return Suite.TERMINEE
    cible = cibles.lire(acteur, reponse.rattachement_id)
    refus = refus_de_regler(acteur, cible)
    if refus is RefusDAgir.SOI_MEME:
        return Suite.SOI_MEME
    if refus:
        raise NotHere(_PAS_LA_VOTRE, detail=f"review refused: {refus}")
    if actuelle is reponse.decision:
        return Suite.DEJA
    if not _ecrire(acteur, revue_id, reponse, now):
        return Suite.ENTRE_TEMPS
    audit.record(
        LigneRevue(
            revue_id=revue_id,
            rattachement_id=reponse.rattachement_id,
            reponse=reponse.decision or ANNULER,
        ),
        at=now,
        actor=actor_of(acteur),
        account_id=account_id,
        organisme_id=acteur.organisme_id,
    )
    return Suite.FAITE


def garder_sans_risque(
    acteur: Acteur, revue_id: UUID, now: datetime, *, rangs: tuple[int, int] | None = None
) -> int:
    """Keep everybody who has no answer and nothing against them, between these ranks (both included) or of all.

    Returns how many; 0 when the review is over.
    """
    if not acteur.administre:
        return 0
    if not _tenir_ouverte(acteur, revue_id, now):
        return 0
    gardes = db.session.execute(
        update(LigneDeRevue)
        .where(*_sans_risque(acteur, revue_id, rangs))
        .values(decision=Decision.GARDER, decided_at=now, decided_by=acteur.account_id)
        .returning(LigneDeRevue.rang)
        .execution_options(synchronize_session=False)
    ).all()
    if gardes:
        audit.record(
            SansRisqueGardes(revue_id=revue_id, personnes=len(gardes)),
            at=now,
            actor=actor_of(acteur),
            organisme_id=acteur.organisme_id,
        )
    return len(gardes)


def _sans_risque(
    acteur: Acteur, revue_id: UUID, rangs: tuple[int, int] | None
) -> list[ColumnElement[bool]]:
    dans = [
        LigneDeRevue.revue_id == revue_id,
        LigneDeRevue.decision.is_(None),
        LigneDeRevue.risque == 0,
        LigneDeRevue.account_id != acteur.account_id,
        _de_l_organisme_et_ouverte(acteur),
    ]
    return dans if rangs is None else [*dans, LigneDeRevue.rang.between(*rangs)]


def _ligne(acteur: Acteur, revue_id: UUID, rattachement_id: UUID) -> tuple[Decision | None, UUID]:
    row = db.session.execute(
        select(LigneDeRevue.decision, LigneDeRevue.account_id)
        .join(Revue, Revue.id == LigneDeRevue.revue_id)
        .where(
            Revue.id == revue_id,
            Revue.organisme_id == acteur.organisme_id,
            LigneDeRevue.rattachement_id == rattachement_id,
        )
    ).one_or_none()
    if row is None:
        raise NotHere("Cette personne n’est pas de cette revue.")
    return row[0], row[1]


def _tenir_ouverte(acteur: Acteur, revue_id: UUID, now: datetime) -> bool:
    # Until the transaction ends, the actor is not demoted, nor the review ended, between a look and an answer.
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    return db.session.scalar(select(Revue.etat).where(Revue.id == revue_id)) is EtatRevue.OUVERTE


def _de_l_organisme_et_ouverte(acteur: Acteur) -> ColumnElement[bool]:
    return exists().where(
        Revue.id == LigneDeRevue.revue_id,
        Revue.organisme_id == acteur.organisme_id,
        Revue.etat == EtatRevue.OUVERTE,
    )


def _ecrire(acteur: Acteur, revue_id: UUID, reponse: Reponse, now: datetime) -> bool:
    donnee = reponse.decision is not None
    ecrites = db.session.execute(
        update(LigneDeRevue)
        .where(
            and_(
                LigneDeRevue.revue_id == revue_id,
                LigneDeRevue.rattachement_id == reponse.rattachement_id,
                LigneDeRevue.decision.is_not_distinct_from(reponse.vu),
                _de_l_organisme_et_ouverte(acteur),
            )
        )
        .values(
            decision=reponse.decision,
            decided_at=now if donnee else None,
            decided_by=acteur.account_id if donnee else None,
        )
        .returning(LigneDeRevue.rang)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(ecrites)
