"""What the Caf keeps of an organisme: where it is written to, what it may reach and through which groupes.

People are counted here, and listed elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Courrier,
    EtatConvention,
    EtatCourrier,
    Groupe,
    Rattachement,
    Role,
    TypeCourrier,
)
from idp.habilitations.perimetre import organisme_de

GROUPES_MONTRES = 200
COURRIERS_MONTRES = 6


@dataclass(frozen=True, slots=True)
class GroupeVu:
    """A groupe of a contrat."""

    libelle: str
    code: str
    actif: bool
    suspendu: bool
    sous_groupe: bool


@dataclass(frozen=True, slots=True)
class ContratVu:
    """A contrat de service with its groupes."""

    id: UUID
    service: str
    debut: date
    fin: date | None
    suspendu: bool
    groupes: tuple[GroupeVu, ...]
    groupes_de_plus: int


@dataclass(frozen=True, slots=True)
class ConventionVue:
    """A convention with its contrats."""

    id: UUID
    libelle: str
    etat: EtatConvention
    debut: date
    fin: date | None
    contrats: tuple[ContratVu, ...]


@dataclass(frozen=True, slots=True)
class LettreVue:
    """A letter to the organisme, of somebody unless ``identifiant`` is None; ``imprimee_le`` is None while it
    waits, or when it never leaves."""

    type: TypeCourrier
    identifiant: str | None
    demandee_le: datetime
    imprimee_le: datetime | None
    etat: EtatCourrier


@dataclass(frozen=True, slots=True)
class Dossier:
    """The file; people whose place is over are not counted."""

    adresse: tuple[str, ...]
    email: str | None
    depuis: datetime
    conventions: tuple[ConventionVue, ...]
    personnes: dict[Role, int]
    courriers: tuple[LettreVue, ...]
    """The last ones."""


def lire(agent: AgentVu, organisme_id: UUID, now: datetime) -> Dossier:
    """The file of an organisme; raises ``NotHere`` when it does not exist for this agent. Five statements."""
    organisme = organisme_de(agent, organisme_id)
    return Dossier(
        adresse=tuple(organisme.adresse),
        email=organisme.email,
        depuis=organisme.created_at,
        conventions=_conventions(organisme_id),
        personnes=_personnes(organisme_id, clock.today(now)),
        courriers=_courriers(organisme_id),
    )


def _conventions(organisme_id: UUID) -> tuple[ConventionVue, ...]:
    rows = db.session.execute(
        select(Convention, ContratDeService)
        .outerjoin(ContratDeService, ContratDeService.convention_id == Convention.id)
        .where(Convention.organisme_id == organisme_id)
        .order_by(Convention.debut.desc(), Convention.id, ContratDeService.service)
    ).all()
    groupes = _groupes([contrat.id for _convention, contrat in rows if contrat is not None])
    contrats: dict[UUID, list[ContratVu]] = {}
    for convention, contrat in rows:
        de_celle_ci = contrats.setdefault(convention.id, [])
        if contrat is not None:
            de_celle_ci.append(_contrat(contrat, groupes.get(contrat.id, [])))
    conventions = {convention.id: convention for convention, _contrat_lu in rows}
    return tuple(
        ConventionVue(
            id=convention.id,
            libelle=convention.libelle,
            etat=convention.etat,
            debut=convention.debut,
            fin=convention.fin,
            contrats=tuple(contrats[convention.id]),
        )
        for convention in conventions.values()
    )


def _groupes(contrats: Sequence[UUID]) -> dict[UUID, list[Groupe]]:
    rows = db.session.scalars(
        select(Groupe)
        .where(Groupe.contrat_id.in_(contrats))
        .order_by(Groupe.sous_groupe, Groupe.libelle, Groupe.id)
    )
    lus: dict[UUID, list[Groupe]] = {}
    for groupe in rows:
        lus.setdefault(groupe.contrat_id, []).append(groupe)
    return lus


def _contrat(contrat: ContratDeService, groupes: Sequence[Groupe]) -> ContratVu:
    return ContratVu(
        id=contrat.id,
        service=contrat.service,
        debut=contrat.debut,
        fin=contrat.fin,
        suspendu=contrat.suspendu_at is not None,
        groupes=tuple(map(_groupe, groupes[:GROUPES_MONTRES])),
        groupes_de_plus=max(0, len(groupes) - GROUPES_MONTRES),
    )


def _groupe(groupe: Groupe) -> GroupeVu:
    return GroupeVu(
        libelle=groupe.libelle,
        code=groupe.code,
        actif=groupe.actif,
        suspendu=groupe.suspendu_at is not None,
        sous_groupe=groupe.sous_groupe,
    )


def _personnes(organisme_id: UUID, jour: date) -> dict[Role, int]:
    rows = db.session.execute(
        select(Rattachement.role, func.count().label("nombre"))
        .where(
            Rattachement.organisme_id == organisme_id,
            or_(Rattachement.cloture.is_(None), Rattachement.cloture >= jour),
        )
        .group_by(Rattachement.role)
    )
    comptes = {row.role: row.nombre for row in rows}
    # Who administers comes first, whatever the order in which they were counted.
    return {role: comptes[role] for role in Role if role in comptes}


def _courriers(organisme_id: UUID) -> tuple[LettreVue, ...]:
    rows = db.session.execute(
        select(
            Courrier.type,
            Account.identifiant,
            Courrier.created_at,
            Courrier.exported_at,
            Courrier.etat,
        )
        .outerjoin(Account, Account.id == Courrier.account_id)
        .where(Courrier.organisme_id == organisme_id)
        .order_by(Courrier.created_at.desc(), Courrier.type)
        .limit(COURRIERS_MONTRES)
    )
    return tuple(LettreVue(*row) for row in rows)
