"""Who is told of a review, and when: administrateurs, at its opening, then 30, 7 and 1 days before its end.

Each reminder is claimed by one UPDATE: two workers, or a worker that starts again, send it once.
"""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update

from idp import audit, clock, mail
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.en_cours import place_ouverte
from idp.habilitations.models import Organisme, Rattachement, Role
from idp.habilitations.revues.events import RevueRappelee
from idp.habilitations.revues.models import EtatRevue, LigneDeRevue, Revue
from idp.habilitations.revues.policy import RAPPELS, rappel_du

AT_ONCE = 50


def annoncer_l_ouverture(revue: Revue, now: datetime) -> None:
    """Tell administrateurs that the review is open, and what becomes of accesses without an answer."""
    _ecrire("revue_ouverte", revue.id, now)


def rappeler(now: datetime, *, limit: int = AT_ONCE) -> int:
    """A chore: send the reminders that are due; returns how many reviews were recalled."""
    jour = clock.today(now)
    dues = db.session.execute(
        select(Revue.id, Revue.organisme_id, Revue.echeance, Revue.rappel)
        .where(Revue.etat == EtatRevue.OUVERTE, _due(jour))
        .order_by(Revue.echeance)
        .limit(limit)
    ).all()
    faits = 0
    for revue_id, organisme_id, echeance, dernier in dues:
        jours = rappel_du(jour, echeance, dernier)
        if jours is not None and _prendre(revue_id, jours):
            restent = _ecrire("revue_rappel", revue_id, now)
            event = RevueRappelee(revue_id=revue_id, jours=jours, restent=restent)
            audit.record(event, at=now, actor=audit.WORKER, organisme_id=organisme_id)
            faits += 1
    return faits


def _due(jour: date) -> ColumnElement[bool]:
    # policy.rappel_du, as the database says it.
    dus = (
        and_(
            Revue.echeance <= jour + timedelta(days=jours),
            or_(Revue.rappel.is_(None), Revue.rappel > jours),
        )
        for jours in RAPPELS
    )
    return and_(Revue.echeance > jour, or_(*dus))


def _prendre(revue_id: UUID, jours: int) -> bool:
    pris = db.session.execute(
        update(Revue)
        .where(
            Revue.id == revue_id,
            Revue.etat == EtatRevue.OUVERTE,
            or_(Revue.rappel.is_(None), Revue.rappel > jours),
        )
        .values(rappel=jours)
        .returning(Revue.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(pris)


def _ecrire(modele: str, revue_id: UUID, now: datetime) -> int:
    """To each administrateur who can act; returns how many accesses would lapse."""
    jour = clock.today(now)
    raison_sociale, echeance, total, restent = db.session.execute(
        select(Organisme.raison_sociale, Revue.echeance, func.count(), _sans_reponse())
        .join(Revue, Revue.organisme_id == Organisme.id)
        .join(LigneDeRevue, LigneDeRevue.revue_id == Revue.id)
        .where(Revue.id == revue_id)
        .group_by(Organisme.raison_sociale, Revue.echeance)
    ).one()
    for nom, email in _administrateurs(revue_id, jour):
        mail.send(
            modele,
            email,
            at=now,
            nom=nom,
            organisme=raison_sociale,
            echeance=echeance,
            total=total,
            restent=restent,
            jours=(echeance - jour).days,
        )
    return int(restent)


def _sans_reponse() -> ColumnElement[int]:
    # Of an administrateur, nothing lapses.
    caduque = and_(LigneDeRevue.decision.is_(None), LigneDeRevue.role != Role.ADMINISTRATEUR)
    return func.sum(case((caduque, 1), else_=0))


def _administrateurs(revue_id: UUID, jour: date) -> list[tuple[str, str]]:
    accounts = db.session.scalars(
        select(Account)
        .join(Rattachement, Rattachement.account_id == Account.id)
        .join(Revue, Revue.organisme_id == Rattachement.organisme_id)
        .where(
            Revue.id == revue_id,
            Rattachement.role == Role.ADMINISTRATEUR,
            place_ouverte(Rattachement, jour),
            Account.state == AccountState.ACTIF,
            Account.email.is_not(None),
        )
        .order_by(Account.id)
    )
    return [(account.display_name, account.email or "") for account in accounts]
