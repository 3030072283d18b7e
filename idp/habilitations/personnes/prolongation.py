"""One more year, or no end: an account or one of its groups goes on after its date, as if changed in its file."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from idp import clock
from idp.calendar_months import add_months
from idp.errors import NotHere
from idp.habilitations.dates_de_groupe import Dates
from idp.habilitations.delegation import Acteur
from idp.habilitations.personnes import application
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.personnes.modification import Changements, Modification, RefusDeModification

UN_AN = 12


class Duree(StrEnum):
    """For how long."""

    UN_AN = "un_an"
    SANS_FIN = "sans_fin"


def fin_de(lue: Fiche, groupe_id: UUID | None) -> date | None:
    """The last day of the account, or of one of its groups, None without end; ``NotHere`` for a group that this
    person does not hold, or that the reader may not give."""
    if groupe_id is None:
        return lue.cloture
    if groupe_id not in lue.coches or groupe_id not in {groupe.id for groupe in lue.offerts}:
        raise NotHere("Ce groupe n’existe pas, ou n’est pas de cet utilisateur.")
    return lue.coches[groupe_id].periode.fin


def un_an_de_plus(fin: date, jour: date) -> date:
    """A year after it ends, or after today when it has ended; no later than the last of all days."""
    depuis = max(fin, jour)
    return add_months(depuis, UN_AN) if depuis.year < date.max.year else date.max


def prolonger(
    acteur: Acteur,
    lue: Fiche,
    groupe_id: UUID | None,
    duree: Duree,
    *,
    version: str,
    now: datetime,
) -> Changements | RefusDeModification:
    """Do it, if the user still is as they were shown; nothing changes for what has no end."""
    avant = fin_de(lue, groupe_id)
    if avant is None:
        return Changements()
    fin = un_an_de_plus(avant, clock.today(now)) if duree is Duree.UN_AN else None
    voulu = Modification(
        ouverture=lue.ouverture,
        cloture=fin if groupe_id is None else lue.cloture,
        mobilite=lue.mobilite,
        groupes=frozenset(lue.groupes),
        dates={groupe_id: Dates(fin=fin)} if groupe_id else {},
    )
    return application.appliquer(acteur, lue.rattachement_id, voulu, version=version, now=now)
