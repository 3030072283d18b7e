"""Whether a right holds on a given day, and why not: pure decisions, values in, a named outcome out.

The one formula of an effective habilitation is here, cut in the three things that it joins: the
person in the organisme, the contract for the service, and the person's place in a group. Tokens, pages and the
refusal page all ask here; the rows are read in ``claims.py``. « Pourquoi ? » wants every reason (``obstacles_…``),
the others the first of them (``refus_…``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from idp.habilitations.etats_de_convention import EtatConvention


class Refus(StrEnum):
    """Why a person has no right; the most general reason first."""

    COMPTE_INACTIF = "compte_inactif"
    RATTACHEMENT_SUSPENDU = "rattachement_suspendu"
    RATTACHEMENT_A_VENIR = "rattachement_a_venir"
    RATTACHEMENT_CLOS = "rattachement_clos"
    ORGANISME_SUSPENDU = "organisme_suspendu"
    SANS_CONTRAT = "sans_contrat"
    SERVICE_SUSPENDU = "service_suspendu"
    CONVENTION_NON_VALIDEE = "convention_non_validee"
    CONVENTION_SUSPENDUE = "convention_suspendue"
    CONVENTION_HORS_DATES = "convention_hors_dates"
    CONTRAT_SUSPENDU = "contrat_suspendu"
    CONTRAT_HORS_DATES = "contrat_hors_dates"
    SANS_GROUPE = "sans_groupe"
    GROUPE_SUSPENDU = "groupe_suspendu"
    HABILITATION_A_VENIR = "habilitation_a_venir"
    HABILITATION_TERMINEE = "habilitation_terminee"


@dataclass(frozen=True, slots=True)
class Periode:
    """Days from ``debut`` to ``fin``, both included; without end when ``fin`` is None."""

    debut: date
    fin: date | None = None

    def contient(self, jour: date) -> bool:
        """Whether that day belongs to the period."""
        return self.debut <= jour and (self.fin is None or jour <= self.fin)


@dataclass(frozen=True, slots=True)
class RattachementVu:
    """A person in an organisme."""

    compte_actif: bool
    periode: Periode
    suspendu: bool = False
    organisme_suspendu: bool = False


@dataclass(frozen=True, slots=True)
class ContratVu:
    """An organisme's right to one service."""

    etat: EtatConvention
    convention: Periode
    contrat: Periode
    suspendu: bool = False
    clos: bool = False
    """Closed at once, on a day that still belongs to its period."""
    service_suspendu: bool = False
    """For all partners."""


@dataclass(frozen=True, slots=True)
class PlaceVue:
    """A person's place in one group."""

    periode: Periode
    groupe_ouvert: bool = True


_FINIES = frozenset({EtatConvention.RESILIEE, EtatConvention.ECHUE})
_EN_VIGUEUR = _FINIES | {EtatConvention.VALIDEE}
"""Validated once: what is said of one that is over is that it is."""


def obstacles_de_rattachement(rattachement: RattachementVu, jour: date) -> Iterator[Refus]:
    """Each reason why this person may do nothing for this organisme on that day."""
    if not rattachement.compte_actif:
        yield Refus.COMPTE_INACTIF
    if rattachement.organisme_suspendu:
        yield Refus.ORGANISME_SUSPENDU
    if rattachement.suspendu:
        yield Refus.RATTACHEMENT_SUSPENDU
    yield from _hors_de(
        rattachement.periode, jour, Refus.RATTACHEMENT_A_VENIR, Refus.RATTACHEMENT_CLOS
    )


def obstacles_de_contrat(contrat: ContratVu | None, jour: date) -> Iterator[Refus]:
    """Each reason why the organisme has no right to the service on that day."""
    if contrat is None:
        yield Refus.SANS_CONTRAT
        return
    if contrat.service_suspendu:
        yield Refus.SERVICE_SUSPENDU
    if contrat.etat is EtatConvention.SUSPENDUE:
        yield Refus.CONVENTION_SUSPENDUE
    elif contrat.etat not in _EN_VIGUEUR:
        yield Refus.CONVENTION_NON_VALIDEE
    if contrat.etat in _FINIES or not contrat.convention.contient(jour):
        yield Refus.CONVENTION_HORS_DATES
    if contrat.suspendu:
        yield Refus.CONTRAT_SUSPENDU
    if contrat.clos or not contrat.contrat.contient(jour):
        yield Refus.CONTRAT_HORS_DATES


def obstacles_de_place(place: PlaceVue | None, jour: date) -> Iterator[Refus]:
    """Each reason why the person's place in a group opens nothing on that day."""
    if place is None:
        yield Refus.SANS_GROUPE
        return
    if not place.groupe_ouvert:
        yield Refus.GROUPE_SUSPENDU
    yield from _hors_de(
        place.periode, jour, Refus.HABILITATION_A_VENIR, Refus.HABILITATION_TERMINEE
    )


def obstacles_d_habilitation(
    rattachement: RattachementVu, contrat: ContratVu | None, place: PlaceVue | None, jour: date
) -> Iterator[Refus]:
    """Each reason why this habilitation is not effective on that day; nothing when it is."""
    yield from obstacles_de_rattachement(rattachement, jour)
    yield from obstacles_de_contrat(contrat, jour)
    if contrat is not None:
        yield from obstacles_de_place(place, jour)


def refus_de_rattachement(rattachement: RattachementVu, jour: date) -> Refus | None:
    """The first reason why this person may do nothing for this organisme on that day; None when they may."""
    return next(obstacles_de_rattachement(rattachement, jour), None)


def refus_d_habilitation(
    rattachement: RattachementVu, contrat: ContratVu | None, place: PlaceVue | None, jour: date
) -> Refus | None:
    """The first reason why this habilitation is not effective on that day; None when it is."""
    return next(obstacles_d_habilitation(rattachement, contrat, place, jour), None)


def _hors_de(periode: Periode, jour: date, a_venir: Refus, passee: Refus) -> Iterator[Refus]:
    if jour < periode.debut:
        yield a_venir
    elif not periode.contient(jour):
        yield passee


def le_plus_proche(refus: list[Refus]) -> Refus:
    """Of the reasons found for several groups, the one nearest to an effective right."""
    return max(refus, key=list(Refus).index)
