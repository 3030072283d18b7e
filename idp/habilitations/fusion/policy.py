"""What becomes of a person who is in both organismes, and why two organismes are not put together: pure decisions.

Putting two organismes together gives nobody what they had lost: a suspension of either place stays, the role of a
place that is over counts for nothing, and a mandate never grows.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from idp.habilitations.delegation import Qualite, Role
from idp.habilitations.etats import place_close

_RANGS = (Role.UTILISATEUR, Role.RESPONSABLE_HABILITATION, Role.ADMINISTRATEUR)


class Obstacle(StrEnum):
    """Why two organismes are not put together, or not taken apart; the pages explain each."""

    LE_MEME = "le_meme"
    DEJA_REUNI = "deja_reuni"
    SUSPENDU = "suspendu"
    REVUE = "revue"
    IMPORT = "import"
    REMPLACEMENT = "remplacement"
    DEFAITE = "defaite"
    GROUPES_MELES = "groupes_meles"
    MANDATS_MELES = "mandats_meles"


@dataclass(frozen=True, slots=True)
class Place:
    """A person's place in an organisme; ``mandat``, whether a mandate of theirs is not ended."""

    role: Role
    ouverture: date
    cloture: date | None
    suspendue: bool
    suspendue_par: Qualite | None
    mandat: bool = False

    def close(self, jour: date) -> bool:
        """Whether it is over."""
        return place_close(self.ouverture, self.cloture, suspendue=self.suspendue, jour=jour)

    @property
    def suspendue_par_la_caf(self) -> bool:
        """Whether only the Caf gives it back."""
        return self.suspendue and self.suspendue_par in (None, Qualite.CAF)


class Mandats(StrEnum):
    """What becomes of the mandate of the place that is absorbed."""

    AUCUN = "aucun"
    SUIT = "suit"
    FINIT = "finit"


@dataclass(frozen=True, slots=True)
class Double:
    """One place in the place of two; ``perd_le_sien``, the kept place loses its own mandate."""

    place: Place
    mandat: Mandats = Mandats.AUCUN
    perd_le_sien: bool = False


def reunir(gardee: Place, absorbee: Place, jour: date) -> Double:
    """What a person who is in both has afterwards, and what becomes of their mandates."""
    place = _dates(gardee, absorbee, jour)
    role = max(_role(gardee, jour), _role(absorbee, jour), key=_RANGS.index)
    place = replace(place, role=role)
    if role is Role.ADMINISTRATEUR:
        mandat = Mandats.FINIT if absorbee.mandat else Mandats.AUCUN
        return Double(place, mandat, perd_le_sien=gardee.mandat)
    if not absorbee.mandat:
        return Double(place)
    # A mandate has bounds of its own: two are not added up, and one is kept.
    suit = not gardee.mandat and role is Role.RESPONSABLE_HABILITATION
    return Double(place, Mandats.SUIT if suit else Mandats.FINIT)


def _role(place: Place, jour: date) -> Role:
    return Role.UTILISATEUR if place.close(jour) else place.role


def _dates(gardee: Place, absorbee: Place, jour: date) -> Place:
    """Those of the place that is open, of both when both are; what the Caf suspended stays so."""
    if absorbee.close(jour):
        place = gardee
    elif gardee.close(jour):
        place = absorbee
    else:
        fins = (gardee.cloture, absorbee.cloture)
        place = replace(
            gardee,
            ouverture=min(gardee.ouverture, absorbee.ouverture),
            cloture=None if None in fins else max(fin for fin in fins if fin),
        )
    suspendue = next((une for une in (gardee, absorbee) if une.suspendue_par_la_caf), None)
    if suspendue is None and not gardee.close(jour) and not absorbee.close(jour):
        suspendue = next((une for une in (gardee, absorbee) if une.suspendue), None)
    if suspendue is None:
        return place
    return replace(place, suspendue=True, suspendue_par=suspendue.suspendue_par)
