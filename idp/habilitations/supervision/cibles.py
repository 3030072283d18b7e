"""What an agent is about to suspend, as the page shows it before: what it is called, how many it concerns.

Everything is looked for within one organisme that the agent supervises; the rest does not exist.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from idp.accounts.models import Account
from idp.db import db
from idp.errors import NotHere
from idp.habilitations.agents import AgentVu
from idp.habilitations.effets import etendue
from idp.habilitations.effets.etendue import Etendue
from idp.habilitations.models import (
    CibleDeSuspension,
    ContratDeService,
    Convention,
    Groupe,
    Organisme,
    Rattachement,
)
from idp.habilitations.perimetre import AILLEURS, organisme_de
from idp.services import services

Ligne = Rattachement | Groupe | ContratDeService | Convention | Organisme


@dataclass(frozen=True, slots=True)
class CibleVue:
    """One of them; ``ligne`` is its row, on which the suspension has its effect."""

    cible: CibleDeSuspension
    libelle: str
    ligne: Ligne

    def etendue(self) -> Etendue:
        """How many people, and which services: two statements at most."""
        return _ETENDUES[self.cible](self.ligne.id)


_ETENDUES: Mapping[CibleDeSuspension, Callable[[UUID], Etendue]] = {
    CibleDeSuspension.UTILISATEUR: etendue.de_la_personne,
    CibleDeSuspension.GROUPE: etendue.du_groupe,
    CibleDeSuspension.CONTRAT: etendue.du_contrat,
    CibleDeSuspension.CONVENTION: etendue.de_la_convention,
    CibleDeSuspension.ORGANISME: etendue.de_l_organisme,
}


def trouver(
    agent: AgentVu, organisme_id: UUID, cible: CibleDeSuspension, cible_id: UUID
) -> CibleVue:
    """It, in an organisme of this agent; raises ``NotHere``."""
    organisme = organisme_de(agent, organisme_id)
    vue = _CHERCHE[cible](organisme, cible_id) if cible in _CHERCHE else None
    if vue is None:
        raise NotHere(AILLEURS)
    return vue


def _utilisateur(organisme: Organisme, cible_id: UUID) -> CibleVue | None:
    row = db.session.execute(
        select(Rattachement, Account)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            Rattachement.id == cible_id,
            Rattachement.organisme_id == organisme.id,
            Account.anonymised_at.is_(None),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    return CibleVue(CibleDeSuspension.UTILISATEUR, row[1].display_name, row[0])


def _groupe(organisme: Organisme, cible_id: UUID) -> CibleVue | None:
    groupe = db.session.scalars(
        select(Groupe)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .where(Groupe.id == cible_id, Convention.organisme_id == organisme.id, Groupe.actif)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if groupe is None:
        return None
    return CibleVue(CibleDeSuspension.GROUPE, groupe.libelle, groupe)


def _contrat(organisme: Organisme, cible_id: UUID) -> CibleVue | None:
    contrat = db.session.scalars(
        select(ContratDeService)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .where(ContratDeService.id == cible_id, Convention.organisme_id == organisme.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if contrat is None:
        return None
    service = services().get(contrat.service)
    return CibleVue(CibleDeSuspension.CONTRAT, service.nom if service else contrat.service, contrat)


def _convention(organisme: Organisme, cible_id: UUID) -> CibleVue | None:
    convention = db.session.scalars(
        select(Convention)
        .where(Convention.id == cible_id, Convention.organisme_id == organisme.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if convention is None:
        return None
    return CibleVue(CibleDeSuspension.CONVENTION, convention.libelle, convention)


def _organisme(organisme: Organisme, cible_id: UUID) -> CibleVue | None:
    if organisme.id != cible_id:
        return None
    return CibleVue(CibleDeSuspension.ORGANISME, organisme.raison_sociale, organisme)


_CHERCHE: Mapping[CibleDeSuspension, Callable[[Organisme, UUID], CibleVue | None]] = {
    CibleDeSuspension.UTILISATEUR: _utilisateur,
    CibleDeSuspension.GROUPE: _groupe,
    CibleDeSuspension.CONTRAT: _contrat,
    CibleDeSuspension.CONVENTION: _convention,
    CibleDeSuspension.ORGANISME: _organisme,
}
