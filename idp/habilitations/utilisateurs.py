"""Users of an organisme: created by its administrateur, listed with state, groups and dates (guide, page 3)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, tuple_

from idp import audit
from idp.accounts import provisioning
from idp.accounts.models import Account, AccountState
from idp.audit import Actor
from idp.db import db
from idp.habilitations.events import UtilisateurCree
from idp.habilitations.groupes import GroupeACocher, groupes_de_l_organisme
from idp.habilitations.models import (
    Groupe,
    Habilitation,
    Mobilite,
    Organisme,
    Rattachement,
    Role,
)
from idp.habilitations.rattachements import Selection
from idp.printable import normalise

PAR_PAGE = 25
MOTS_CHERCHES = 5


@dataclass(frozen=True, slots=True)
class NouvelUtilisateur:
    """What the form of the guide asks; already parsed, ``groupes`` are ids of ticked boxes."""

    nom: str
    prenom: str
    email: str
    telephone: str | None
    ouverture: date
    cloture: date | None
    mobilite: Mobilite
    groupes: tuple[UUID, ...]


class RefusDeCreation(StrEnum):
    """Why a user was not created: ordinary outcomes that the form shows."""

    GROUPE_INCONNU = "groupe_inconnu"
    DEJA_UTILISATEUR = "deja_utilisateur"


@dataclass(frozen=True, slots=True)
class Cree:
    """The user exists and their mail is queued."""

    rattachement_id: UUID
    identifiant: str


def creer(acteur: Selection, saisie: NouvelUtilisateur, now: datetime) -> Cree | RefusDeCreation:
    """Create the person, their place in the organisme and in the groups, and mail their identifiers at once.

    One person per address in an organisme: pressing « Valider » twice creates one user.
    """
    organisme = _locked(acteur.organisme_id)
    groupes = {groupe.id: groupe for groupe in groupes_de_l_organisme(organisme.id)}
    if not groupes.keys() >= set(saisie.groupes):
        return RefusDeCreation.GROUPE_INCONNU
    if deja_utilisateur(organisme.id, saisie.email):
        return RefusDeCreation.DEJA_UTILISATEUR
    account = provisioning.create_account(
        now=now,
        family_name=saisie.nom,
        given_name=saisie.prenom,
        email=saisie.email,
        phone=saisie.telephone,
    )
    rattachement = _rattacher(account, acteur, saisie, now)
    _habiliter(rattachement, acteur, saisie, now)
    actor = Actor.person(acteur.account_id)
    secret = provisioning.issue_activation_secret(
        account, provisioning.Channel.MAIL, now, actor=actor
    )
    provisioning.mail_activation(account, secret, organisme=organisme.raison_sociale, now=now)
    codes = sorted(groupes[groupe_id].code for groupe_id in saisie.groupes)
    audit.record(
        UtilisateurCree(rattachement_id=rattachement.id, groupes=codes),
        at=now,
        actor=actor,
        account_id=account.id,
        organisme_id=organisme.id,
    )
    return Cree(rattachement.id, account.identifiant)


def _locked(organisme_id: UUID) -> Organisme:
    # Serialises creations in one organisme, so that the check of the address below holds.
    return db.session.execute(
        select(Organisme).where(Organisme.id == organisme_id).with_for_update()
    ).scalar_one()


def deja_utilisateur(organisme_id: UUID, email: str) -> bool:
    """Whether somebody of this organisme, whose account is not closed, has that address."""
    found = db.session.scalar(
        select(Account.id)
        .join(Rattachement, Rattachement.account_id == Account.id)
        .where(
            Rattachement.organisme_id == organisme_id,
            func.lower(Account.email) == email.lower(),
            Account.state != AccountState.CLOS,
        )
        .limit(1)
    )
    return found is not None


def _rattacher(
    account: Account, acteur: Selection, saisie: NouvelUtilisateur, now: datetime
) -> Rattachement:
    rattachement = Rattachement(
        account_id=account.id,
        organisme_id=acteur.organisme_id,
        role=Role.UTILISATEUR,
        ouverture=saisie.ouverture,
        cloture=saisie.cloture,
        mobilite=saisie.mobilite,
        created_at=now,
        created_by=acteur.account_id,
    )
    db.session.add(rattachement)
    db.session.flush()
    return rattachement


def _habiliter(
    rattachement: Rattachement, acteur: Selection, saisie: NouvelUtilisateur, now: datetime
) -> None:
    db.session.add_all(
        Habilitation(
            rattachement_id=rattachement.id,
            groupe_id=groupe_id,
            debut=saisie.ouverture,
            granted_at=now,
            granted_by=acteur.account_id,
        )
        for groupe_id in saisie.groupes
    )
    db.session.flush()


@dataclass(frozen=True, slots=True)
class UtilisateurVu:
    """A line of « Mes utilisateurs »."""

    rattachement_id: UUID
    identifiant: str
    nom: str
    prenom: str
    email: str
    mail_refuse_le: datetime | None
    etat: AccountState
    role: Role
    ouverture: date
    cloture: date | None
    mobilite: Mobilite
    groupes: tuple[GroupeACocher, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of users; ``suivante`` is the rattachement after which the next page starts."""

    utilisateurs: tuple[UtilisateurVu, ...]
    total: int
    suivante: UUID | None


def lister(organisme_id: UUID, *, recherche: str = "", apres: UUID | None = None) -> Page:
    """Users in the order of their names, a page at a time; four statements whatever their number."""
    dans = [
        Rattachement.organisme_id == organisme_id,
        Account.anonymised_at.is_(None),
        *_filtre(recherche),
    ]
    cle = _cle_de_tri()
    requete = select(Rattachement, Account).join(Account, Account.id == Rattachement.account_id)
    total = db.session.scalar(
        select(func.count())
        .select_from(Rattachement)
        .join(Account, Account.id == Rattachement.account_id)
        .where(*dans)
    )
    if apres is not None:
        depuis = _position(apres, organisme_id)
        if depuis is not None:
            dans.append(tuple_(*cle) > tuple_(*depuis))
    rows = db.session.execute(requete.where(*dans).order_by(*cle).limit(PAR_PAGE + 1)).all()
    visibles = rows[:PAR_PAGE]
    par_rattachement = _groupes_de([rattachement.id for rattachement, _account in visibles])
    return Page(
        utilisateurs=tuple(
            _utilisateur(rattachement, account, tuple(par_rattachement[rattachement.id]))
            for rattachement, account in visibles
        ),
        total=total or 0,
        suivante=visibles[-1][0].id if len(rows) > PAR_PAGE else None,
    )


def _cle_de_tri() -> list[ColumnElement[Any]]:
    return [
        func.lower(func.coalesce(Account.family_name, "")),
        func.lower(func.coalesce(Account.given_name, "")),
        Rattachement.id.expression,
    ]


def _position(rattachement_id: UUID, organisme_id: UUID) -> Sequence[object] | None:
    return db.session.execute(
        select(*_cle_de_tri())
        .join(Account, Account.id == Rattachement.account_id)
        .where(Rattachement.id == rattachement_id, Rattachement.organisme_id == organisme_id)
    ).one_or_none()


def _filtre(recherche: str) -> list[ColumnElement[bool]]:
    # Each word must be found in a name or the address, or begin the identifiant however it is typed;
    # % and _ are plain characters.
    champs = (Account.family_name, Account.given_name, Account.email)
    return [
        or_(
            *(champ.icontains(mot, autoescape=True) for champ in champs),
            Account.identifiant.startswith(normalise(mot) or mot, autoescape=True),
        )
        for mot in recherche.split()[:MOTS_CHERCHES]
    ]


def _groupes_de(rattachements: list[UUID]) -> defaultdict[UUID, list[GroupeACocher]]:
    groupes: defaultdict[UUID, list[GroupeACocher]] = defaultdict(list)
    rows = db.session.execute(
        select(Habilitation.rattachement_id, Groupe.id, Groupe.code, Groupe.libelle)
        .join(Groupe, Groupe.id == Habilitation.groupe_id)
        .where(Habilitation.rattachement_id.in_(rattachements))
        .order_by(Groupe.libelle)
    )
    for rattachement_id, groupe_id, code, libelle in rows:
        groupes[rattachement_id].append(GroupeACocher(groupe_id, code, libelle))
    return groupes


def _utilisateur(
    rattachement: Rattachement, account: Account, groupes: tuple[GroupeACocher, ...]
) -> UtilisateurVu:
    return UtilisateurVu(
        rattachement_id=rattachement.id,
        identifiant=account.identifiant,
        nom=account.family_name or "",
        prenom=account.given_name or "",
        email=account.email or "",
        mail_refuse_le=account.mail_refused_at,
        etat=account.state,
        role=rattachement.role,
        ouverture=rattachement.ouverture,
        cloture=rattachement.cloture,
        mobilite=rattachement.mobilite,
        groupes=groupes,
    )
