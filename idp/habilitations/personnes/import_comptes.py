"""Import of the accounts of another system, with the hash of their password: a whole file, or nothing of it.

People get a place in an organisme that exists, found by its N° utilisateur, and no groupe: their administrateur
ticks the boxes. What their hash becomes is in ``idp/accounts/legacy_hashes.py``.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import select

from idp import audit, clock
from idp.accounts import legacy_hashes, provisioning
from idp.audit import Actor
from idp.db import db, transaction
from idp.habilitations.caisses import caisses
from idp.habilitations.events import CompteImporte
from idp.habilitations.models import NumeroUtilisateur, Organisme, Rattachement
from idp.habilitations.organismes.lignes_nommees import LigneEnLecture, LigneRefusee, lire_lignes
from idp.habilitations.personnes import utilisateurs
from idp.habilitations.personnes.compte_importe import COLONNES, CompteDeclare, parse_compte


@dataclass(slots=True)
class Bilan:
    """What an import did, or would do; nothing was written when a line is refused, nor by a trial."""

    importes: int = 0
    refus: list[LigneRefusee] = field(default_factory=list)
    """Every reason; a line may have several."""
    par_format: Counter[str] = field(default_factory=Counter)


class _Annule(Exception):
    """Undoes the transaction of an import."""


def importer(
    fichier: BinaryIO,
    *,
    essai: bool,
    actor: Actor,
    now: datetime,
    avance: Callable[[int], None],
) -> Bilan:
    """Import a file in one transaction; ``avance`` is told how many bytes were read so far.

    Raises ``FichierRefuse`` when the file as a whole cannot be read.
    """
    bilan = Bilan()
    try:
        with transaction():
            _importer(fichier, bilan, actor=actor, now=now, avance=avance)
            if essai or bilan.refus:
                raise _Annule
    except _Annule:
        db.session.expunge_all()
    return bilan


def _importer(
    fichier: BinaryIO,
    bilan: Bilan,
    *,
    actor: Actor,
    now: datetime,
    avance: Callable[[int], None],
) -> None:
    connues = {code: caisse.departements for code, caisse in caisses().items()}
    for lue in lire_lignes(fichier, COLONNES):
        avance(fichier.tell())
        if isinstance(lue, LigneRefusee):
            bilan.refus.append(_discret(lue))
            continue
        declare = parse_compte(lue, connues)
        if declare and not _enregistrer(lue, declare, actor, now):
            declare = None
        bilan.refus += map(_discret, lue.refus)
        if declare:
            bilan.importes += 1
            bilan.par_format[legacy_hashes.scheme_of(declare.empreinte) or ""] += 1


def _discret(refus: LigneRefusee) -> LigneRefusee:
    # What was found may be a hash, or a password: a terminal and its log must not show it.
    return replace(refus, valeur="") if refus.colonne in ("", "empreinte") else refus


def _enregistrer(lue: LigneEnLecture, declare: CompteDeclare, actor: Actor, now: datetime) -> bool:
    organisme = db.session.scalar(
        select(Organisme)
        .join(NumeroUtilisateur, NumeroUtilisateur.organisme_id == Organisme.id)
        .where(NumeroUtilisateur.valeur == declare.numero_utilisateur)
    )
    if organisme is None:
        lue.refuse(
            "numero_utilisateur",
            "Aucun organisme n’a ce N° utilisateur : importez d’abord les organismes.",
            declare.numero_utilisateur,
        )
    elif utilisateurs.deja_utilisateur(organisme.id, declare.email):
        lue.refuse("email", "Une personne de cet organisme a déjà cette adresse.", declare.email)
    # Lines already read are in the transaction: a duplicate within the file is refused here too.
    if declare.identifiant and provisioning.is_taken(declare.identifiant):
        lue.refuse("identifiant", "Cet identifiant est déjà attribué.", declare.identifiant)
    if lue.refus or organisme is None:
        return False
    _creer(declare, organisme, actor, now)
    return True


def _creer(declare: CompteDeclare, organisme: Organisme, actor: Actor, now: datetime) -> None:
    account = provisioning.import_account(
        now=now,
        identifiant=declare.identifiant,
        password_hash=declare.empreinte,
        civility=declare.civilite,
        family_name=declare.nom,
        given_name=declare.prenom,
        email=declare.email,
        phone=declare.telephone,
    )
    rattachement = Rattachement(
        account_id=account.id,
        organisme_id=organisme.id,
        role=declare.role,
        ouverture=clock.today(now),
        created_at=now,
    )
    db.session.add(rattachement)
    db.session.flush()
    provisioning.mail_imported(account, organisme=organisme.raison_sociale, now=now)
    audit.record(
        CompteImporte(
            rattachement_id=rattachement.id,
            role=declare.role,
            empreinte=legacy_hashes.scheme_of(declare.empreinte) or "",
        ),
        at=now,
        actor=actor,
        account_id=account.id,
        organisme_id=organisme.id,
    )
