"""The states of a convention and who makes it pass from one to another: one table, values in, an outcome out.

Only a convention ``validee`` opens anything (``idp/habilitations/policy.py``), and its dates act by themselves:
what ``echeance`` says is written by the worker afterwards, for people to read (``conventions/``). DOMAIN.md §5.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType


class EtatConvention(StrEnum):
    """Only a convention ``validee`` opens anything."""

    BROUILLON = "brouillon"
    A_SIGNER = "a_signer"
    VALIDEE = "validee"
    REFUSEE = "refusee"
    ABANDONNEE = "abandonnee"
    SUSPENDUE = "suspendue"
    RESILIEE = "resiliee"
    ECHUE = "echue"


class Qui(StrEnum):
    """Who makes a convention pass to its next state."""

    GESTIONNAIRE = "gestionnaire"
    SUPERVISEUR = "superviseur"
    LE_TEMPS = "le_temps"


TRANSITIONS: Mapping[tuple[EtatConvention, EtatConvention], Qui] = MappingProxyType(
    {
        (EtatConvention.BROUILLON, EtatConvention.A_SIGNER): Qui.GESTIONNAIRE,
        (EtatConvention.BROUILLON, EtatConvention.ABANDONNEE): Qui.GESTIONNAIRE,
        (EtatConvention.A_SIGNER, EtatConvention.VALIDEE): Qui.GESTIONNAIRE,
        (EtatConvention.A_SIGNER, EtatConvention.REFUSEE): Qui.GESTIONNAIRE,
        (EtatConvention.A_SIGNER, EtatConvention.ABANDONNEE): Qui.GESTIONNAIRE,
        (EtatConvention.VALIDEE, EtatConvention.SUSPENDUE): Qui.SUPERVISEUR,
        (EtatConvention.SUSPENDUE, EtatConvention.VALIDEE): Qui.SUPERVISEUR,
        (EtatConvention.VALIDEE, EtatConvention.RESILIEE): Qui.GESTIONNAIRE,
        (EtatConvention.SUSPENDUE, EtatConvention.RESILIEE): Qui.GESTIONNAIRE,
        (EtatConvention.VALIDEE, EtatConvention.ECHUE): Qui.LE_TEMPS,
        (EtatConvention.VALIDEE, EtatConvention.VALIDEE): Qui.GESTIONNAIRE,
        (EtatConvention.SUSPENDUE, EtatConvention.SUSPENDUE): Qui.GESTIONNAIRE,
    }
)
"""Every step there is: what is not here is not possible. To the same state: a résiliation to come is cancelled."""

RENOUVELABLES = frozenset({EtatConvention.VALIDEE, EtatConvention.ECHUE})
"""A renewal is a new convention: validated, it takes over what the former one opened."""
OUVERTES = frozenset({EtatConvention.BROUILLON, EtatConvention.A_SIGNER, EtatConvention.VALIDEE})
"""Those to which a contrat may be added: a draft is prepared whole."""

JAMAIS_VALIDEES = frozenset(
    {
        EtatConvention.BROUILLON,
        EtatConvention.A_SIGNER,
        EtatConvention.REFUSEE,
        EtatConvention.ABANDONNEE,
    }
)
"""What the Caf prepares, or gave up: the organisme hears nothing of it."""

CORRIGEABLES = frozenset({EtatConvention.BROUILLON, EtatConvention.A_SIGNER})
"""Those of which the dates may be corrected: once signed, they are what was signed."""


@dataclass(frozen=True, slots=True)
class ConventionVue:
    """A convention as these decisions see it; ``resiliation`` is its last day when its end was decided."""

    etat: EtatConvention
    debut: date
    fin: date | None = None
    resiliation: date | None = None


class RefusDePassage(StrEnum):
    """Why a convention stays in its state: ordinary outcomes, which pages explain."""

    IMPOSSIBLE = "impossible"
    DEJA_TERMINEE = "deja_terminee"
    DATE_PASSEE = "date_passee"
    APRES_LA_FIN = "apres_la_fin"
    AVANT_LE_DEBUT = "avant_le_debut"
    PLUS_RENOUVELABLE = "plus_renouvelable"
    PAS_ANNONCEE = "pas_annoncee"
    DEJA_SIGNEE = "deja_signee"
    INCHANGEES = "inchangees"
    CONTRAT_HORS = "contrat_hors"


def passages(etat: EtatConvention, qui: Qui) -> list[EtatConvention]:
    """The states to which this convention may be brought by them."""
    return [
        vers
        for (de, vers), par in TRANSITIONS.items()
        if de is etat and vers is not etat and par is qui
    ]


def refus_de_passer(
    convention: ConventionVue, vers: EtatConvention, jour: date, *, dernier_jour: date | None = None
) -> RefusDePassage | None:
    """Why it may not pass to that state on that day, ``dernier_jour`` being that of a résiliation to come."""
    etat = echeance(convention, jour) or convention.etat
    if vers is etat or TRANSITIONS.get((etat, vers), Qui.LE_TEMPS) is Qui.LE_TEMPS:
        return RefusDePassage.IMPOSSIBLE
    if vers is EtatConvention.VALIDEE and convention.fin is not None and convention.fin < jour:
        return RefusDePassage.DEJA_TERMINEE
    return _refus_de_date(convention, dernier_jour, jour) if dernier_jour else None


def refus_d_annuler_la_resiliation(convention: ConventionVue, jour: date) -> RefusDePassage | None:
    """Why the end that was announced may not be cancelled on that day: its last day still may."""
    etat = echeance(convention, jour) or convention.etat
    if (etat, etat) not in TRANSITIONS:
        return RefusDePassage.IMPOSSIBLE
    return RefusDePassage.PAS_ANNONCEE if convention.resiliation is None else None


def refus_de_corriger(
    convention: ConventionVue, debut: date, fin: date | None, jour: date
) -> RefusDePassage | None:
    """Why its dates may not become these on that day."""
    if convention.etat not in CORRIGEABLES:
        return RefusDePassage.DEJA_SIGNEE
    if fin is not None and fin < max(jour, debut):
        return RefusDePassage.DATE_PASSEE
    return RefusDePassage.INCHANGEES if (debut, fin) == _dates(convention) else None


def _dates(convention: ConventionVue) -> tuple[date, date | None]:
    return convention.debut, convention.fin


def _refus_de_date(
    convention: ConventionVue, dernier_jour: date, jour: date
) -> RefusDePassage | None:
    if dernier_jour < jour:
        return RefusDePassage.DATE_PASSEE
    if convention.fin is not None and dernier_jour > convention.fin:
        return RefusDePassage.APRES_LA_FIN
    return RefusDePassage.AVANT_LE_DEBUT if dernier_jour < convention.debut else None


def echeance(convention: ConventionVue, jour: date) -> EtatConvention | None:
    """What time has made of it, that day; None when it is as it was left."""
    if convention.etat not in (EtatConvention.VALIDEE, EtatConvention.SUSPENDUE):
        return None
    if convention.resiliation is not None and convention.resiliation < jour:
        return EtatConvention.RESILIEE
    finie = convention.fin is not None and convention.fin < jour
    return EtatConvention.ECHUE if finie and convention.etat is EtatConvention.VALIDEE else None
