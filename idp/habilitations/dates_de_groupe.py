"""From when and until when a box is ticked: what is asked becomes a period, or is refused; pure.

Both days belong to the period (``policy.Periode``). A right neither opens nor closes in the past: to take one away
today, its box is unticked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from idp.habilitations.delegation import Bases, ouvert_par
from idp.habilitations.policy import Periode


@dataclass(frozen=True, slots=True)
class Dates:
    """What is asked for one groupe: None is « from now on », and « without end »."""

    debut: date | None = None
    fin: date | None = None


@dataclass(frozen=True, slots=True)
class Coche:
    """A box that is ticked: what it opens, and when."""

    bases: Bases
    periode: Periode


class RefusDeDates(StrEnum):
    """Why nothing is changed."""

    SANS_GROUPE = "sans_groupe"
    DEBUT_PASSE = "debut_passe"
    FIN_PASSEE = "fin_passee"
    INVERSEES = "inversees"


def periode_voulue(
    avant: Periode | None, asked: Dates | None, *, ouverture: tuple[date, date], jour: date
) -> Periode:
    """When a box that stays or becomes ticked will open; ``ouverture`` of the place, before and after.

    A right that was to start with the place starts with it wherever that moves.
    """
    vient = max(ouverture[1], jour)
    if avant is None:
        return Periode((asked and asked.debut) or vient, asked.fin if asked else None)
    suit = avant.debut == ouverture[0] and avant.debut > jour
    debut = vient if suit else avant.debut
    if asked is None:
        return Periode(debut, avant.fin)
    deplace = asked.debut if asked.debut not in (None, avant.debut) else None
    return Periode(deplace or debut, asked.fin)


def refus_de_dates(avant: Periode | None, apres: Periode, jour: date) -> RefusDeDates | None:
    """Why a box may not have these dates; None when it may, or already has them."""
    if apres == avant:
        return None
    debut_change = avant is None or apres.debut != avant.debut
    if debut_change and min(apres.debut, avant.debut if avant else apres.debut) < jour:
        return RefusDeDates.DEBUT_PASSE
    if apres.fin is None:
        return None
    if apres.fin < jour and (avant is None or apres.fin != avant.fin):
        return RefusDeDates.FIN_PASSEE
    return RefusDeDates.INVERSEES if apres.fin < apres.debut else None


def ouvert_le(jour: date, coches: Iterable[Coche]) -> Bases:
    """All that these boxes open on that day."""
    return ouvert_par(coche.bases for coche in coches if coche.periode.contient(jour))


def perdu_a_la_fin(de: UUID, coches: Mapping[UUID, Coche]) -> Bases:
    """What nothing opens any more the day after this box ends; nothing when it has no end."""
    coche = coches[de]
    fin = coche.periode.fin
    if fin is None or fin == date.max:
        return Bases()
    lendemain = date.fromordinal(fin.toordinal() + 1)
    return coche.bases - ouvert_le(lendemain, coches.values())
