"""Once a week, the administrateurs of an organisme are told by mail that something ends within thirty days.

What ends is read in ``echeances.py``. The mail names nobody: how many, and the first date. Each organisme is told
once a week, from Monday on, some at a time, however many workers there are.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, exists, select, union, update

from idp import clock, mail
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.administration.administrateurs import administrateurs_ouverts
from idp.habilitations.delegation import Acteur, Role
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Habilitation,
    Mandat,
    Organisme,
    RappelDEcheances,
    Rattachement,
)
from idp.habilitations.personnes import echeances
from idp.habilitations.personnes.echeances import BIENTOT

A_LA_FOIS = 50


def rappeler(now: datetime, *, limit: int = A_LA_FOIS) -> int:
    """Tell some of the organismes that were not told this week; returns how many were looked at."""
    jour = clock.today(now)
    lundi = jour - timedelta(days=jour.weekday())
    organismes = _a_rappeler(jour, lundi, limit)
    for organisme in organismes:
        if _pris(organisme.id, lundi):
            _ecrire(organisme, jour, now)
    return len(organismes)


def _a_rappeler(jour: date, lundi: date, limit: int) -> Sequence[Organisme]:
    deja = exists().where(
        RappelDEcheances.organisme_id == Organisme.id, RappelDEcheances.lundi >= lundi
    )
    return db.session.scalars(
        select(Organisme)
        .where(
            Organisme.id.in_(_ou_quelque_chose_se_termine(jour)),
            Organisme.suspendu_at.is_(None),
            ~deja,
        )
        .order_by(Organisme.id)
        .limit(limit)
        # One worker at a time for each; the others take the next ones.
        .with_for_update(skip_locked=True)
    ).all()


def _ou_quelque_chose_se_termine(jour: date) -> Select[UUID]:
    bornes = (jour, jour + timedelta(days=BIENTOT))
    parts = union(
        select(Rattachement.organisme_id).where(Rattachement.cloture.between(*bornes)),
        select(Rattachement.organisme_id)
        .join(Habilitation, Habilitation.rattachement_id == Rattachement.id)
        .where(Habilitation.fin.between(*bornes)),
        select(Mandat.organisme_id).where(Mandat.fin.between(*bornes), Mandat.ended_at.is_(None)),
        select(Convention.organisme_id)
        .join(ContratDeService, ContratDeService.convention_id == Convention.id)
        .where(ContratDeService.fin.between(*bornes)),
        select(Convention.organisme_id).where(Convention.fin.between(*bornes)),
    ).subquery()
    return select(parts.c[0])


def _pris(organisme_id: UUID, lundi: date) -> bool:
    """Whether this week is ours to tell: noted before the mail leaves, in the same transaction."""
    deja = db.session.scalar(
        select(RappelDEcheances.lundi).where(RappelDEcheances.organisme_id == organisme_id)
    )
    if deja is None:
        db.session.add(RappelDEcheances(organisme_id=organisme_id, lundi=lundi))
        db.session.flush()
        return True
    pris = db.session.execute(
        update(RappelDEcheances)
        .where(RappelDEcheances.organisme_id == organisme_id, RappelDEcheances.lundi < lundi)
        .values(lundi=lundi)
        .returning(RappelDEcheances.organisme_id)
        .execution_options(synchronize_session=False)
    )
    return pris.one_or_none() is not None


def _ecrire(organisme: Organisme, jour: date, now: datetime) -> None:
    comme = Acteur(None, organisme.id, organisme.raison_sociale, Role.ADMINISTRATEUR)
    premieres = echeances.lister(comme, jour).echeances
    if not premieres:
        return
    nombre = echeances.compter(comme, jour)
    for account_id, nom in administrateurs_ouverts(organisme.id, jour):
        email = db.session.get_one(Account, account_id).email
        if email:
            mail.send(
                "echeances",
                email,
                at=now,
                nom=nom,
                organisme=organisme.raison_sociale,
                nombre=nombre,
                le=premieres[0].fin,
            )
