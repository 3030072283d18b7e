"""Users of an organisme, created by who gives its accesses (guide, page 3); listed in ``liste.py``."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from idp import audit
from idp.accounts import provisioning
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations import a_prevenir, acteurs
from idp.habilitations.acteurs import actor_of, auteur
from idp.habilitations.delegation import Acteur, refus_de_creer
from idp.habilitations.events import UtilisateurCree
from idp.habilitations.groupes import cochables
from idp.habilitations.models import (
    Habilitation,
    Mobilite,
    Rattachement,
    Role,
)
from idp.habilitations.tenue import tenir


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
    demande: UUID | None = None
    """The form that asks: sent twice, it creates one user."""


class RefusDeCreation(StrEnum):
    """Why a user was not created: ordinary outcomes that the form shows."""

    CREATION_NON_DELEGUEE = "creation_non_deleguee"
    GROUPE_INCONNU = "groupe_inconnu"
    DEJA_UTILISATEUR = "deja_utilisateur"


@dataclass(frozen=True, slots=True)
class Cree:
    """The user exists and their mail is queued."""

    rattachement_id: UUID
    identifiant: str


def creer(acteur: Acteur, saisie: NouvelUtilisateur, now: datetime) -> Cree | RefusDeCreation:
    """Create the person, their place in the organisme and in the groups, and mail their identifiers at once.

    One person per address in an organisme, and one per form: pressing « Valider » twice creates one user.
    """
    if refus_de_creer(acteur):
        return RefusDeCreation.CREATION_NON_DELEGUEE
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    deja = _deja_cree(acteur, saisie.demande)
    if deja:
        return deja
    groupes = {groupe.id: groupe for groupe in cochables(acteur, saisie.groupes)}
    if not groupes.keys() >= set(saisie.groupes):
        return RefusDeCreation.GROUPE_INCONNU
    if deja_utilisateur(acteur.organisme_id, saisie.email):
        return RefusDeCreation.DEJA_UTILISATEUR
    account = provisioning.create_account(
        now=now,
        family_name=saisie.nom,
        given_name=saisie.prenom,
        email=saisie.email,
        phone=saisie.telephone,
    )
    rattachement = _rattacher(account, acteur, saisie, now)
    habiliter(acteur, rattachement.id, saisie.groupes, debut=saisie.ouverture, now=now)
    actor = actor_of(acteur)
    secret = provisioning.issue_activation_secret(
        account, provisioning.Channel.MAIL, now, actor=actor
    )
    provisioning.mail_activation(account, secret, organisme=acteur.raison_sociale, now=now)
    codes = sorted(groupes[groupe_id].code for groupe_id in saisie.groupes)
    audit.record(
        UtilisateurCree(rattachement_id=rattachement.id, groupes=codes),
        at=now,
        actor=actor,
        account_id=account.id,
        organisme_id=acteur.organisme_id,
    )
    if acteur.pour_la_caf:
        _prevenir(acteur, account, now)
    return Cree(rattachement.id, account.identifiant)


def _prevenir(acteur: Acteur, account: Account, now: datetime) -> None:
    # An agent chose who enters, and the address that opens: who knows the people of the organisme is told.
    qui, email = account.display_name, account.email
    a_prevenir.dire("utilisateur_cree_par_la_caf", acteur.organisme_id, now, qui=qui, email=email)


def _deja_cree(acteur: Acteur, demande: UUID | None) -> Cree | None:
    if demande is None:
        return None
    row = db.session.execute(
        select(Rattachement.id, Account.identifiant)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            Rattachement.organisme_id == acteur.organisme_id,
            Rattachement.demande == demande,
            Rattachement.created_by == auteur(acteur),
        )
    ).one_or_none()
    return Cree(*row) if row else None


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
    account: Account, acteur: Acteur, saisie: NouvelUtilisateur, now: datetime
) -> Rattachement:
    rattachement = Rattachement(
        account_id=account.id,
        organisme_id=acteur.organisme_id,
        role=Role.UTILISATEUR,
        ouverture=saisie.ouverture,
        cloture=saisie.cloture,
        mobilite=saisie.mobilite,
        created_at=now,
        created_by=auteur(acteur),
        demande=saisie.demande,
    )
    db.session.add(rattachement)
    db.session.flush()
    return rattachement


def habiliter(
    acteur: Acteur,
    rattachement_id: UUID,
    groupes: Iterable[UUID],
    *,
    debut: date,
    now: datetime,
    fin: date | None = None,
) -> None:
    """Tick these boxes, which the caller has decided; each right says who gave it, and under which mandate."""
    db.session.add_all(
        Habilitation(
            rattachement_id=rattachement_id,
            groupe_id=groupe_id,
            debut=debut,
            fin=fin,
            **donne_par(acteur, now),
        )
        # The same box sent twice is ticked once.
        for groupe_id in dict.fromkeys(groupes)
    )
    db.session.flush()


def donne_par(acteur: Acteur, now: datetime) -> dict[str, Any]:
    """What each right says of who gave it."""
    return {
        "granted_at": now,
        "granted_by": acteur.account_id,
        "granted_as": acteur.qualite,
        "mandat_id": acteur.mandat_id,
    }
