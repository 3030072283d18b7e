"""Letters that came back: which ones something is to be done of, and those of which nothing is.

A reference that is typed is in ``etats.py``, a second issue in ``reemission.py``.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_, select, text, tuple_

from idp import audit
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers.sans_objet import n_attend_plus
from idp.habilitations.courriers.suivi import LettreSuivie, suivies
from idp.habilitations.events import CourrierClasse
from idp.habilitations.models import (
    ANNONCES,
    DES_IDENTIFIANTS,
    Courrier,
    EtatCourrier,
    Organisme,
)
from idp.habilitations.perimetre import supervises

PAR_PAGE = 50
MOTIF_MAX_CHARS = 300
_REVENU: ColumnElement[bool] = text("courrier.etat = 'retourne'")  # type: ignore[assignment]
"""Word for word as the partial index says it: a bound value would not let the database choose it."""
_RANG = case(
    (Courrier.type.in_(DES_IDENTIFIANTS), 0),
    (Courrier.type.in_(ANNONCES), 1),
    else_=2,
)
"""First what keeps somebody out, then what somebody has to be told, then reminders."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them; ``suivante`` is the last one when there are more."""

    lettres: tuple[LettreSuivie, ...]
    suivante: UUID | None


def a_traiter(agent: AgentVu, apres: UUID | None = None) -> Page:
    """Those that something is to be done of, the most pressing type first, then the oldest: one statement.

    Identifiers of who has signed in since are not: they would open nothing.
    """
    lesquelles = and_(_REVENU, supervises(agent), _utiles())
    ordre = (_RANG, Courrier.returned_at, Courrier.id)
    if apres is not None:
        lue = select(*ordre).where(Courrier.id == apres)
        lesquelles = and_(lesquelles, tuple_(*ordre) > lue.scalar_subquery())
    lettres = suivies(lesquelles, ordre, PAR_PAGE + 1)
    page = tuple(lettres[:PAR_PAGE])
    return Page(page, page[-1].id if len(lettres) > PAR_PAGE else None)


def _utiles() -> ColumnElement[bool]:
    return or_(Courrier.type.not_in(DES_IDENTIFIANTS), ~n_attend_plus())


def classer(agent: AgentVu, courriers: Collection[UUID], motif: str, now: datetime) -> int:
    """Nothing more is done of these letters; returns how many there were. None of another caisse, none twice."""
    rows = db.session.scalars(
        select(Courrier)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .where(Courrier.id.in_(courriers), _REVENU, supervises(agent))
        .order_by(Courrier.id)
        .with_for_update(of=Courrier)
    ).all()
    for courrier in rows:
        courrier.etat = EtatCourrier.CLASSE
        whom = {"account_id": courrier.account_id, "organisme_id": courrier.organisme_id}
        event = CourrierClasse(type=courrier.type, reference=courrier.reference, motif=motif)
        audit.record(event, at=now, actor=agent.actor, **whom)
    db.session.flush()
    return len(rows)
