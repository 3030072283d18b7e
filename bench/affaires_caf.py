"""What the agents of a whole country keep: letters that wait, a campaign, years of figures; and, of one organisme,
one of each thing that the addresses of their pages name.

Added once to what ``population.py`` made.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from bulk import Bulk
from dossiers import ce_qui_est_decide, un_courrier, un_import, une_campagne, une_fusion
from factories import an_agent
from sqlalchemy import Select, insert, literal, select, update

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.bulk import insert_all
from idp.db import db
from idp.habilitations.caisses import caisses
from idp.habilitations.campagnes.models import Campagne, DestinataireCampagne
from idp.habilitations.campagnes.policy import EtatEnvoi, Voie
from idp.habilitations.chiffres.mesures import DES_SERVICES, Mesure
from idp.habilitations.chiffres.models import PAYS, Chiffre
from idp.habilitations.courriers.models import LotDeCourriers
from idp.habilitations.courriers.preparation import LETTRES_MAX
from idp.habilitations.models import (
    Courrier,
    EtatCourrier,
    Organisme,
    Rattachement,
    Role,
    TypeCourrier,
)
from idp.habilitations.supervision.models import GenreDOperation, Operation
from idp.services import services

JOURS_DE_CHIFFRES = 365
ATTENDENT = 80_000
"""Organismes whose two letters wait: a caisse of 80,000 organismes has just been imported."""


def d_un_pays(now: datetime) -> None:
    """Everything that belongs to no organisme in particular; nothing when it is there already."""
    if db.session.scalar(select(Campagne.id).limit(1)) is not None:
        return
    bulk = Bulk()
    _chiffres(bulk, clock.today(now))
    _courriers(bulk, now)
    bulk.flush()
    _campagne(now)


def _chiffres(bulk: Bulk, jour: date) -> None:
    for rang in range(JOURS_DE_CHIFFRES):
        for caisse in (*caisses(), PAYS):
            for mesure in Mesure:
                for service in services() if mesure in DES_SERVICES else ("",):
                    bulk.add(
                        Chiffre,
                        jour=jour - timedelta(days=rang),
                        caisse_code=caisse,
                        mesure=mesure.value,
                        service=service,
                        nombre=1 + rang,
                    )


def _courriers(bulk: Bulk, now: datetime) -> None:
    places = db.session.execute(
        select(Rattachement.account_id, Rattachement.organisme_id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(Account.state == AccountState.ACTIF)
        .limit(ATTENDENT)
    ).all()
    for account_id, organisme_id in places:
        for kind in (TypeCourrier.IDENTIFIANT, TypeCourrier.SECRET):
            bulk.add(
                Courrier,
                type=kind,
                account_id=account_id,
                organisme_id=organisme_id,
                created_at=now,
            )


def _campagne(now: datetime) -> None:
    """To every administrateur, half of them done."""
    campagne = une_campagne(caisses=list(caisses()), courriels=30_000)
    chefs = (
        select(
            literal(campagne.id, DestinataireCampagne.campagne_id.type),
            Rattachement.account_id,
            Rattachement.organisme_id,
            literal(Voie.COURRIEL, DestinataireCampagne.voie.type),
            literal(EtatEnvoi.A_ENVOYER, DestinataireCampagne.etat.type),
        )
        .distinct(Rattachement.account_id)
        .where(Rattachement.role == Role.ADMINISTRATEUR)
        .order_by(Rattachement.account_id)
    )
    colonnes = ["campagne_id", "account_id", "organisme_id", "voie", "etat"]
    db.session.execute(insert(DestinataireCampagne).from_select(colonnes, chefs))
    db.session.execute(
        update(DestinataireCampagne)
        .where(DestinataireCampagne.account_id < UUID(int=1 << 126))
        .values(etat=EtatEnvoi.REFUSE, at=now)
    )


def d_un_organisme(organisme_id: UUID, user_id: UUID, now: datetime) -> dict[str, list[Any]]:
    """By the name of the argument of the routes that it opens: what is decided of it, its letters, its twin."""
    organisme = db.session.get_one(Organisme, organisme_id)
    user = db.session.get_one(Rattachement, user_id)
    suspension_id, remplacement_id, succession_id = ce_qui_est_decide(organisme, user)
    fusion, courrier = une_fusion(organisme), un_courrier(user)
    lot = db.session.get_one(LotDeCourriers, courrier.lot_id)
    lot.caisse_code = organisme.caisse_code
    _remplir(lot, now)
    return {
        "suspension_id": [suspension_id],
        "remplacement_id": [remplacement_id],
        "succession_id": [succession_id],
        "caisse": [organisme.caisse_code],
        "fusion_id": [fusion.id],
        "autre_id": [fusion.absorbe_id],
        "cible_id": [organisme_id],
        "courrier_id": [courrier.id],
        "lot_id": [lot.id],
        "import_id": [un_import()],
        "campagne_id": list(db.session.scalars(select(Campagne.id))),
        "destinataire_id": list(db.session.scalars(_destinataires())),
        "operation_id": [_une_operation(now)],
        "agent_id": [an_agent(email=f"{organisme_id}@caf.example.fr").id],
    }


def _remplir(lot: LotDeCourriers, now: datetime) -> None:
    """As many letters as a batch may have, each to somebody else."""
    lot.lettres = LETTRES_MAX
    places = db.session.execute(
        select(Rattachement.account_id, Rattachement.organisme_id)
        .where(Rattachement.role == Role.ADMINISTRATEUR)
        .limit(LETTRES_MAX - 1)
    )
    insert_all(
        Courrier,
        [
            {
                "type": TypeCourrier.SECRET,
                "account_id": account_id,
                "organisme_id": organisme_id,
                "created_at": now,
                "exported_at": now,
                "etat": EtatCourrier.A_IMPRIMER,
                "lot": lot.nom,
                "lot_id": lot.id,
                "feuille": feuille,
            }
            for feuille, (account_id, organisme_id) in enumerate(places, start=2)
        ],
    )


def _destinataires() -> Select[UUID]:
    return (
        select(DestinataireCampagne.account_id).order_by(DestinataireCampagne.account_id).limit(1)
    )


def _une_operation(now: datetime) -> UUID:
    operation = Operation(
        genre=GenreDOperation.MOT_DE_PASSE,
        motif="Mesure",
        par=UUID(int=2),
        at=now,
        finie_at=now,
        total=9,
    )
    return _ajoute(operation).id


def _ajoute(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row
