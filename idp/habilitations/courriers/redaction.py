"""The letters that wait, written: each is put in its batch, and the secret of the second kind is drawn now.

Only the digest of a secret is kept: to print it again is to issue a new one. The words are in
``templates/courriers``, the layout in ``lettre.py``.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, or_, select

from idp import audit, clock, plain_text
from idp.accounts import provisioning
from idp.accounts.challenges import ACTIVATION_LIFETIME, Channel
from idp.accounts.models import Account
from idp.audit import Actor
from idp.db import db
from idp.extensions import ground
from idp.habilitations import coordonnees
from idp.habilitations.courriers import adresses, annonces, sans_objet
from idp.habilitations.courriers.lettre import (
    Lettre,
    Place,
    bloc_destinataire,
    ecrire,
    ecrire_lot,
    paragraphes,
)
from idp.habilitations.courriers.models import EtatDeLot, LotDeCourriers
from idp.habilitations.en_cours import contrat_en_cours, service_suspendu
from idp.habilitations.events import CourrierExporte
from idp.habilitations.models import (
    A_L_ADRESSE_SURE,
    ANNONCES,
    Caisse,
    ContratDeService,
    Convention,
    Courrier,
    EtatCourrier,
    Organisme,
    TypeCourrier,
)
from idp.habilitations.rappel_des_numeros import Rappel, des_lettres
from idp.printable import format_identifiant, grouped
from idp.services import services

DUREE = ACTIVATION_LIFETIME[Channel.LETTER]
_OBJETS = {
    TypeCourrier.IDENTIFIANT: "Votre identifiant pour Mon Compte Partenaire",
    TypeCourrier.SECRET: "Votre mot de passe provisoire pour Mon Compte Partenaire",
    TypeCourrier.RAPPEL: "Télédéclarer les loyers, c’est facile",
    **annonces.OBJETS,
}
A_LA_FOIS = 500
"""For how many letters what they tell is read at once."""


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
    places: list[Place] = []
    ecrire_lot((lettre for _courrier, lettre in pris), sortie, cree_le=redaction.now, places=places)
    for (courrier, _lettre), place in zip(pris, places, strict=True):
        courrier.feuille, courrier.feuilles = place.feuille, place.feuilles
    db.session.flush()
    return len(pris)


def _lettres(redaction: Redaction, au_plus: int | None) -> Iterator[tuple[Courrier, Lettre]]:
    lot, now = redaction.lot, redaction.now
    rows = db.session.execute(
        select(Courrier, Account, Organisme, Caisse)
        .outerjoin(Account, Account.id == Courrier.account_id)
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .join(Caisse, Caisse.code == Organisme.caisse_code)
        .where(en_attente(lot.type, lot.caisse_code))
        .order_by(Organisme.caisse_code, Organisme.raison_sociale, Courrier.id)
        .limit(au_plus)
        .with_for_update(of=Courrier, skip_locked=True)
    ).all()
    for debut in range(0, len(rows), A_LA_FOIS):
        suite = rows[debut : debut + A_LA_FOIS]
        su = _savoir(lot.type, suite, clock.today(now))
        for row in suite:
            courrier, _account, organisme, caisse = row
            _mettre_au_lot(courrier, redaction)
            texte = _texte(row, redaction, su)
            yield courrier, _lettre(courrier, organisme, caisse, texte, now)
            redaction.avance(1)


def _mettre_au_lot(courrier: Courrier, redaction: Redaction) -> None:
    lot, now = redaction.lot, redaction.now
    courrier.exported_at, courrier.etat = now, EtatCourrier.A_IMPRIMER
    courrier.lot, courrier.lot_id = lot.nom, lot.id
    event = CourrierExporte(type=lot.type, lot=lot.nom)
    whom = {"account_id": courrier.account_id, "organisme_id": courrier.organisme_id}
    audit.record(event, at=now, actor=redaction.actor, **whom)
    if lot.type is TypeCourrier.SECRET:
        courrier.expire_at = now + DUREE


@dataclass(frozen=True, slots=True)
class _Savoir:
    """What letters of one type tell besides their rows, read for many at once."""

    rappels: Mapping[tuple[UUID, UUID], Rappel]
    services: Mapping[UUID, Sequence[str]]


def _savoir(
    kind: TypeCourrier, rows: Sequence[Row[Courrier, Account, Organisme, Caisse]], jour: date
) -> _Savoir:
    lettres = [(row.Account.id, row.Organisme.id) for row in rows if kind is TypeCourrier.RAPPEL]
    organismes = [row.Courrier.organisme_id for row in rows if kind is TypeCourrier.IDENTIFIANT]
    return _Savoir(
        des_lettres(lettres, jour) if lettres else {},
        _services_ouverts(organismes, jour) if organismes else {},
    )


def _services_ouverts(organismes: Collection[UUID], jour: date) -> dict[UUID, list[str]]:
    """The names of the services that each opens on that day."""
    rows = db.session.execute(
        select(Convention.organisme_id, ContratDeService.service)
        .distinct()
        .join(ContratDeService, ContratDeService.convention_id == Convention.id)
        .where(Convention.organisme_id.in_(organismes), contrat_en_cours(jour), ~service_suspendu())
    )
    connus, ouverts = services(), defaultdict[UUID, list[str]](list)
    for organisme_id, service in rows:
        if service in connus:
            ouverts[organisme_id].append(connus[service].nom)
    return {organisme_id: sorted(noms) for organisme_id, noms in ouverts.items()}


def _lettre(
    courrier: Courrier, organisme: Organisme, caisse: Caisse, texte: str, now: datetime
) -> Lettre:
    return Lettre(
        expediteur_lignes=coordonnees.de(caisse).expediteur,
        destinataire_lignes=bloc_destinataire(organisme.raison_sociale, tuple(organisme.adresse)),
        lieu_date=f"Le {clock.today(now):%d/%m/%Y}",
        reference=f"Notre référence : {grouped(courrier.reference)}",
        objet=_OBJETS[courrier.type],
        paragraphes=paragraphes(texte),
        signature=caisse.libelle,
    )


def rappel_d_essai(
    caisse: Caisse, destinataire: tuple[str, ...], rappel: Rappel, now: datetime
) -> bytes:
    """A reminder as it would be printed, in no batch: it says that it is not to be sent."""
    lettre = Lettre(
        expediteur_lignes=coordonnees.de(caisse).expediteur,
        destinataire_lignes=destinataire,
        lieu_date=f"Le {clock.today(now):%d/%m/%Y}",
        reference="Essai : ne pas envoyer",
        objet=_OBJETS[TypeCourrier.RAPPEL],
        paragraphes=paragraphes(_texte_du_rappel(rappel)),
        signature=caisse.libelle,
    )
    return ecrire(lettre, cree_le=now)


def _texte(
    row: Row[Courrier, Account, Organisme, Caisse], redaction: Redaction, su: _Savoir
) -> str:
    courrier, account, organisme, caisse = row
    if courrier.type is TypeCourrier.SECRET:
        return _texte_du_secret(account, redaction.actor, redaction.now)
    if courrier.type is TypeCourrier.RAPPEL:
        return _texte_du_rappel(su.rappels[account.id, organisme.id])
    if courrier.type in ANNONCES:
        return annonces.texte(courrier, account, organisme, coordonnees.de(caisse))
    return _texte_de_l_identifiant(account, organisme, su.services.get(organisme.id, ()))


def _texte_du_rappel(rappel: Rappel) -> str:
    return plain_text.render(
        "courriers/rappel.txt",
        numeros=rappel.numeros,
        autres=rappel.autres,
        organismes=rappel.organismes,
        adresse_site=ground().settings.issuer,
    )


def _texte_de_l_identifiant(account: Account, organisme: Organisme, ouverts: Sequence[str]) -> str:
    return plain_text.render(
        "courriers/identifiant.txt",
        designation=organisme.raison_sociale,
        identifiant=format_identifiant(account.identifiant),
        adresse_site=ground().settings.issuer,
        services=ouverts,
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
