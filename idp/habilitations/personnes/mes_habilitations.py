"""« Mes organismes et groupes »: what a person is and may do in each organisme, since when, and by whom.

One statement, whatever they hold; what is effective today for a service is ``claims.py``'s. Whoever granted is
said as the person knows them: a name of their organisme, the Caf for its agents and its files.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Exists, exists, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.models import (
    Agent,
    ContratDeService,
    Groupe,
    Habilitation,
    Organisme,
    Rattachement,
    Role,
)

LA_CAF = "votre Caf"


@dataclass(frozen=True, slots=True)
class MonGroupe:
    """A groupe d'habilitation of the person."""

    libelle: str
    service: str
    debut: date
    fin: date | None
    accorde_le: datetime
    accorde_par: str


@dataclass(frozen=True, slots=True)
class MonOrganisme:
    """The person's place in one organisme, and their groups there."""

    rattachement_id: UUID
    raison_sociale: str
    role: Role
    ouverture: date
    cloture: date | None
    etat: str
    rattache_le: datetime
    rattache_par: str
    groupes: list[MonGroupe] = field(default_factory=list)


def de(account_id: UUID, now: datetime) -> list[MonOrganisme]:
    """Every place of the person, past ones too, the oldest first: one statement."""
    auteur, donneur = aliased(Account), aliased(Account)
    rows = db.session.execute(
        select(
            Rattachement,
            Organisme,
            auteur,
            _agent(Rattachement.created_by),
            Habilitation,
            Groupe.libelle,
            ContratDeService.service,
            donneur,
            _agent(Habilitation.granted_by),
        )
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .outerjoin(auteur, auteur.id == Rattachement.created_by)
        .outerjoin(Habilitation, Habilitation.rattachement_id == Rattachement.id)
        .outerjoin(Groupe, Groupe.id == Habilitation.groupe_id)
        .outerjoin(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .outerjoin(donneur, donneur.id == Habilitation.granted_by)
        .where(Rattachement.account_id == account_id)
        .order_by(
            Rattachement.created_at, Rattachement.id, ContratDeService.service, Groupe.libelle
        )
    )
    found: dict[UUID, MonOrganisme] = {}
    for (
        place,
        organisme,
        par,
        par_agent,
        habilitation,
        libelle,
        service,
        donne,
        donne_agent,
    ) in rows:
        mien = found.setdefault(
            place.id,
            MonOrganisme(
                rattachement_id=place.id,
                raison_sociale=organisme.raison_sociale,
                role=place.role,
                ouverture=place.ouverture,
                cloture=place.cloture,
                etat=_etat(place, organisme, clock.today(now)),
                rattache_le=place.created_at,
                rattache_par=_qui(par, account_id, agent=par_agent),
            ),
        )
        if habilitation:
            mien.groupes.append(
                MonGroupe(
                    libelle=libelle,
                    service=service,
                    debut=habilitation.debut,
                    fin=habilitation.fin,
                    accorde_le=habilitation.granted_at,
                    accorde_par=_qui(donne, account_id, agent=donne_agent),
                )
            )
    return list(found.values())


def est_de(rattachement_id: UUID, account_id: UUID) -> bool:
    """Whether that place is this person's."""
    place = db.session.get(Rattachement, rattachement_id)
    return place is not None and place.account_id == account_id


def _agent(account_id: InstrumentedAttribute[UUID | None]) -> Exists:
    return exists().where(Agent.account_id == account_id)


def _qui(account: Account | None, account_id: UUID, *, agent: bool) -> str:
    if account is None or agent:
        return LA_CAF
    return "vous-même" if account.id == account_id else account.display_name


def _etat(place: Rattachement, organisme: Organisme, jour: date) -> str:
    if place.cloture and place.cloture < jour:
        return "Terminé"
    if place.suspendu_at or organisme.suspendu_at:
        return "Suspendu"
    return "À venir" if place.ouverture > jour else "Ouvert"
