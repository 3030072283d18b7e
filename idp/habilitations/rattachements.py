"""The organisme that a session works for: chosen by the person once, remembered, changed when they want.

Each read is one statement. The pages are ``views/organisme.py`` and, when a service asks for the choice,
``idp/oidc/authorization/choix_organisme.py``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, ScalarSelect, and_, exists, select
from sqlalchemy.orm import aliased

from idp import audit, clock
from idp.accounts import sessions
from idp.accounts.models import Account
from idp.accounts.sessions import SessionVue
from idp.audit import Actor
from idp.db import db
from idp.habilitations.en_cours import mandat_en_cours, place_ouverte
from idp.habilitations.etats_de_convention import JAMAIS_VALIDEES
from idp.habilitations.events import OrganismeChoisi
from idp.habilitations.models import (
    Convention,
    EtatConvention,
    Mandat,
    Organisme,
    Rattachement,
    Role,
)
from idp.habilitations.policy import Periode, RattachementVu, Refus, refus_de_rattachement
from idp.habilitations.recherche import plat


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
    ailleurs: bool
    """Whether another organisme is open to this person."""
    mandat_id: UUID | None = None
    """Under which they manage, when they are responsable d'habilitation today."""
    delegation_retiree: bool = False
    """Whether the Caf manages the organisme in its place: the console only shows."""

    @property
    def peut_administrer(self) -> bool:
        """Whether what only an administrateur does is open to this person."""
        return self.role is Role.ADMINISTRATEUR and self.refus is None

    @property
    def peut_gerer(self) -> bool:
        """Whether « Gestion des habilitations » is open to this person."""
        return self.refus is None and (self.peut_administrer or self.mandat_id is not None)


def selection(rattachement_id: UUID, now: datetime) -> Selection | None:
    """The rattachement of a session, its organisme and its convention: one statement."""
    row = db.session.execute(
        select(
            Rattachement,
            Organisme,
            Convention.libelle,
            Convention.etat,
            _un_autre_ouvert(clock.today(now)),
            _mandat_en_cours(clock.today(now)),
        )
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .outerjoin(
            Convention,
            and_(Convention.organisme_id == Organisme.id, Convention.etat.not_in(JAMAIS_VALIDEES)),
        )
        .where(Rattachement.id == rattachement_id)
        # That which opens something, when there is one.
        .order_by((Convention.etat == EtatConvention.VALIDEE).desc(), Convention.debut.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    rattachement, organisme, convention, etat, ailleurs, mandat_id = row
    return Selection(
        rattachement_id=rattachement.id,
        account_id=rattachement.account_id,
        role=rattachement.role,
        organisme_id=organisme.id,
        raison_sociale=organisme.raison_sociale,
        convention=convention,
        etat_convention=etat,
        refus=_refus(rattachement, organisme, clock.today(now)),
        ailleurs=ailleurs,
        mandat_id=mandat_id if rattachement.role is Role.RESPONSABLE_HABILITATION else None,
        delegation_retiree=organisme.delegation_retiree_at is not None,
    )


def _mandat_en_cours(jour: date) -> ScalarSelect[UUID]:
    # There is at most one that is not ended.
    return (
        select(Mandat.id)
        .where(Mandat.rattachement_id == Rattachement.id, mandat_en_cours(jour))
        .correlate(Rattachement)
        .scalar_subquery()
    )


def _un_autre_ouvert(jour: date) -> ColumnElement[bool]:
    # policy.refus_de_rattachement, as the database says it.
    autre, son_organisme = aliased(Rattachement), aliased(Organisme)
    return (
        exists()
        .where(
            autre.account_id == Rattachement.account_id,
            autre.id != Rattachement.id,
            place_ouverte(autre, jour),
            son_organisme.id == autre.organisme_id,
            son_organisme.suspendu_at.is_(None),
        )
        .correlate(Rattachement)
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
    retenu: bool
    """Whether it is the one that the person chose last, whatever the session."""


def ouverts(account_id: UUID, now: datetime) -> list[Choix]:
    """The organismes of a person that are open today, the oldest first: one statement."""
    return _ouverts(_tous(account_id), clock.today(now))


def _ouverts(rows: Iterable[Row[Rattachement, Organisme, UUID | None]], jour: date) -> list[Choix]:
    return [
        Choix(
            rattachement_id=rattachement.id,
            role=rattachement.role,
            organisme_id=organisme.id,
            raison_sociale=organisme.raison_sociale,
            siret=organisme.siret,
            ville=organisme.adresse[-1] if organisme.adresse else "",
            retenu=rattachement.id == retenu,
        )
        for rattachement, organisme, retenu in rows
        if not _refus(rattachement, organisme, jour)
    ]


def evident(choix: Sequence[Choix]) -> Choix | None:
    """Of these the one chosen last, else the only one; None when the person must say."""
    candidats = [un for un in choix if un.retenu] or choix
    return candidats[0] if len(candidats) == 1 else None


def nommes(choix: Iterable[Choix], recherche: str) -> list[Choix]:
    """Those whose name, town or SIRET holds each word, whatever the accents, capitals and spaces."""
    mots = plat(recherche).split()
    chiffres = "".join(mots)
    if chiffres.isdigit():
        mots = [chiffres]
    return [
        un
        for un in choix
        if all(mot in plat(f"{un.raison_sociale} {un.ville} {un.siret or ''}") for mot in mots)
    ]


def designe(choix: Iterable[Choix], organisme: str) -> Choix | None:
    """Of these organismes the one that a service names by its id or its SIRET, when one alone answers."""
    nom = organisme.strip().lower()
    designes = [un for un in choix if nom in (str(un.organisme_id), un.siret)]
    return designes[0] if len(designes) == 1 else None


def choisir(session: SessionVue, choix: Choix, now: datetime) -> None:
    """The session works for that organisme, and so will the next ones of this person.

    Their other sessions, and what services hold, do not change.
    """
    if not choix.retenu:
        sessions.remember_rattachement(session.account_id, choix.rattachement_id)
    suivre(session, choix, now)


def suivre(session: SessionVue, choix: Choix, now: datetime) -> None:
    """The session works for the organisme that a service named: not a choice to remember."""
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
    """The organisme of a new session: the one chosen last while it is open, else the only one open.

    None when the person has several to choose among. When none is open the oldest of all: pages then say why.
    """
    rows = _tous(account_id)
    choix = _ouverts(rows, clock.today(now))
    if choix:
        choisi = evident(choix)
        return choisi.rattachement_id if choisi else None
    return rows[0][0].id if rows else None


def _tous(account_id: UUID) -> Sequence[Row[Rattachement, Organisme, UUID | None]]:
    return db.session.execute(
        select(Rattachement, Organisme, Account.last_rattachement_id)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .join(Account, Account.id == Rattachement.account_id)
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
