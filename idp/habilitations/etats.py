"""What a person is in an organisme on a day, in one word of « Mes utilisateurs »: pure decisions.

What they may open is ``policy.py``'s; the same said by the database is in ``filtres.py``.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Etat(StrEnum):
    """One at a time; the first that holds."""

    CLOS = "clos"
    SUSPENDU = "suspendu"
    A_VENIR = "a_venir"
    ATTENDU = "attendu"
    ACTIF = "actif"


@dataclass(frozen=True, slots=True)
class Personne:
    """An account and its place in an organisme; ``attendu`` until the first connection is done."""

    attendu: bool
    compte_suspendu: bool
    compte_clos: bool
    ouverture: date
    cloture: date | None
    suspendue: bool
    """The place, not the account."""


def etat(personne: Personne, jour: date) -> Etat:
    """In one word."""
    if personne.compte_clos or place_close(
        personne.ouverture, personne.cloture, suspendue=personne.suspendue, jour=jour
    ):
        return Etat.CLOS
    if personne.suspendue or personne.compte_suspendu:
        return Etat.SUSPENDU
    if personne.ouverture > jour:
        return Etat.A_VENIR
    return Etat.ATTENDU if personne.attendu else Etat.ACTIF


def place_close(ouverture: date, cloture: date | None, *, suspendue: bool, jour: date) -> bool:
    """Whether a place is over: past its last day, or ended from the console, which acts at once.

    The day of a date de clôture belongs to the period: ending at once suspends besides, until that day is over.
    """
    if cloture is None:
        return False
    return cloture < jour or (suspendue and cloture <= max(jour, ouverture))
