"""Who a campaign writes to, listed by the worker a slice at a time: nothing is read, memory stays flat.

Of each organisme: those who administer it; while nobody does, whom the Caf wrote to first. One row for each
person, whatever the number of their organismes: the first place that was met.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db, inserting
from idp.habilitations.campagnes.models import Campagne, Connexions, DestinataireCampagne
from idp.habilitations.campagnes.policy import EtatEnvoi, Voie
from idp.habilitations.en_cours import contrat_en_cours, place_ouverte
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Organisme,
    Rattachement,
)
from idp.habilitations.rappel_des_numeros import ECRITS, gere

TRANCHE = 5_000
"""How many places are looked at in one transaction."""
_SANS_ADRESSE = "[]"


def inscrire(campagne: Campagne, now: datetime, *, tranche: int = TRANCHE) -> bool:
    """List one slice; whether places are left to look at. Some three statements."""
    borne = db.session.scalar(_borne(campagne.curseur, tranche))
    if borne is None:
        return False
    inscrits = db.session.execute(
        inserting(DestinataireCampagne)
        .from_select(_COLONNES, _destinataires(campagne, borne, clock.today(now)))
        .on_conflict_do_nothing()
        .returning(DestinataireCampagne.voie)
    ).scalars()
    for voie in inscrits:
        _compter(campagne, voie)
    campagne.curseur = borne
    return True


def _compter(campagne: Campagne, voie: Voie) -> None:
    if voie is Voie.COURRIEL:
        campagne.courriels += 1
    elif voie is Voie.COURRIER:
        campagne.courriers += 1
    else:
        campagne.sans_voie += 1


def _borne(curseur: UUID | None, tranche: int) -> Select[Any]:
    # The end of the slice, by the primary key alone: the last of those that follow.
    suite = select(Rattachement.id).order_by(Rattachement.id).limit(tranche)
    if curseur is not None:
        suite = suite.where(Rattachement.id > curseur)
    lot = suite.subquery()
    return select(lot.c.id).order_by(lot.c.id.desc()).limit(1)


_COLONNES = ["campagne_id", "account_id", "organisme_id", "voie", "etat"]


def _destinataires(campagne: Campagne, borne: UUID, jour: date) -> Select[Any]:
    courriel = and_(Account.email.is_not(None), Account.mail_refused_at.is_(None))
    postale = cast(Organisme.adresse, Text) != _SANS_ADRESSE
    voie = case(
        (courriel, literal(Voie.COURRIEL.value)),
        (postale, literal(Voie.COURRIER.value)),
        else_=literal(Voie.AUCUNE.value),
    )
    etat = case(
        (or_(courriel, postale), literal(EtatEnvoi.A_ENVOYER.value)),
        else_=literal(EtatEnvoi.SANS_VOIE.value),
    )
    return (
        select(literal(campagne.id), Account.id, Organisme.id, voie, etat)
        .select_from(Rattachement)
        .join(Account, Account.id == Rattachement.account_id)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(
            *_de_la_tranche(campagne.curseur, borne),
            place_ouverte(Rattachement, jour),
            gere(jour),
            Organisme.suspendu_at.is_(None),
            Account.state.in_(ECRITS),
            Account.anonymised_at.is_(None),
            *_vises(campagne, jour),
        )
        .order_by(Rattachement.id)
    )


def _de_la_tranche(curseur: UUID | None, borne: UUID) -> list[ColumnElement[bool]]:
    suite = [Rattachement.id <= borne]
    return [*suite, Rattachement.id > curseur] if curseur is not None else suite


def _vises(campagne: Campagne, jour: date) -> list[ColumnElement[bool]]:
    vises: list[ColumnElement[bool]] = []
    if campagne.caisses:
        vises.append(Organisme.caisse_code.in_(campagne.caisses))
    if campagne.type_organisme is not None:
        vises.append(Organisme.type == campagne.type_organisme)
    if campagne.service is not None:
        vises.append(_a_le_service(campagne.service, jour))
    jamais = Account.state != AccountState.ACTIF
    if campagne.connexions is Connexions.JAMAIS:
        vises.append(jamais)
    if campagne.connexions is Connexions.PAS_DEPUIS and campagne.depuis is not None:
        derniere = func.coalesce(Account.last_login_at, Account.activated_at, Account.created_at)
        vises.append(or_(jamais, derniere < clock.start_of_day(campagne.depuis)))
    return vises


def _a_le_service(service: str, jour: date) -> ColumnElement[bool]:
    return exists().where(
        Convention.organisme_id == Organisme.id,
        ContratDeService.convention_id == Convention.id,
        ContratDeService.service == service,
        contrat_en_cours(jour),
    )
