"""Rights of people whose account was made anonymous: kept three years without saying whose, then deleted.

Answers what ``idp/accounts`` tells through its port ``Organismes``.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.orm import aliased

from idp import audit, clock
from idp.accounts.models import Account, AccountState
from idp.accounts.retention_policy import thresholds
from idp.db import db
from idp.habilitations.en_cours import place_ouverte
from idp.habilitations.events import SeulAdministrateurInactif
from idp.habilitations.models import (
    Agent,
    AvisDeRetrait,
    Courrier,
    Habilitation,
    Rattachement,
    Role,
)

AT_ONCE = 200


def inactifs_prevenus(account_ids: Collection[UUID], now: datetime) -> None:
    """These people were warned: the Caf must see whose organisme nobody else administers."""
    rows = db.session.execute(
        select(Rattachement.id, Rattachement.account_id, Rattachement.organisme_id).where(
            Rattachement.account_id.in_(account_ids),
            _administre(Rattachement, jour_de=now),
            ~_un_autre_administre(now),
        )
    )
    for rattachement_id, account_id, organisme_id in rows:
        audit.record(
            SeulAdministrateurInactif(rattachement_id=rattachement_id),
            at=now,
            actor=audit.WORKER,
            account_id=account_id,
            organisme_id=organisme_id,
        )


def _administre(qui: type[Rattachement], *, jour_de: datetime) -> ColumnElement[bool]:
    return and_(qui.role == Role.ADMINISTRATEUR, place_ouverte(qui, clock.today(jour_de)))


def _un_autre_administre(now: datetime) -> ColumnElement[bool]:
    autre, compte = aliased(Rattachement), aliased(Account)
    return exists().where(
        autre.organisme_id == Rattachement.organisme_id,
        autre.account_id != Rattachement.account_id,
        _administre(autre, jour_de=now),
        compte.id == autre.account_id,
        compte.state == AccountState.ACTIF,
    )


def personnes_oubliees(account_ids: Collection[UUID], now: datetime) -> None:
    """These people are anonymous: no letter is printed for them, and no agent is left among them."""
    db.session.execute(
        delete(Courrier)
        .where(Courrier.account_id.in_(account_ids))
        .execution_options(synchronize_session=False)
    )
    db.session.execute(
        update(Agent)
        .where(Agent.account_id.in_(account_ids), Agent.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


def oublier(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Delete the rights of people who have been anonymous for three years; returns how many places."""
    anciens = db.session.scalars(
        select(Rattachement.id).where(_anciens(now)).limit(limit).with_for_update(skip_locked=True)
    ).all()
    if not anciens:
        return 0
    for tenu in (AvisDeRetrait, Habilitation):
        db.session.execute(
            delete(tenu)
            .where(tenu.rattachement_id.in_(anciens))
            .execution_options(synchronize_session=False)
        )
    supprimes = db.session.execute(
        delete(Rattachement)
        .where(Rattachement.id.in_(anciens))
        .returning(Rattachement.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(supprimes)


def a_oublier(now: datetime) -> int:
    """How many places are to be deleted."""
    return db.session.scalar(select(func.count(Rattachement.id)).where(_anciens(now))) or 0


def prochain_depuis(now: datetime) -> datetime | None:
    """When the next person whose rights will be deleted was made anonymous."""
    a_venir = Account.anonymised_at >= clock.end_of_day(thresholds(clock.today(now)).history)
    return db.session.scalar(
        select(func.min(Account.anonymised_at))
        .join(Rattachement, Rattachement.account_id == Account.id)
        .where(a_venir)
    )


def _anciens(now: datetime) -> ColumnElement[bool]:
    avant = clock.end_of_day(thresholds(clock.today(now)).history)
    return Rattachement.account_id.in_(select(Account.id).where(Account.anonymised_at < avant))
