"""What a change of a user would do, told before it is done: from the file that was shown and what is asked; pure.

Dates of one box are ``dates_de_groupe.py``'s; ``application.py`` does what is told here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from idp.habilitations.dates_de_groupe import (
    Coche,
    Dates,
    RefusDeDates,
    ouvert_le,
    perdu_a_la_fin,
    periode_voulue,
    refus_de_dates,
)
from idp.habilitations.delegation import RefusDAgir, ouvert_par
from idp.habilitations.etats import Etat
from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.models import Mobilite
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.policy import Periode


@dataclass(frozen=True, slots=True)
class Modification:
    """What the form asks for; ``groupes`` are the boxes that stay or become ticked, ``dates`` of those that have
    any: without, a box that is ticked keeps its own, and a new one opens with the place and has no end."""

    ouverture: date
    cloture: date | None
    mobilite: Mobilite
    groupes: frozenset[UUID]
    dates: Mapping[UUID, Dates] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DatesChangees:
    """A box that stays or becomes ticked, and its dates if they are not what they would be without saying."""

    groupe: GroupeACocher
    avant: Periode | None
    apres: Periode
    a_venir: bool
    """Whether it opens nothing yet."""
    perd: bool
    """Whether nothing else opens the same after its end."""


@dataclass(frozen=True, slots=True)
class Changements:
    """What would change, to be told before it is done: boxes, and the accesses that are won and lost by them.

    The two differ: a box may be unticked whose accesses another one still opens.
    """

    coches: tuple[GroupeACocher, ...] = ()
    decoches: tuple[GroupeACocher, ...] = ()
    gagnes: tuple[GroupeACocher, ...] = ()
    perdus: tuple[GroupeACocher, ...] = ()
    dates: tuple[DatesChangees, ...] = ()
    ouverture: date | None = None
    cloture: tuple[date | None, date | None] | None = None
    mobilite: Mobilite | None = None

    def __bool__(self) -> bool:
        """Whether anything would."""
        return self != Changements()

    @property
    def quittes_sans_perte(self) -> tuple[GroupeACocher, ...]:
        """Boxes unticked of which something else still opens everything."""
        perdu = ouvert_par(groupe.bases for groupe in self.perdus)
        return tuple(groupe for groupe in self.decoches if not groupe.bases & perdu)

    @property
    def rejoints_sans_gain(self) -> tuple[GroupeACocher, ...]:
        """Boxes ticked that open nothing more than what was open."""
        gagne = ouvert_par(groupe.bases for groupe in self.gagnes)
        plus_tard = {un.groupe.id for un in self.dates if un.a_venir}
        return tuple(
            groupe
            for groupe in self.coches
            if not groupe.bases & gagne and groupe.id not in plus_tard
        )

    @property
    def de_la_place(self) -> bool:
        """Whether dates or poste would change, and not boxes alone."""
        return bool(self.ouverture or self.cloture or self.mobilite)


class RefusDeModification(StrEnum):
    """Why nothing is changed."""

    SOI_MEME = "soi_meme"
    ROLE_PROTEGE = "role_protege"
    PARTAGE = "partage"
    DERNIER_ADMINISTRATEUR = "dernier_administrateur"
    GROUPE_INCONNU = "groupe_inconnu"
    OUVERTURE_PASSEE = "ouverture_passee"
    CLOTURE_PASSEE = "cloture_passee"
    DATE_SANS_GROUPE = "date_sans_groupe"
    DEBUT_DE_GROUPE_PASSE = "debut_de_groupe_passe"
    FIN_DE_GROUPE_PASSEE = "fin_de_groupe_passee"
    DATES_INVERSEES = "dates_inversees"
    CLOS = "clos"
    ENTRE_TEMPS = "entre_temps"


_REFUS = {
    RefusDAgir.SOI_MEME: RefusDeModification.SOI_MEME,
    RefusDAgir.ROLE_PROTEGE: RefusDeModification.ROLE_PROTEGE,
}
_REFUS_DE_DATES = {
    RefusDeDates.SANS_GROUPE: RefusDeModification.DATE_SANS_GROUPE,
    RefusDeDates.DEBUT_PASSE: RefusDeModification.DEBUT_DE_GROUPE_PASSE,
    RefusDeDates.FIN_PASSEE: RefusDeModification.FIN_DE_GROUPE_PASSEE,
    RefusDeDates.INVERSEES: RefusDeModification.DATES_INVERSEES,
}


def preparer(fiche: Fiche, voulu: Modification, jour: date) -> Changements | RefusDeModification:
    """What the change would do, read by who asks for it; nothing opens or closes in the past."""
    if fiche.refus_de_cocher:
        return _REFUS[fiche.refus_de_cocher]
    if fiche.etat(jour) is Etat.CLOS:
        return RefusDeModification.CLOS
    # The same answer for all that has no box, whether it is held: a responsable is not told what they do not give.
    if not voulu.groupes <= {groupe.id for groupe in fiche.offerts}:
        return RefusDeModification.GROUPE_INCONNU
    futures = coches_voulues(fiche, voulu, jour)
    changements = _changements(fiche, voulu, futures, jour)
    return (
        _refus_de_dates(fiche, changements, jour)
        or _refus_de_dates_de_groupe(fiche, voulu, futures, jour)
        or changements
    )


def _changements(
    fiche: Fiche, voulu: Modification, futures: Mapping[UUID, Coche], jour: date
) -> Changements:
    # Told as of the first day of who is yet to come.
    vu_le = max(jour, voulu.ouverture)
    avant = ouvert_le(vu_le, fiche.coches.values())
    apres = ouvert_le(vu_le, futures.values())
    tenus = fiche.coches.keys()
    return Changements(
        coches=tuple(un for un in fiche.offerts if un.id in voulu.groupes - tenus),
        decoches=tuple(un for un in fiche.offerts if un.id in tenus - voulu.groupes),
        gagnes=tuple(un for un in fiche.connus if un.id in apres - avant),
        perdus=tuple(un for un in fiche.connus if un.id in avant - apres),
        dates=tuple(_dates_changees(fiche, futures, vu_le)),
        ouverture=voulu.ouverture if voulu.ouverture != fiche.ouverture else None,
        cloture=(fiche.cloture, voulu.cloture) if voulu.cloture != fiche.cloture else None,
        mobilite=voulu.mobilite if voulu.mobilite is not fiche.mobilite else None,
    )


def coches_voulues(fiche: Fiche, voulu: Modification, jour: date) -> dict[UUID, Coche]:
    """Every box as it would be; those that the reader may not change stay as they are."""
    changeables = {groupe.id for groupe in fiche.offerts}
    futures = {one: coche for one, coche in fiche.coches.items() if one not in changeables}
    for groupe in fiche.offerts:
        if groupe.id not in voulu.groupes:
            continue
        tenue = fiche.coches.get(groupe.id)
        periode = periode_voulue(
            tenue.periode if tenue else None,
            voulu.dates.get(groupe.id),
            ouverture=(fiche.ouverture, voulu.ouverture),
            jour=jour,
        )
        futures[groupe.id] = Coche(groupe.bases, periode)
    return futures


def _dates_changees(
    fiche: Fiche, futures: Mapping[UUID, Coche], vu_le: date
) -> Iterator[DatesChangees]:
    for groupe in fiche.offerts:
        if groupe.id not in futures:
            continue
        tenue, apres = fiche.coches.get(groupe.id), futures[groupe.id].periode
        sans_rien_dire = apres.fin is None and apres.debut <= vu_le
        if apres == (tenue.periode if tenue else None) or (tenue is None and sans_rien_dire):
            continue
        yield DatesChangees(
            groupe=groupe,
            avant=tenue.periode if tenue else None,
            apres=apres,
            a_venir=apres.debut > vu_le,
            perd=bool(perdu_a_la_fin(groupe.id, futures)),
        )


def _refus_de_dates_de_groupe(
    fiche: Fiche, voulu: Modification, futures: Mapping[UUID, Coche], jour: date
) -> RefusDeModification | None:
    # What has no box is not looked at, whether it is held.
    vides = {groupe.id for groupe in fiche.offerts} - futures.keys() - fiche.coches.keys()
    if any(voulu.dates.get(groupe_id, Dates()) != Dates() for groupe_id in vides):
        return RefusDeModification.DATE_SANS_GROUPE
    for groupe_id, coche in futures.items():
        tenue = fiche.coches.get(groupe_id)
        refus = refus_de_dates(tenue.periode if tenue else None, coche.periode, jour)
        if refus:
            return _REFUS_DE_DATES[refus]
    return None


def _refus_de_dates(fiche: Fiche, prevu: Changements, jour: date) -> RefusDeModification | None:
    if fiche.refus_de_regler and prevu.de_la_place:
        return RefusDeModification.PARTAGE
    if fiche.dernier_administrateur(jour) and prevu.cloture and prevu.cloture[1]:
        return RefusDeModification.DERNIER_ADMINISTRATEUR
    if prevu.ouverture and min(prevu.ouverture, fiche.ouverture) < jour:
        return RefusDeModification.OUVERTURE_PASSEE
    if prevu.cloture and prevu.cloture[1] and prevu.cloture[1] < jour:
        return RefusDeModification.CLOTURE_PASSEE
    return None
