"""The conventions of an organisme as its agents read them: states, contrats, groups, history.

Three statements, whatever their number.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.conventions.gestion import etat_au
from idp.habilitations.etats_de_convention import (
    CORRIGEABLES,
    OUVERTES,
    RENOUVELABLES,
    TRANSITIONS,
    EtatConvention,
    Qui,
    passages,
)
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Groupe,
    TransitionDeConvention,
)


@dataclass(frozen=True, slots=True)
class GroupeVu:
    """A groupe of the Caf."""

    id: UUID
    code: str
    libelle: str
    suspendu: bool


@dataclass(frozen=True, slots=True)
class ContratVu:
    """A contrat and its groups; ``sous_groupes`` are counted, being the organisme's own."""

    id: UUID
    service: str
    debut: date
    fin: date | None
    suspendu: bool
    clos: bool
    groupes: tuple[GroupeVu, ...]
    sous_groupes: int


@dataclass(frozen=True, slots=True)
class Pas:
    """A step of the history; ``par`` is None for what time did."""

    de: EtatConvention | None
    vers: EtatConvention
    motif: str | None
    effet: date | None
    at: datetime
    par: str | None

    @property
    def annule_une_resiliation(self) -> bool:
        """Whether the end that was announced was cancelled: the state is the same."""
        return self.de is self.vers and self.vers not in CORRIGEABLES

    @property
    def corrige_les_dates(self) -> bool:
        """Whether its dates were corrected, before it was signed."""
        return self.de is self.vers and self.vers in CORRIGEABLES


@dataclass(frozen=True, slots=True)
class ConventionLue:
    """A convention as the page shows it."""

    id: UUID
    libelle: str
    etat: EtatConvention
    debut: date
    fin: date | None
    resiliation: date | None
    renouvelle: str | None
    contrats: tuple[ContratVu, ...]
    histoire: tuple[Pas, ...]

    @property
    def passages(self) -> list[EtatConvention]:
        """The states to which an agent may bring it from its page."""
        if self.resiliation is not None:
            return []
        return passages(self.etat, Qui.GESTIONNAIRE)

    @property
    def resiliation_a_annuler(self) -> bool:
        """Whether its end was announced, and is still to come."""
        return self.resiliation is not None and (self.etat, self.etat) in TRANSITIONS

    @property
    def ouverte(self) -> bool:
        """Whether a contrat may be added."""
        return self.etat in OUVERTES

    @property
    def corrigeable(self) -> bool:
        """Whether its dates may still be corrected."""
        return self.etat in CORRIGEABLES

    @property
    def renouvelable(self) -> bool:
        """Whether another convention may follow it."""
        return self.etat in RENOUVELABLES


def lire(organisme_id: UUID, jour: date) -> list[ConventionLue]:
    """Those of an organisme, the newest first."""
    conventions = db.session.scalars(
        select(Convention)
        .where(Convention.organisme_id == organisme_id)
        .order_by(Convention.debut.desc(), Convention.id)
        .execution_options(populate_existing=True)
    ).all()
    noms = {convention.id: convention.libelle for convention in conventions}
    contrats = _contrats(organisme_id, jour)
    histoire = _histoire(organisme_id)
    return [
        ConventionLue(
            id=une.id,
            libelle=une.libelle,
            etat=etat_au(une, jour),
            debut=une.debut,
            fin=une.fin,
            resiliation=une.resiliation,
            renouvelle=noms.get(une.renouvelle_id) if une.renouvelle_id else None,
            contrats=tuple(contrats.get(une.id, ())),
            histoire=tuple(histoire.get(une.id, ())),
        )
        for une in conventions
    ]


def _contrats(organisme_id: UUID, jour: date) -> Mapping[UUID, list[ContratVu]]:
    rows = db.session.execute(
        select(
            ContratDeService,
            Groupe.id.label("groupe_id"),
            Groupe.code,
            Groupe.libelle,
            Groupe.suspendu_at,
            Groupe.sous_groupe,
        )
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .outerjoin(Groupe, (Groupe.contrat_id == ContratDeService.id) & Groupe.actif)
        .where(Convention.organisme_id == organisme_id)
        .order_by(ContratDeService.service, ContratDeService.id, Groupe.code)
        .execution_options(populate_existing=True)
    )
    par_contrat: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        par_contrat[row.ContratDeService.id].append(row)
    par_convention: defaultdict[UUID, list[ContratVu]] = defaultdict(list)
    for lus in par_contrat.values():
        contrat = lus[0].ContratDeService
        par_convention[contrat.convention_id].append(_contrat(contrat, lus, jour))
    return par_convention


def _contrat(contrat: ContratDeService, rows: list[Any], jour: date) -> ContratVu:
    return ContratVu(
        id=contrat.id,
        service=contrat.service,
        debut=contrat.debut,
        fin=contrat.fin,
        suspendu=contrat.suspendu_at is not None,
        clos=contrat.clos_at is not None or (contrat.fin is not None and contrat.fin < jour),
        groupes=tuple(
            GroupeVu(row.groupe_id, row.code, row.libelle, row.suspendu_at is not None)
            for row in rows
            if row.groupe_id is not None and not row.sous_groupe
        ),
        sous_groupes=sum(1 for row in rows if row.groupe_id is not None and row.sous_groupe),
    )


def _histoire(organisme_id: UUID) -> Mapping[UUID, list[Pas]]:
    rows = db.session.execute(
        select(TransitionDeConvention, Account)
        .join(Convention, Convention.id == TransitionDeConvention.convention_id)
        .outerjoin(Account, Account.id == TransitionDeConvention.par)
        .where(Convention.organisme_id == organisme_id)
        .order_by(TransitionDeConvention.at.desc(), TransitionDeConvention.id)
    )
    par_convention: defaultdict[UUID, list[Pas]] = defaultdict(list)
    for pas, auteur in rows:
        par_convention[pas.convention_id].append(
            Pas(
                de=pas.de,
                vers=pas.vers,
                motif=pas.motif,
                effet=pas.effet,
                at=pas.at,
                par=auteur.display_name if auteur else None,
            )
        )
    return par_convention
