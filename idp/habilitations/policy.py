"""Whether a right holds on a given day, and why not: pure decisions, values in, a named outcome out.

The one formula of an effective habilitation is here, cut in the three things that it joins: the
person in the organisme, the contract for the service, and the person's place in a group. Tokens, pages and the
refusal page all ask here; the rows are read in ``claims.py``.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Refus(StrEnum):
    """Why a person has no right; the most general reason first."""

    COMPTE_INACTIF = "compte_inactif"
    RATTACHEMENT_SUSPENDU = "rattachement_suspendu"
    RATTACHEMENT_A_VENIR = "rattachement_a_venir"
    RATTACHEMENT_CLOS = "rattachement_clos"
    ORGANISME_SUSPENDU = "organisme_suspendu"
    SANS_CONTRAT = "sans_contrat"
    CONVENTION_NON_VALIDEE = "convention_non_validee"
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

    convention_validee: bool
    convention: Periode
    contrat: Periode
    suspendu: bool = False


@dataclass(frozen=True, slots=True)
class PlaceVue:
    """A person's place in one group."""

    periode: Periode
    groupe_ouvert: bool = True


def refus_de_rattachement(rattachement: RattachementVu, jour: date) -> Refus | None:
    """Why this person may do nothing for this organisme on that day; None when they may."""
    if not rattachement.compte_actif:
        return Refus.COMPTE_INACTIF
    if rattachement.organisme_suspendu:
        return Refus.ORGANISME_SUSPENDU
    if rattachement.suspendu:
        return Refus.RATTACHEMENT_SUSPENDU
    if jour < rattachement.periode.debut:
        return Refus.RATTACHEMENT_A_VENIR
    if not rattachement.periode.contient(jour):
        return Refus.RATTACHEMENT_CLOS
    return None


def refus_de_contrat(contrat: ContratVu | None, jour: date) -> Refus | None:
    """Why the organisme has no right to the service on that day; None when it has."""
    if contrat is None:
        return Refus.SANS_CONTRAT
    if not contrat.convention_validee:
        return Refus.CONVENTION_NON_VALIDEE
    if not contrat.convention.contient(jour):
        return Refus.CONVENTION_HORS_DATES
    if contrat.suspendu:
        return Refus.CONTRAT_SUSPENDU
    if not contrat.contrat.contient(jour):
        return Refus.CONTRAT_HORS_DATES
    return None


def refus_de_place(place: PlaceVue | None, jour: date) -> Refus | None:
    """Why the person's place in a group opens nothing on that day; None when it does."""
    if place is None:
        return Refus.SANS_GROUPE
    if not place.groupe_ouvert:
        return Refus.GROUPE_SUSPENDU
    if jour < place.periode.debut:
        return Refus.HABILITATION_A_VENIR
    if not place.periode.contient(jour):
        return Refus.HABILITATION_TERMINEE
    return None


def refus_d_habilitation(
    rattachement: RattachementVu, contrat: ContratVu | None, place: PlaceVue | None, jour: date
) -> Refus | None:
    """Why this habilitation is not effective on that day; None when it is."""
    return (
        refus_de_rattachement(rattachement, jour)
        or refus_de_contrat(contrat, jour)
        or refus_de_place(place, jour)
    )


def le_plus_proche(refus: list[Refus]) -> Refus:
    """Of the reasons found for several groups, the one nearest to an effective right."""
    return max(refus, key=list(Refus).index)
