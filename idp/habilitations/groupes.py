"""Groupes d'habilitation: one per type de logement and zone, created with the contract (guide, page 3)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, true

from idp import clock
from idp.db import db
from idp.habilitations.delegation import Acteur, Bases
from idp.habilitations.etats_de_convention import JAMAIS_VALIDEES
from idp.habilitations.models import (
    Caisse,
    Composante,
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    Rattachement,
    Role,
    TypeLogement,
)
from idp.services import ModeleDeGroupes, Service

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
            Convention.etat.not_in(JAMAIS_VALIDEES),
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


@dataclass(frozen=True, slots=True)
class Declinaison:
    """What a service cuts its groups by, besides zones: a type de logement, or one of its profils or roles."""

    code: str
    libelle: str
    type_logement: TypeLogement | None = None
    profil: str | None = None


def declinaisons(service: Service) -> list[Declinaison]:
    """All those that this service declares, in its order."""
    if service.groupes is ModeleDeGroupes.TYPE_LOGEMENT_ZONE:
        return [
            Declinaison(genre.value, libelle, type_logement=genre)
            for genre, libelle in LOGEMENTS.items()
        ]
    return [Declinaison(code, nom, profil=code) for code, nom in service.declinaisons.items()]


def decliner(
    contrat: ContratDeService, choisies: Iterable[Declinaison], zones: Iterable[Caisse]
) -> list[Groupe]:
    """Create the groups that the contract lacks, one for each of these in each zone, and open again those that
    were closed; returns both."""
    siens = select(Groupe).where(Groupe.contrat_id == contrat.id)
    presents = {groupe.code: groupe for groupe in db.session.scalars(siens)}
    voulus = [
        Groupe(
            contrat_id=contrat.id,
            code=f"{contrat.service}:{une.code}:{zone.code}",
            libelle=f"{une.libelle} – {zone.libelle}",
            type_logement=une.type_logement,
            zone=zone.code,
            profil=une.profil,
        )
        for une in choisies
        for zone in zones
    ]
    nouveaux = [groupe for groupe in voulus if groupe.code not in presents]
    fermes = [groupe for groupe in map(presents.get, (un.code for un in voulus)) if groupe]
    rouverts = [groupe for groupe in fermes if not groupe.actif]
    for groupe in rouverts:
        groupe.actif = True
    db.session.add_all(nouveaux)
    db.session.flush()
    return [*nouveaux, *rouverts]


def donner_aux_detenteurs(organisme_id: UUID, nouveaux: Collection[Groupe], now: datetime) -> None:
    """Who holds every group of the organisme holds these too, from today; those opened again, as they did."""
    deja = {
        (row.rattachement_id, row.groupe_id)
        for row in db.session.execute(
            select(Habilitation.rattachement_id, Habilitation.groupe_id).where(
                Habilitation.groupe_id.in_([groupe.id for groupe in nouveaux])
            )
        )
    }
    db.session.add_all(
        Habilitation(
            rattachement_id=rattachement_id,
            groupe_id=groupe.id,
            debut=clock.today(now),
            granted_at=now,
        )
        for rattachement_id in (detenteurs(organisme_id) if nouveaux else ())
        for groupe in nouveaux
        if (rattachement_id, groupe.id) not in deja
    )
    db.session.flush()


def detenteurs(organisme_id: UUID) -> list[UUID]:
    """The rattachements that hold every group of the organisme: its administrateurs, or, as long as
    it has none, the people whom the Caf itself attached."""
    rows = db.session.execute(
        select(Rattachement.id, Rattachement.role, Rattachement.created_by).where(
            Rattachement.organisme_id == organisme_id
        )
    ).all()
    administrateurs = [row.id for row in rows if row.role is Role.ADMINISTRATEUR]
    return administrateurs or [row.id for row in rows if row.created_by is None]
