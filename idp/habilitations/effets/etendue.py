"""What something of an organisme opens, and to how many: read before it is closed or suspended, and to end it all.

One statement whatever the number of people. What a person may open is decided in ``claims.py``.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    cast,
    distinct,
    func,
    literal,
    null,
    select,
    union_all,
)

from idp.db import db
from idp.habilitations.models import (
    Composante,
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    Rattachement,
)

Paires = CompoundSelect[UUID, str | None]
"""Places of people and the services that they give, all of them when null: what ``avis.retirer_parmi`` ends."""


@dataclass(frozen=True, slots=True)
class Etendue:
    """How many people hold something of it, and of which services (their codes)."""

    personnes: int
    services: tuple[str, ...]


def de_la_convention(convention_id: UUID) -> Etendue:
    """All its contrats."""
    return _lire(ContratDeService.convention_id == convention_id)


def du_contrat(contrat_id: UUID) -> Etendue:
    """All its groups."""
    return _lire(ContratDeService.id == contrat_id)


def du_groupe(groupe_id: UUID) -> Etendue:
    """One groupe, and the sous-groupes that open it."""
    return _lire(_ouvre(groupe_id))


def de_l_organisme(organisme_id: UUID) -> Etendue:
    """Everything, who holds nothing being counted too."""
    personnes = select(func.count()).where(Rattachement.organisme_id == organisme_id)
    contrats = (
        select(ContratDeService.service)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .where(Convention.organisme_id == organisme_id)
        .distinct()
    )
    return Etendue(db.session.scalar(personnes) or 0, tuple(sorted(db.session.scalars(contrats))))


def de_la_personne(rattachement_id: UUID) -> Etendue:
    """One person in one organisme."""
    services = db.session.scalars(
        select(ContratDeService.service)
        .join(Groupe, Groupe.contrat_id == ContratDeService.id)
        .join(Habilitation, Habilitation.groupe_id == Groupe.id)
        .where(Habilitation.rattachement_id == rattachement_id)
        .distinct()
    )
    return Etendue(1, tuple(sorted(services)))


def paires_des_contrats(*lesquels: ColumnElement[bool]) -> Paires:
    """Everybody of the organisme of these contrats, and their services."""
    return union_all(
        select(Rattachement.id, ContratDeService.service)
        .join(Convention, Convention.organisme_id == Rattachement.organisme_id)
        .join(ContratDeService, ContratDeService.convention_id == Convention.id)
        .where(*lesquels)
    )


def paires_du_groupe(groupe_id: UUID) -> Paires:
    """Those who hold it, itself or through a sous-groupe, and its service."""
    return union_all(
        select(Habilitation.rattachement_id, ContratDeService.service)
        .join(Groupe, Groupe.id == Habilitation.groupe_id)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .where(_ouvre(groupe_id))
    )


def paires_de_l_organisme(organisme_id: UUID) -> Paires:
    """Everybody, and every service."""
    tous = select(Rattachement.id.label("rattachement_id"), cast(null(), String).label("service"))
    return union_all(tous.where(Rattachement.organisme_id == organisme_id))


def _ouvre(groupe_id: UUID) -> ColumnElement[bool]:
    # One list, and not « it, or one of these »: an index serves it.
    lui = select(literal(groupe_id, Groupe.id.type))
    par_un_sous_groupe = select(Composante.sous_groupe_id).where(Composante.base_id == groupe_id)
    return Groupe.id.in_(union_all(lui, par_un_sous_groupe))


def _lire(*lesquels: ColumnElement[bool]) -> Etendue:
    personnes: Select[int] = (
        select(func.count(distinct(Habilitation.rattachement_id)))
        .select_from(ContratDeService)
        .join(Groupe, Groupe.contrat_id == ContratDeService.id)
        .join(Habilitation, Habilitation.groupe_id == Groupe.id)
        .where(*lesquels)
    )
    services = (
        select(ContratDeService.service)
        .outerjoin(Groupe, Groupe.contrat_id == ContratDeService.id)
        .where(*lesquels)
        .distinct()
    )
    return Etendue(db.session.scalar(personnes) or 0, tuple(sorted(db.session.scalars(services))))
