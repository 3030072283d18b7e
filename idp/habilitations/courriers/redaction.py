"""The letters that wait, written: each is put in its batch, and the secret of the second kind is drawn now.

Only the digest of a secret is kept: to print it again is to issue a new one. The words are in
``templates/courriers``, the layout in ``lettre.py``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from sqlalchemy import ColumnElement, and_, exists, or_, select

from idp import audit, clock, plain_text
from idp.accounts import provisioning
from idp.accounts.challenges import ACTIVATION_LIFETIME, Channel
from idp.accounts.models import Account
from idp.audit import Actor
from idp.db import db
from idp.extensions import ground
from idp.habilitations.courriers import adresses, sans_objet
from idp.habilitations.courriers.lettre import Lettre, bloc_destinataire, ecrire_lot, paragraphes
from idp.habilitations.courriers.models import EtatDeLot, LotDeCourriers
from idp.habilitations.events import CourrierExporte
from idp.habilitations.models import (
    A_L_ADRESSE_SURE,
    Caisse,
    Courrier,
    EtatCourrier,
    EtatSuccession,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    Succession,
    TypeCourrier,
    Voie,
)
from idp.habilitations.numeros import format_numero_utilisateur
from idp.habilitations.organismes.plan import OFFRE_BAILLEURS
from idp.printable import format_identifiant, grouped
from idp.services import services

DUREE = ACTIVATION_LIFETIME[Channel.LETTER]
_OBJETS = {
    TypeCourrier.IDENTIFIANT: "Votre identifiant pour Mon Compte Partenaire",
    TypeCourrier.SECRET: "Votre mot de passe provisoire pour Mon Compte Partenaire",
    TypeCourrier.RAPPEL: "Télédéclarer les loyers, c’est facile",
    TypeCourrier.REMPLACEMENT: "Le nouvel administrateur de votre organisme",
}
NUMEROS_CITES = 5


@dataclass(frozen=True, slots=True)
class Redaction:
    """What letters are written with: their batch, who asks, when, and who is told of each."""

    lot: LotDeCourriers
    actor: Actor
    now: datetime
    avance: Callable[[int], None] = lambda _lettres: None


QUI_ATTEND = and_(Courrier.exported_at.is_(None), Courrier.etat == EtatCourrier.EN_ATTENTE)
"""Of letters: in no batch yet."""


def adresse_sure(type_courrier: ColumnElement[TypeCourrier]) -> ColumnElement[bool]:
    """Of organismes, joined with the types of their letters: those that leave for this address."""
    return or_(type_courrier.not_in(A_L_ADRESSE_SURE), ~adresses.a_confirmer())


def en_attente(type_courrier: TypeCourrier, caisse: str | None) -> ColumnElement[bool]:
    """Of letters joined with their organisme, those that wait for their batch, and for nothing else."""
    attend = and_(QUI_ATTEND, Courrier.type == type_courrier)
    if type_courrier in A_L_ADRESSE_SURE:
        attend = and_(attend, ~adresses.a_confirmer())
    return attend if caisse is None else and_(attend, Organisme.caisse_code == caisse)


def rediger(redaction: Redaction, sortie: BinaryIO, *, au_plus: int | None = None) -> int:
    """Write the letters of a batch as one PDF; returns how many. Nothing is written when none waits."""
    lot = redaction.lot
    sans_objet.ecarter(lot.type, lot.caisse_code, actor=redaction.actor, now=redaction.now)
    pris = list(_lettres(redaction, au_plus))
    lot.lettres, lot.etat = len(pris), EtatDeLot.A_IMPRIMER
    if lot.type is TypeCourrier.SECRET:
        lot.expire_at = redaction.now + DUREE
    if not pris:
        return 0
    debuts: list[int] = []
    ecrire_lot((lettre for _courrier, lettre in pris), sortie, cree_le=redaction.now, debuts=debuts)
    for (courrier, _lettre), feuille in zip(pris, debuts, strict=True):
        courrier.feuille = feuille
    db.session.flush()
    return len(pris)


def _lettres(redaction: Redaction, au_plus: int | None) -> Iterator[tuple[Courrier, Lettre]]:
    lot, now = redaction.lot, redaction.now
    rows = db.session.execute(
        select(Courrier, Account, Organisme, Caisse)
        .join(Account, Account.id == Courrier.account_id)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .join(Caisse, Caisse.code == Organisme.caisse_code)
        .where(en_attente(lot.type, lot.caisse_code))
        .order_by(Organisme.caisse_code, Organisme.raison_sociale, Courrier.id)
        .limit(au_plus)
        .with_for_update(of=Courrier, skip_locked=True)
    ).all()
    for courrier, account, organisme, caisse in rows:
        courrier.exported_at, courrier.etat = now, EtatCourrier.A_IMPRIMER
        courrier.lot, courrier.lot_id = lot.nom, lot.id
        event = CourrierExporte(type=lot.type, lot=lot.nom)
        whom = {"account_id": account.id, "organisme_id": organisme.id}
        audit.record(event, at=now, actor=redaction.actor, **whom)
        if lot.type is TypeCourrier.SECRET:
            courrier.expire_at = now + DUREE
        texte = _texte(courrier, account, organisme, redaction)
        yield courrier, _lettre(courrier, organisme, caisse, texte, now)
        redaction.avance(1)


def _lettre(
    courrier: Courrier, organisme: Organisme, caisse: Caisse, texte: str, now: datetime
) -> Lettre:
    return Lettre(
        expediteur_lignes=(caisse.libelle,),
        destinataire_lignes=bloc_destinataire(organisme.raison_sociale, tuple(organisme.adresse)),
        lieu_date=f"Le {clock.today(now):%d/%m/%Y}",
        reference=f"Notre référence : {grouped(courrier.reference)}",
        objet=_OBJETS[courrier.type],
        paragraphes=paragraphes(texte),
        signature=caisse.libelle,
    )


def _texte(courrier: Courrier, account: Account, organisme: Organisme, redaction: Redaction) -> str:
    if courrier.type is TypeCourrier.SECRET:
        return _texte_du_secret(account, redaction.actor, redaction.now)
    if courrier.type is TypeCourrier.RAPPEL:
        return _texte_du_rappel(organisme)
    if courrier.type is TypeCourrier.REMPLACEMENT:
        return _texte_du_remplacement(courrier, account, organisme)
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


def _texte_du_remplacement(courrier: Courrier, account: Account, organisme: Organisme) -> str:
    nom = " ".join(filter(None, (account.civility, account.given_name, account.family_name)))
    return plain_text.render(
        "courriers/remplacement.txt",
        designation=organisme.raison_sociale,
        nom=nom,
        le=f"{clock.today(_decide_at(courrier)):%d/%m/%Y}",
        en_plus=_a_demande_a_la_caf(courrier),
    )


def _decide_at(courrier: Courrier) -> datetime:
    """When what this letter tells was done: it may have been issued again since."""
    return courrier.origine_at or courrier.created_at


def _a_demande_a_la_caf(courrier: Courrier) -> bool:
    """Whether who is announced had asked it themself: then the other administrateurs stay."""
    found = exists().where(
        Succession.organisme_id == courrier.organisme_id,
        Succession.voie == Voie.CAF,
        Succession.etat == EtatSuccession.ACCEPTEE,
        Succession.decided_at == _decide_at(courrier),
        Rattachement.id == Succession.candidat_id,
        Rattachement.account_id == courrier.account_id,
    )
    return bool(db.session.scalar(select(found)))


def _texte_de_l_identifiant(account: Account, organisme: Organisme) -> str:
    return plain_text.render(
        "courriers/identifiant.txt",
        designation=organisme.raison_sociale,
        identifiant=format_identifiant(account.identifiant),
        adresse_site=ground().settings.issuer,
        service=services()[OFFRE_BAILLEURS].nom,
    )


def _texte_du_secret(account: Account, actor: Actor, now: datetime) -> str:
    secret = provisioning.issue_activation_secret(account, Channel.LETTER, now, actor=actor)
    return plain_text.render(
        "courriers/secret.txt",
        secret=grouped(secret),
        adresse_site=ground().settings.issuer,
        jours=DUREE // timedelta(days=1),
        valable_jusqu_au=f"{clock.today(now + DUREE):%d/%m/%Y}",
    )
