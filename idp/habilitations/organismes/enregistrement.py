"""Organismes entered by the Caf: found by their N° utilisateur, created whole, or brought up to date.

What a caisse declares is read in ``fichier.py``. An import only ever adds rights: withdrawing one is
a decision of a person, never of a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from idp import audit, clock
from idp.accounts import provisioning
from idp.accounts.models import Account
from idp.audit import Actor
from idp.db import db
from idp.habilitations import groupes
from idp.habilitations.caisses import caisses
from idp.habilitations.events import OrganismeImporte
from idp.habilitations.models import (
    Caisse,
    ContratDeService,
    Convention,
    Courrier,
    EtatConvention,
    Habilitation,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    TypeCourrier,
    TypeOrganisme,
)
from idp.habilitations.numeros import caisse_of
from idp.habilitations.organismes.declaration import OrganismeDeclare

OFFRE_BAILLEURS = "offre-bailleurs"


class Effet(StrEnum):
    """What a declaration changed."""

    CREE = "cree"
    MIS_A_JOUR = "mis_a_jour"
    INCHANGE = "inchange"
    NUMEROS_DE_PLUSIEURS = "numeros_de_plusieurs"


@dataclass(frozen=True, slots=True)
class Enregistre:
    """The effect, and the organisme concerned (None when its numbers belong to several)."""

    effet: Effet
    organisme_id: UUID | None = None


def enregistrer(declare: OrganismeDeclare, *, actor: Actor, now: datetime) -> Enregistre:
    """Enter one declared organisme, with its convention, contract, groups and first account.

    The N° utilisateur is the key: the same declaration again changes nothing.
    """
    connus = db.session.scalars(
        select(NumeroUtilisateur.organisme_id)
        .where(NumeroUtilisateur.valeur.in_(declare.numeros_utilisateur))
        .distinct()
    ).all()
    if len(connus) > 1:
        return Enregistre(Effet.NUMEROS_DE_PLUSIEURS)
    cree = not connus
    organisme = _creer(declare, now) if cree else db.session.get_one(Organisme, connus[0])
    change = _mettre_a_jour(organisme, declare)
    change |= _ajouter_numeros(organisme, declare)
    if cree:
        _creer_compte(organisme, declare, actor, now)
    change |= _ouvrir_droits(organisme, declare, now)
    if not change:
        return Enregistre(Effet.INCHANGE, organisme.id)
    audit.record(
        OrganismeImporte(caisse=declare.caisse, cree=cree),
        at=now,
        actor=actor,
        organisme_id=organisme.id,
    )
    return Enregistre(Effet.CREE if cree else Effet.MIS_A_JOUR, organisme.id)


def _creer(declare: OrganismeDeclare, now: datetime) -> Organisme:
    organisme = Organisme(
        type=declare.type,
        raison_sociale=declare.designation,
        siret=declare.siret,
        adresse=list(declare.adresse),
        email=declare.courriel,
        caisse_code=declare.caisse,
        created_at=now,
    )
    db.session.add(organisme)
    db.session.flush()
    return organisme


def _mettre_a_jour(organisme: Organisme, declare: OrganismeDeclare) -> bool:
    # An address that the file leaves empty is not one that the caisse withdraws.
    organisme.raison_sociale = declare.designation
    organisme.adresse = list(declare.adresse)
    organisme.siret = declare.siret or organisme.siret
    organisme.email = declare.courriel or organisme.email
    return db.session.is_modified(organisme)


def _ajouter_numeros(organisme: Organisme, declare: OrganismeDeclare) -> bool:
    connus = set(
        db.session.scalars(
            select(NumeroUtilisateur.valeur).where(NumeroUtilisateur.organisme_id == organisme.id)
        )
    )
    nouveaux = [
        NumeroUtilisateur(
            valeur=valeur,
            organisme_id=organisme.id,
            caisse_code=_caisse_du_numero(valeur, declare),
        )
        for valeur in declare.numeros_utilisateur
        if valeur not in connus
    ]
    db.session.add_all(nouveaux)
    db.session.flush()
    return bool(nouveaux)


def _caisse_du_numero(valeur: str, declare: OrganismeDeclare) -> str:
    # The older form names no caisse; nor does a number whose first digits are no code that we know.
    caisse = caisse_of(valeur)
    return caisse if caisse and caisse in caisses() else declare.caisse


def _creer_compte(
    organisme: Organisme, declare: OrganismeDeclare, actor: Actor, now: datetime
) -> None:
    personne_physique = organisme.type is TypeOrganisme.PERSONNE_PHYSIQUE
    par_courriel = personne_physique and declare.courriel is not None
    account = provisioning.create_account(
        now=now,
        civility=declare.civilite,
        family_name=declare.nom,
        given_name=declare.prenom,
        email=declare.courriel if par_courriel else None,
    )
    db.session.add(
        Rattachement(
            account_id=account.id,
            organisme_id=organisme.id,
            ouverture=clock.today(now),
            created_at=now,
        )
    )
    if par_courriel:
        secret = provisioning.issue_activation_secret(
            account, provisioning.Channel.MAIL, now, actor=actor
        )
        provisioning.mail_activation(account, secret, organisme=organisme.raison_sociale, now=now)
    else:
        preparer_courriers(account, organisme, now)
    db.session.flush()


def preparer_courriers(account: Account, organisme: Organisme, now: datetime) -> None:
    """Two distinct letters (guide, page 1); the secret is drawn when its own is exported."""
    db.session.add_all(
        Courrier(
            type=type_courrier,
            account_id=account.id,
            organisme_id=organisme.id,
            created_at=now,
        )
        for type_courrier in TypeCourrier
    )


def _ouvrir_droits(organisme: Organisme, declare: OrganismeDeclare, now: datetime) -> bool:
    if not declare.types_logement:
        return False
    contrat = _contrat(organisme, now)
    zones = db.session.scalars(select(Caisse).where(Caisse.code.in_(declare.zones))).all()
    nouveaux = groupes.creer_manquants(contrat, declare.types_logement, zones)
    detenteurs = groupes.detenteurs(organisme.id) if nouveaux else []
    db.session.add_all(
        Habilitation(
            rattachement_id=rattachement_id,
            groupe_id=groupe.id,
            debut=clock.today(now),
            granted_at=now,
        )
        for rattachement_id in detenteurs
        for groupe in nouveaux
    )
    db.session.flush()
    return bool(nouveaux)


def _contrat(organisme: Organisme, now: datetime) -> ContratDeService:
    contrat = db.session.scalar(
        select(ContratDeService)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .where(Convention.organisme_id == organisme.id, ContratDeService.service == OFFRE_BAILLEURS)
        .limit(1)
    )
    return contrat or _ouvrir_contrat(organisme, now)


def _ouvrir_contrat(organisme: Organisme, now: datetime) -> ContratDeService:
    convention = Convention(
        organisme_id=organisme.id,
        libelle=organisme.raison_sociale,
        etat=EtatConvention.VALIDEE,
        debut=clock.today(now),
    )
    db.session.add(convention)
    db.session.flush()
    contrat = ContratDeService(
        convention_id=convention.id, service=OFFRE_BAILLEURS, debut=clock.today(now)
    )
    db.session.add(contrat)
    db.session.flush()
    return contrat


def enregistrer_caisses(caisses: Sequence[Caisse]) -> None:
    """Bring the table of caisses up to date with the shipped list."""
    for caisse in caisses:
        db.session.merge(caisse)
    db.session.flush()
