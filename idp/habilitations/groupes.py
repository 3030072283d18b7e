"""Groupes d'habilitation: one per type de logement and zone, created with the contract (guide, page 3)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, true

from idp.db import db
from idp.habilitations.delegation import Acteur, Bases
from idp.habilitations.models import (
    Composante,
    ContratDeService,
    Convention,
    Groupe,
    TypeLogement,
)

LOGEMENTS = {
    TypeLogement.CONVENTIONNE: "Logements conventionnés",
    TypeLogement.PRIVE: "Logements privés",
}


@dataclass(frozen=True, slots=True)
class GroupeACocher:
    """A group as somebody who gives it sees it in a form; ``bases`` is what it opens."""

    id: UUID
    code: str
    libelle: str
    service: str
    bases: Bases
    sous_groupe: bool = False
    type_logement: TypeLogement | None = None


def groupes_de_l_organisme(
    organisme_id: UUID, parmi: Collection[UUID] | None = None
) -> list[GroupeACocher]:
    """Every open group of the organisme, or those ``parmi`` these, in the order of its services and names: one
    statement."""
    rows = db.session.execute(
        select(
            Groupe.id,
            Groupe.code,
            Groupe.libelle,
            ContratDeService.service,
            Groupe.sous_groupe,
            Groupe.type_logement,
            Composante.base_id,
        )
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .outerjoin(Composante, Composante.sous_groupe_id == Groupe.id)
        .where(
            Convention.organisme_id == organisme_id,
            Groupe.actif,
            true() if parmi is None else Groupe.id.in_(parmi),
        )
        .order_by(ContratDeService.service, Groupe.libelle, Groupe.code)
    )
    lus: dict[UUID, list[Any]] = {}
    for row in rows:
        lus.setdefault(row.id, []).append(row)
    return [_a_cocher(groupe_id, des) for groupe_id, des in lus.items()]


def _a_cocher(groupe_id: UUID, rows: list[Any]) -> GroupeACocher:
    first = rows[0]
    return GroupeACocher(
        id=groupe_id,
        code=first.code,
        libelle=first.libelle,
        service=first.service,
        bases=Bases(row.base_id for row in rows) if first.sous_groupe else Bases([groupe_id]),
        sous_groupe=first.sous_groupe,
        type_logement=first.type_logement,
    )


def cochables(acteur: Acteur, parmi: Collection[UUID] | None = None) -> list[GroupeACocher]:
    """Those of the organisme (or those ``parmi`` these) that this actor may give: one statement."""
    groupes = groupes_de_l_organisme(acteur.organisme_id, parmi)
    return [groupe for groupe in groupes if acteur.couvre(groupe.bases)]


def services_a_donner(acteur: Acteur) -> frozenset[str] | None:
    """The services of which this mandate opens something; None for who gives them all. One statement at most."""
    if acteur.perimetre is None:
        return None
    return frozenset(
        db.session.scalars(
            select(ContratDeService.service)
            .join(Groupe, Groupe.contrat_id == ContratDeService.id)
            .where(Groupe.id.in_(acteur.perimetre))
        )
    )
