"""What ended by its date: the services that still believe it are told, in the minutes after midnight.

Nothing depends on it: a right that ended is refused wherever it is read (``claims.py``), and no token outlives it.
This is for the sessions of the services themselves. The worker looks every minute; a day is gone through once,
some people at a time, by one worker at a time, and what was missed while it was stopped when it is back. An end is
told even if another box opens the same: the person signs in again without a word.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, String, cast, null, select, union_all, update
from sqlalchemy.orm import InstrumentedAttribute

from idp import clock
from idp.audit import WORKER
from idp.db import db
from idp.habilitations.effets import avis
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    FinsDites,
    Groupe,
    Habilitation,
    Mandat,
    MotifDAvis,
    Rattachement,
)
from idp.habilitations.ports import ports

AU_PLUS = 1000
"""Authorizations that are ended in one look, and services told."""
REMONTE = timedelta(days=8)
"""Longer than what services hold is kept: where the first look starts."""

Bornes = tuple[date, date]


def veiller(now: datetime) -> int:
    """Tell of the days that are over and were not told of; returns how many services are told."""
    hier = clock.today(now) - timedelta(days=1)
    depuis = db.session.scalar(select(FinsDites.jour))
    if depuis is not None and depuis >= hier:
        return 0
    tenu = _tenir(hier)
    if tenu is None or tenu >= hier:
        return 0
    finis = _finis((tenu + timedelta(days=1), hier))
    avant = clock.start_of_day(clock.today(now))
    annonces, reste = ports().acces.retirer_parmi(finis, avant, now, limit=AU_PLUS)
    avis.garder(annonces, motif=MotifDAvis.ECHEANCE, par=WORKER, now=now)
    if not reste:
        db.session.execute(update(FinsDites).values(jour=hier))
    return len(annonces)


def _tenir(hier: date) -> date | None:
    """The last day told of, held until the transaction ends; None when another worker holds it."""
    jour = db.session.scalar(select(FinsDites.jour).with_for_update(skip_locked=True))
    if jour is None and db.session.scalar(select(FinsDites.jour)) is None:
        jour = hier - REMONTE
        db.session.add(FinsDites(id=1, jour=jour))
        db.session.flush()
    return jour


def _finis(bornes: Bornes) -> CompoundSelect[UUID, str | None]:
    """Places whose right to a service (to all of them when null) had its last day within these days."""
    return union_all(
        _de_tout(Rattachement.id).where(_dans(Rattachement.cloture, bornes)),
        _de_tout(Mandat.rattachement_id).where(
            Mandat.rattachement_id.is_not(None),
            Mandat.ended_at.is_(None),
            _dans(Mandat.fin, bornes),
        ),
        select(Habilitation.rattachement_id, ContratDeService.service)
        .join(Groupe, Groupe.id == Habilitation.groupe_id)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .where(_dans(Habilitation.fin, bornes)),
        _de_l_organisme().where(_dans(ContratDeService.fin, bornes)),
        _de_l_organisme().where(_dans(Convention.fin, bornes)),
    )


def _de_tout(rattachement_id: InstrumentedAttribute[Any]) -> Select[UUID, str | None]:
    return select(rattachement_id.label("rattachement_id"), cast(null(), String).label("service"))


def _de_l_organisme() -> Select[UUID, str | None]:
    return (
        select(Rattachement.id, ContratDeService.service)
        .join(Convention, Convention.organisme_id == Rattachement.organisme_id)
        .join(ContratDeService, ContratDeService.convention_id == Convention.id)
    )


def _dans(fin: InstrumentedAttribute[Any], bornes: Bornes) -> Any:
    return fin.between(*bornes)
