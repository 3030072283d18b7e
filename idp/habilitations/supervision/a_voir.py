"""What an agent finds on their first page: how much waits, and the lists that have no page of their own.

Each number is counted as far as ``BORNE``, so that a base that grows costs no more; what is read of each is in the
module that owns it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, select
from sqlalchemy.orm import aliased

from idp import clock
from idp.db import db
from idp.habilitations import pages
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers.adresses import a_confirmer
from idp.habilitations.etats_de_convention import EtatConvention
from idp.habilitations.models import Convention, Organisme, RoleAgent, Succession, Suspension
from idp.habilitations.perimetre import supervises
from idp.habilitations.supervision import lecture
from idp.habilitations.supervision.models import Remplacement, SansAdministrateur

BORNE = 100
BIENTOT = timedelta(days=30)
PAR_PAGE = 50


class Quoi(StrEnum):
    """What there is to see."""

    ADRESSES = "adresses"
    CONVENTIONS = "conventions"
    REMPLACEMENTS = "remplacements"
    SUCCESSIONS = "successions"
    SUSPENSIONS = "suspensions"
    SANS_ADMINISTRATEUR = "sans_administrateur"


@dataclass(frozen=True, slots=True)
class ConventionQuiFinit:
    """A convention in force of which the last day is near; ``renouvelee`` when another one follows it."""

    id: UUID
    organisme_id: UUID
    raison_sociale: str
    libelle: str
    fin: date | None
    renouvelee: bool


def compter(agent: AgentVu, now: datetime) -> Mapping[Quoi, int]:
    """What there is to see for this agent, nothing of what there is none of; one statement."""
    nombres = _comptes(_ce_qui_se_compte(agent, now))
    return {quoi: nombres[quoi] for quoi in Quoi if nombres.get(quoi)}


def _ce_qui_se_compte(agent: AgentVu, now: datetime) -> dict[Quoi, Select[*tuple[Any, ...]]]:
    un = select(literal(1))
    organismes = un.select_from(Organisme).where(supervises(agent))
    vus = {
        Quoi.ADRESSES: organismes.where(a_confirmer()),
        Quoi.CONVENTIONS: un.select_from(Convention)
        .join(Organisme, Organisme.id == Convention.organisme_id)
        .where(_finit(clock.today(now)), supervises(agent)),
    }
    if agent.peut(RoleAgent.SUPERVISEUR):
        vus[Quoi.REMPLACEMENTS] = (
            un.select_from(Remplacement)
            .join(Organisme, Organisme.id == Remplacement.organisme_id)
            .outerjoin(Succession, Succession.id == Remplacement.succession_id)
            .where(lecture.attend_un_second(now), supervises(agent))
        )
        vus[Quoi.SUCCESSIONS] = (
            un.select_from(Succession)
            .join(Organisme, Organisme.id == Succession.organisme_id)
            .where(lecture.attend_la_caf(now), lecture.sans_premier(now), supervises(agent))
        )
        vus[Quoi.SUSPENSIONS] = (
            un.select_from(Suspension)
            .join(Organisme, Organisme.id == Suspension.organisme_id)
            .where(lecture.EN_VIGUEUR, supervises(agent))
        )
        vus[Quoi.SANS_ADMINISTRATEUR] = organismes.where(
            exists().where(SansAdministrateur.organisme_id == Organisme.id)
        )
    return vus


def _comptes(lesquels: Mapping[Quoi, Select[*tuple[Any, ...]]]) -> dict[Quoi, int]:
    bornes = [
        select(func.count())
        .select_from(requete.limit(BORNE).subquery())
        .scalar_subquery()
        .label(quoi.value)
        for quoi, requete in lesquels.items()
    ]
    row = db.session.execute(select(*bornes)).one()
    return {quoi: getattr(row, quoi.value) for quoi in lesquels}


def conventions_qui_finissent(
    agent: AgentVu, now: datetime, apres: UUID | None = None
) -> pages.Page[ConventionQuiFinit]:
    """Those of the organismes of this agent, the first to end first; one statement."""
    cle = (Convention.fin, Convention.id)
    suite = aliased(Convention)
    suit = exists().where(
        suite.renouvelle_id == Convention.id, suite.etat != EtatConvention.REFUSEE
    )
    rows = db.session.execute(
        select(
            Convention.id,
            Convention.organisme_id,
            Organisme.raison_sociale,
            Convention.libelle,
            Convention.fin,
            suit.correlate(Convention),
        )
        .join(Organisme, Organisme.id == Convention.organisme_id)
        .where(
            _finit(clock.today(now)),
            supervises(agent),
            pages.apres(apres, *cle, croissant=True),
        )
        .order_by(*cle)
        .limit(PAR_PAGE + 1)
    )
    vues = [ConventionQuiFinit(*row) for row in rows]
    montrees = vues[:PAR_PAGE]
    return pages.page(vues, PAR_PAGE, montrees[-1].id if montrees else None)


def _finit(jour: date) -> ColumnElement[bool]:
    return and_(
        Convention.etat == EtatConvention.VALIDEE,
        Convention.fin.is_not(None),
        Convention.fin >= jour,
        Convention.fin <= jour + BIENTOT,
    )
