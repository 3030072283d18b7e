"""The organisme that a session works for: chosen at sign-in or by the person, read by one statement."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, select

from idp import audit, clock
from idp.accounts import sessions
from idp.accounts.sessions import SessionVue
from idp.audit import Actor
from idp.db import db
from idp.habilitations.events import OrganismeChoisi
from idp.habilitations.models import Convention, EtatConvention, Organisme, Rattachement, Role
from idp.habilitations.policy import Periode, RattachementVu, Refus, refus_de_rattachement


@dataclass(frozen=True, slots=True)
class Selection:
    """What a session works with; ``refus`` says why it opens nothing today."""

    rattachement_id: UUID
    account_id: UUID
    role: Role
    organisme_id: UUID
    raison_sociale: str
    convention: str | None
    etat_convention: EtatConvention | None
    refus: Refus | None

    @property
    def peut_gerer(self) -> bool:
        """Whether « Gestion des habilitations » is open to this person."""
        return self.role is Role.ADMINISTRATEUR and self.refus is None


def selection(rattachement_id: UUID, now: datetime) -> Selection | None:
    """The rattachement of a session, its organisme and its convention: one statement."""
    row = db.session.execute(
        select(Rattachement, Organisme, Convention.libelle, Convention.etat)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .outerjoin(Convention, Convention.organisme_id == Organisme.id)
        .where(Rattachement.id == rattachement_id)
        .order_by(Convention.debut.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    rattachement, organisme, convention, etat = row
    return Selection(
        rattachement_id=rattachement.id,
        account_id=rattachement.account_id,
        role=rattachement.role,
        organisme_id=organisme.id,
        raison_sociale=organisme.raison_sociale,
        convention=convention,
        etat_convention=etat,
        refus=_refus(rattachement, organisme, clock.today(now)),
    )


@dataclass(frozen=True, slots=True)
class Choix:
    """An organisme that a person may work for today."""

    rattachement_id: UUID
    role: Role
    organisme_id: UUID
    raison_sociale: str
    siret: str | None
    ville: str
    """The last line of its address, which tells two organismes of one name apart."""


def ouverts(account_id: UUID, now: datetime) -> list[Choix]:
    """The organismes of a person that are open today, the oldest first: one statement."""
    jour = clock.today(now)
    return [
        Choix(
            rattachement_id=rattachement.id,
            role=rattachement.role,
            organisme_id=organisme.id,
            raison_sociale=organisme.raison_sociale,
            siret=organisme.siret,
            ville=organisme.adresse[-1] if organisme.adresse else "",
        )
        for rattachement, organisme in _tous(account_id)
        if not _refus(rattachement, organisme, jour)
    ]


def designe(choix: Iterable[Choix], organisme: str) -> Choix | None:
    """Of these organismes the one that a service names by its id or its SIRET, when one alone answers."""
    names = organisme.strip().lower()
    nommes = [un for un in choix if names in (str(un.organisme_id), un.siret)]
    return nommes[0] if len(nommes) == 1 else None


def choisir(session: SessionVue, choix: Choix, now: datetime) -> None:
    """The session works for that organisme from now on; what other services hold does not change."""
    if choix.rattachement_id == session.rattachement_id:
        return
    sessions.work_for(session.id, choix.rattachement_id)
    audit.record(
        OrganismeChoisi(rattachement_id=choix.rattachement_id),
        at=now,
        actor=Actor.person(session.account_id),
        account_id=session.account_id,
        organisme_id=choix.organisme_id,
    )


def par_defaut(account_id: UUID, now: datetime) -> UUID | None:
    """The organisme of a new session: of those open today the oldest, else the oldest of all."""
    rows = _tous(account_id)
    jour = clock.today(now)
    ouverts = [
        rattachement
        for rattachement, organisme in rows
        if not _refus(rattachement, organisme, jour)
    ]
    candidats = ouverts or [rattachement for rattachement, _organisme in rows]
    return candidats[0].id if candidats else None


def _tous(account_id: UUID) -> Sequence[Row[Rattachement, Organisme]]:
    return db.session.execute(
        select(Rattachement, Organisme)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(Rattachement.account_id == account_id)
        .order_by(Rattachement.created_at, Rattachement.id)
    ).all()


def _refus(rattachement: Rattachement, organisme: Organisme, jour: date) -> Refus | None:
    # The account's own state was checked when the session was read.
    vu = RattachementVu(
        compte_actif=True,
        periode=Periode(rattachement.ouverture, rattachement.cloture),
        suspendu=rattachement.suspendu_at is not None,
        organisme_suspendu=organisme.suspendu_at is not None,
    )
    return refus_de_rattachement(vu, jour)
