"""A review as administrateurs read it: which one runs, how far it is, those of before; a statement each.

The people of a review are ``lignes.py``'s.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, select

from idp.db import db
from idp.errors import NotHere
from idp.habilitations.revues.models import EtatRevue, LigneDeRevue, Revue
from idp.habilitations.revues.policy import Decision


@dataclass(frozen=True, slots=True)
class Avancement:
    """How far a review is, for one reader: their own line is for another administrateur."""

    total: int
    gardes: int
    retires: int
    restent: int
    sans_risque: int
    """Of those that remain, how many have nothing against them."""

    @property
    def faits(self) -> int:
        """How many have an answer."""
        return self.total - self.restent


@dataclass(frozen=True, slots=True)
class RevueVue:
    """A review and its progress."""

    id: UUID
    organisme_id: UUID
    etat: EtatRevue
    opened_at: datetime
    opened_by: UUID | None
    echeance: date
    ended_at: datetime | None
    ended_by: UUID | None
    closed_at: datetime | None
    document_sha256: str | None

    @property
    def ouverte(self) -> bool:
        """Whether answers are still taken."""
        return self.etat is EtatRevue.OUVERTE


def en_cours(organisme_id: UUID) -> RevueVue | None:
    """The review of this organisme that is not closed: one statement."""
    revue = db.session.scalar(
        select(Revue)
        .where(Revue.organisme_id == organisme_id, Revue.etat != EtatRevue.CLOSE)
        .execution_options(populate_existing=True)
    )
    return _vue(revue) if revue else None


@dataclass(frozen=True, slots=True)
class Avis:
    """What administrateurs are reminded of while a review is open."""

    echeance: date
    restent: int


def avis(organisme_id: UUID, lecteur: UUID | None) -> Avis | None:
    """The review that is open and how many wait for an answer of this reader: one statement."""
    row = db.session.execute(
        select(Revue.echeance, _compte(LigneDeRevue.decision.is_(None)))
        .join(LigneDeRevue, LigneDeRevue.revue_id == Revue.id)
        .where(
            Revue.organisme_id == organisme_id,
            Revue.etat == EtatRevue.OUVERTE,
            LigneDeRevue.account_id != lecteur,
        )
        .group_by(Revue.id, Revue.echeance)
    ).one_or_none()
    return Avis(*row) if row else None


def lire(organisme_id: UUID, revue_id: UUID) -> RevueVue:
    """A review of this organisme: one statement; raises ``NotHere`` for any other."""
    revue = db.session.scalar(
        select(Revue)
        .where(Revue.id == revue_id, Revue.organisme_id == organisme_id)
        .execution_options(populate_existing=True)
    )
    if revue is None:
        raise NotHere("Cette revue n’existe pas, ou n’est pas celle de votre organisme.")
    return _vue(revue)


def anciennes(organisme_id: UUID, *, limit: int = 12) -> list[RevueVue]:
    """Reviews that are closed, the newest first: one statement."""
    revues = db.session.scalars(
        select(Revue)
        .where(Revue.organisme_id == organisme_id, Revue.etat == EtatRevue.CLOSE)
        .order_by(Revue.opened_at.desc())
        .limit(limit)
    )
    return [_vue(revue) for revue in revues]


def _vue(revue: Revue) -> RevueVue:
    return RevueVue(
        id=revue.id,
        organisme_id=revue.organisme_id,
        etat=revue.etat,
        opened_at=revue.opened_at,
        opened_by=revue.opened_by,
        echeance=revue.echeance,
        ended_at=revue.ended_at,
        ended_by=revue.ended_by,
        closed_at=revue.closed_at,
        document_sha256=revue.document_sha256,
    )


def avancement(revue_id: UUID, lecteur: UUID | None) -> Avancement:
    """How far a review is, for this reader: one statement."""
    reste = and_(LigneDeRevue.decision.is_(None), LigneDeRevue.account_id != lecteur)
    soi_meme = and_(LigneDeRevue.decision.is_(None), LigneDeRevue.account_id == lecteur)
    total, gardes, retires, restent, soi, sans_risque = db.session.execute(
        select(
            func.count(),
            _compte(LigneDeRevue.decision == Decision.GARDER),
            _compte(LigneDeRevue.decision == Decision.RETIRER),
            _compte(reste),
            _compte(soi_meme),
            _compte(and_(reste, LigneDeRevue.risque == 0)),
        ).where(LigneDeRevue.revue_id == revue_id)
    ).one()
    return Avancement(total - soi, gardes, retires, restent, sans_risque)


def _compte(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
