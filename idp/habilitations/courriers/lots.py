"""The two letters of who has no proven address, exported for the printing shop in two batches, never together; and
the reminder of a campaign.

A provisional secret is drawn when its letter is exported, and only its digest is kept: to print it again is to
issue a new one. A file gets its name once the database has committed; should the machine stop between the two,
the batch is there under a name ending in ``.part``. The words are in ``templates/courriers``, the layout in
``lettre.py``.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from idp import audit, clock, plain_text
from idp.accounts import provisioning
from idp.accounts.challenges import ACTIVATION_LIFETIME, Channel
from idp.accounts.models import Account
from idp.audit import Actor
from idp.db import db, transaction
from idp.extensions import ground
from idp.habilitations.courriers.lettre import Lettre, bloc_destinataire, ecrire_lot, paragraphes
from idp.habilitations.events import CourrierExporte
from idp.habilitations.models import (
    Caisse,
    Courrier,
    NumeroUtilisateur,
    Organisme,
    TypeCourrier,
)
from idp.habilitations.numeros import format_numero_utilisateur
from idp.habilitations.organismes.plan import OFFRE_BAILLEURS
from idp.printable import format_identifiant, grouped
from idp.services import services

NUMEROS_CITES = 5
_OBJETS = {
    TypeCourrier.IDENTIFIANT: "Votre identifiant pour Mon Compte Partenaire",
    TypeCourrier.SECRET: "Votre mot de passe provisoire pour Mon Compte Partenaire",
    TypeCourrier.RAPPEL: "Télédéclarer les loyers, c’est facile",
}


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch written: one PDF of letters of one type."""

    type: TypeCourrier
    fichier: Path
    lettres: int


def a_exporter() -> int:
    """How many letters wait for their batch."""
    waiting = select(func.count()).select_from(Courrier).where(Courrier.exported_at.is_(None))
    return db.session.scalar(waiting) or 0


def exporter(
    dossier: Path, *, actor: Actor, now: datetime, avance: Callable[[int], None]
) -> list[Lot]:
    """Write every waiting letter, one batch per type, each in its own folder and transaction.

    ``avance`` is told of each letter written. Raises ``OSError`` when the folder cannot be written: the letters
    of that batch still wait.
    """
    lots = [
        _exporter_lot(dossier, type_courrier, actor=actor, now=now, avance=avance)
        for type_courrier in TypeCourrier
    ]
    return [lot for lot in lots if lot is not None]


def _exporter_lot(
    dossier: Path,
    type_courrier: TypeCourrier,
    *,
    actor: Actor,
    now: datetime,
    avance: Callable[[int], None],
) -> Lot | None:
    nom = f"{type_courrier}-{now:%Y%m%dT%H%M%SZ}.pdf"
    fichier = dossier / f"{type_courrier}s" / nom
    brouillon = fichier.with_suffix(".pdf.part")
    with transaction():
        lettres = list(_lettres(type_courrier, nom, actor=actor, now=now, avance=avance))
        if not lettres:
            return None
        fichier.parent.mkdir(parents=True, exist_ok=True)
        # Readable by its owner alone: this file is the only place where the secrets are in clear.
        mode = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        with os.fdopen(os.open(brouillon, mode, 0o600), "wb") as sortie:
            ecrire_lot(lettres, sortie, cree_le=now)
            sortie.flush()
            os.fsync(sortie.fileno())
    brouillon.rename(fichier)
    return Lot(type_courrier, fichier, len(lettres))


def _lettres(
    type_courrier: TypeCourrier,
    lot: str,
    *,
    actor: Actor,
    now: datetime,
    avance: Callable[[int], None],
) -> Iterator[Lettre]:
    rows = db.session.execute(
        select(Courrier, Account, Organisme, Caisse)
        .join(Account, Account.id == Courrier.account_id)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .join(Caisse, Caisse.code == Organisme.caisse_code)
        .where(Courrier.exported_at.is_(None), Courrier.type == type_courrier)
        .order_by(Organisme.caisse_code, Organisme.raison_sociale, Courrier.id)
        .with_for_update(of=Courrier, skip_locked=True)
    ).all()
    for courrier, account, organisme, caisse in rows:
        courrier.exported_at = now
        courrier.lot = lot
        event = CourrierExporte(type=type_courrier, lot=lot)
        audit.record(event, at=now, actor=actor, account_id=account.id, organisme_id=organisme.id)
        yield _lettre(
            courrier, organisme, caisse, _texte(courrier, account, organisme, actor, now), now
        )
        avance(1)


def _lettre(
    courrier: Courrier, organisme: Organisme, caisse: Caisse, texte: str, now: datetime
) -> Lettre:
    return Lettre(
        expediteur_lignes=(caisse.libelle,),
        destinataire_lignes=bloc_destinataire(organisme.raison_sociale, tuple(organisme.adresse)),
        lieu_date=f"Le {clock.today(now):%d/%m/%Y}",
        reference=f"{courrier.id}"[:8].upper(),
        objet=_OBJETS[courrier.type],
        paragraphes=paragraphes(texte),
        signature=caisse.libelle,
    )


def _texte(
    courrier: Courrier, account: Account, organisme: Organisme, actor: Actor, now: datetime
) -> str:
    if courrier.type is TypeCourrier.SECRET:
        return _texte_du_secret(account, actor, now)
    if courrier.type is TypeCourrier.RAPPEL:
        return _texte_du_rappel(organisme)
    return _texte_de_l_identifiant(account, organisme)


def _texte_du_rappel(organisme: Organisme) -> str:
    numeros = db.session.scalars(
        select(NumeroUtilisateur.valeur)
        .where(NumeroUtilisateur.organisme_id == organisme.id)
        .order_by(NumeroUtilisateur.valeur)
        .limit(NUMEROS_CITES)
    )
    return plain_text.render(
        "courriers/rappel.txt",
        numeros=[format_numero_utilisateur(numero) for numero in numeros],
        adresse_site=ground().settings.issuer,
    )


def _texte_de_l_identifiant(account: Account, organisme: Organisme) -> str:
    return plain_text.render(
        "courriers/identifiant.txt",
        designation=organisme.raison_sociale,
        identifiant=format_identifiant(account.identifiant),
        adresse_site=ground().settings.issuer,
        service=services()[OFFRE_BAILLEURS].nom,
    )


def _texte_du_secret(account: Account, actor: Actor, now: datetime) -> str:
    lifetime = ACTIVATION_LIFETIME[Channel.LETTER]
    secret = provisioning.issue_activation_secret(account, Channel.LETTER, now, actor=actor)
    return plain_text.render(
        "courriers/secret.txt",
        secret=grouped(secret),
        adresse_site=ground().settings.issuer,
        jours=lifetime.days,
        valable_jusqu_au=f"{clock.today(now + lifetime):%d/%m/%Y}",
    )
