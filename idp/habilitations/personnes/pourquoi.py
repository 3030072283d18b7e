"""« Pourquoi ? »: whether a person may open a service, every reason, and where each right comes from.

The rows are those that tokens are made of (``claims.py``), with what each tick says of itself. What a responsable
has no reach over is only counted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations import provenance
from idp.habilitations.claims import (
    A_TOUS_LES_SERVICES,
    A_UN_SERVICE,
    Droits,
    coche,
    contrat_vu,
    droits_lus,
    place_vue,
    rattachement_vu,
)
from idp.habilitations.delegation import Acteur, Bases
from idp.habilitations.models import (
    Composante,
    Convention,
    Groupe,
    Habilitation,
    Organisme,
    PerimetreResponsable,
    Rattachement,
)
from idp.habilitations.policy import (
    Periode,
    RattachementVu,
    Refus,
    obstacles_d_habilitation,
    obstacles_de_contrat,
    obstacles_de_place,
    obstacles_de_rattachement,
)
from idp.habilitations.provenance import Provenance, avec_provenance


@dataclass(frozen=True, slots=True)
class AccesExamine:
    """A base groupe that a tick opens, and each reason why that opens nothing today."""

    code: str
    libelle: str
    obstacles: tuple[Refus, ...]
    effectif: bool
    """Whether the service is told of it: nothing stands in the way, here nor above."""


@dataclass(frozen=True, slots=True)
class Coche:
    """One tick, from ``debut`` to ``fin``; ``acces`` are several when it is of a sous-groupe."""

    groupe_id: UUID
    libelle: str
    sous_groupe: bool
    debut: date
    fin: date | None
    provenance: Provenance
    perimetre: tuple[str, ...]
    """The names of the groupes of the mandate under which it was given."""
    acces: tuple[AccesExamine, ...]


@dataclass(frozen=True, slots=True)
class Contrat:
    """The right of the organisme to the service, under one convention; None without a contract."""

    convention: str
    obstacles: tuple[Refus, ...]


@dataclass(frozen=True, slots=True)
class Examen:
    """The answer for one person and one service."""

    droits: Droits
    de_la_personne: tuple[Refus, ...]
    contrats: tuple[Contrat, ...]
    coches: tuple[Coche, ...]
    hors_de_portee: int
    """How many ticks the reader may not see."""

    @property
    def effectif(self) -> bool:
        """Whether the person may open the service now."""
        return self.droits.refus is None

    @property
    def obstacles(self) -> tuple[Refus, ...]:
        """Every reason, the most general first, each once."""
        ici = [
            *self.de_la_personne,
            *(refus for contrat in self.contrats for refus in contrat.obstacles),
            *(refus for un in self.coches for acces in un.acces for refus in acces.obstacles),
        ]
        if not self.contrats:
            ici.append(Refus.SANS_CONTRAT)
        elif not self.coches and not self.hors_de_portee:
            ici.append(Refus.SANS_GROUPE)
        return tuple(refus for refus in Refus if refus in ici)


_EXAMEN = avec_provenance(
    A_UN_SERVICE.add_columns(
        Convention.libelle.label("convention"),
        Convention.id.label("convention_id"),
        Groupe.id.label("base_id"),
        coche.id.label("coche_id"),
        coche.libelle.label("coche_libelle"),
        coche.sous_groupe.label("coche_sous_groupe"),
        Habilitation.mandat_id,
    )
)


def examiner(
    rattachement_id: UUID, service: str, now: datetime, *, acteur: Acteur | None
) -> Examen | None:
    """Two statements; ``acteur`` is who reads, None for the person. None when the rattachement does not exist."""
    jour = clock.today(now)
    parametres = {"rattachement_id": rattachement_id, "service": service, "jour": jour}
    rows = db.session.execute(_EXAMEN, parametres).all()
    if not rows:
        return None
    coches, hors_de_portee = _coches(rows, acteur, jour)
    return Examen(
        droits=droits_lus(rows, jour),
        de_la_personne=tuple(obstacles_de_rattachement(rattachement_vu(rows[0]), jour)),
        contrats=_contrats(rows, jour),
        coches=coches,
        hors_de_portee=hors_de_portee,
    )


def obstacles_par_service(rattachement_id: UUID, now: datetime) -> dict[str, tuple[Refus, ...]]:
    """Every reason why each service of the organisme is closed to them, none for one that opens: one statement."""
    jour = clock.today(now)
    par_service: dict[str, list[list[Refus]]] = {}
    for row in db.session.execute(
        A_TOUS_LES_SERVICES, {"rattachement_id": rattachement_id, "jour": jour}
    ):
        if row.service is not None:
            obstacles = obstacles_d_habilitation(
                rattachement_vu(row), contrat_vu(row), place_vue(row), jour
            )
            par_service.setdefault(row.service, []).append(list(obstacles))
    return {
        service: ()
        if not all(voies)
        else tuple(refus for refus in Refus if any(refus in voie for voie in voies))
        for service, voies in sorted(par_service.items())
    }


def de_la_personne(
    rattachement: Rattachement, account: Account, organisme: Organisme, now: datetime
) -> Iterator[Refus]:
    """Every reason why this person may do nothing for this organisme, whatever the service."""
    vu = RattachementVu(
        compte_actif=account.state is AccountState.ACTIF,
        periode=Periode(rattachement.ouverture, rattachement.cloture),
        suspendu=rattachement.suspendu_at is not None,
        organisme_suspendu=organisme.suspendu_at is not None,
    )
    return obstacles_de_rattachement(vu, clock.today(now))


def _contrats(rows: Sequence[Row[Any]], jour: date) -> tuple[Contrat, ...]:
    par_convention = {row.convention_id: row for row in rows if row.service is not None}
    return tuple(
        Contrat(row.convention, tuple(obstacles_de_contrat(contrat_vu(row), jour)))
        for row in par_convention.values()
    )


def _coches(
    rows: Sequence[Row[Any]], acteur: Acteur | None, jour: date
) -> tuple[tuple[Coche, ...], int]:
    par_coche: dict[UUID, list[Row[Any]]] = {}
    for row in rows:
        if row.habilitation_id is not None:
            par_coche.setdefault(row.habilitation_id, []).append(row)
    vues = [
        des
        for des in par_coche.values()
        if acteur is None or acteur.couvre(Bases(row.base_id for row in des))
    ]
    perimetres = _perimetres([des[0].mandat_id for des in vues if des[0].mandat_id], acteur)
    coches = tuple(_coche(des, perimetres, jour) for des in vues)
    return coches, len(par_coche) - len(vues)


def _perimetres(mandats: Sequence[UUID], acteur: Acteur | None) -> dict[UUID, list[str]]:
    """What each mandate comprises, of what the reader may know: another responsable's may be wider."""
    noms: dict[UUID, list[str]] = {}
    for mandat_id, libelle in db.session.execute(
        select(PerimetreResponsable.mandat_id, Groupe.libelle)
        .join(Groupe, Groupe.id == PerimetreResponsable.groupe_id)
        .where(PerimetreResponsable.mandat_id.in_(mandats), *_connus(acteur))
        .order_by(Groupe.libelle)
    ):
        noms.setdefault(mandat_id, []).append(libelle)
    return noms


def _connus(acteur: Acteur | None) -> list[ColumnElement[bool]]:
    if acteur is None or acteur.perimetre is None:
        return []
    dehors = exists().where(
        Composante.sous_groupe_id == Groupe.id, Composante.base_id.not_in(acteur.perimetre)
    )
    return [or_(Groupe.id.in_(acteur.perimetre), and_(Groupe.sous_groupe, ~dehors))]


def _coche(rows: list[Row[Any]], perimetres: dict[UUID, list[str]], jour: date) -> Coche:
    first = rows[0]
    return Coche(
        groupe_id=first.coche_id,
        libelle=first.coche_libelle,
        sous_groupe=first.coche_sous_groupe,
        debut=first.habilitation_debut,
        fin=first.habilitation_fin,
        provenance=provenance.lue(first),
        perimetre=tuple(perimetres.get(first.mandat_id, ())),
        acces=tuple(_acces(row, jour) for row in rows),
    )


def _acces(row: Row[Any], jour: date) -> AccesExamine:
    obstacles = tuple(obstacles_de_place(place_vue(row), jour))
    plus_haut = [
        *obstacles_de_rattachement(rattachement_vu(row), jour),
        *obstacles_de_contrat(contrat_vu(row), jour),
    ]
    return AccesExamine(row.code, row.libelle, obstacles, not obstacles and not plus_haut)
