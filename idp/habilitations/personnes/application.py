"""The change of a user, done once it was shown (``modification.py``), if they still are as they were shown.

Groups that are taken away are told to services at once (``retraits.py``).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update

from idp import clock
from idp.db import db
from idp.habilitations import acteurs
from idp.habilitations.delegation import Acteur
from idp.habilitations.events import (
    HabilitationDatee,
    HabilitationDonnee,
    RattachementModifie,
)
from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.models import Habilitation, Rattachement
from idp.habilitations.personnes import fiche, retraits
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.personnes.modification import (
    Changements,
    DatesChangees,
    Modification,
    RefusDeModification,
    coches_voulues,
    preparer,
)
from idp.habilitations.personnes.utilisateurs import donne_par, habiliter
from idp.habilitations.policy import Periode
from idp.habilitations.tenue import tenir


def appliquer(
    acteur: Acteur,
    rattachement_id: UUID,
    voulu: Modification,
    *,
    version: str,
    now: datetime,
) -> Changements | RefusDeModification:
    """Do it, if the user still is as they were shown."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    lue = fiche.lire(acteur, rattachement_id)
    if lue.version != version:
        return RefusDeModification.ENTRE_TEMPS
    changements = preparer(lue, voulu, clock.today(now))
    if isinstance(changements, RefusDeModification):
        return changements
    if changements.de_la_place:
        _ecrire(acteur, lue, voulu, now)
    # Given first: services are told of what is lost in the end, not on the way.
    futures = coches_voulues(lue, voulu, clock.today(now))
    for groupe in changements.coches:
        _donner(acteur, lue, groupe, futures[groupe.id].periode, now)
    for un in changements.dates:
        if un.avant is not None:
            _dater(acteur, lue, un, now)
    for groupe in changements.decoches:
        retraits.retirer_habilitation(rattachement_id, groupe.id, par=acteur, now=now)
    return changements


def _donner(
    acteur: Acteur, lue: Fiche, groupe: GroupeACocher, periode: Periode, now: datetime
) -> None:
    donnes = [groupe.id]
    habiliter(acteur, lue.rattachement_id, donnes, debut=periode.debut, fin=periode.fin, now=now)
    event = HabilitationDonnee(
        rattachement_id=lue.rattachement_id,
        groupe=groupe.code,
        debut=periode.debut.isoformat(),
        fin=periode.fin.isoformat() if periode.fin else None,
    )
    fiche.journaliser(acteur, event, lue, now)


def _dater(acteur: Acteur, lue: Fiche, change: DatesChangees, now: datetime) -> None:
    avant, apres = change.avant, change.apres
    valeurs: dict[str, Any] = {"debut": apres.debut, "fin": apres.fin}
    if avant and avant.fin and avant.fin < clock.today(now):
        # What had ended is given again, by who asks for it now.
        valeurs |= donne_par(acteur, now)
    db.session.execute(
        update(Habilitation)
        .where(
            Habilitation.rattachement_id == lue.rattachement_id,
            Habilitation.groupe_id == change.groupe.id,
        )
        .values(**valeurs)
    )
    event = HabilitationDatee(
        rattachement_id=lue.rattachement_id,
        groupe=change.groupe.code,
        debut=apres.debut.isoformat(),
        fin=apres.fin.isoformat() if apres.fin else None,
    )
    fiche.journaliser(acteur, event, lue, now)


def _ecrire(acteur: Acteur, lue: Fiche, voulu: Modification, now: datetime) -> None:
    db.session.execute(
        update(Rattachement)
        .where(Rattachement.id == lue.rattachement_id)
        .values(ouverture=voulu.ouverture, cloture=voulu.cloture, mobilite=voulu.mobilite)
    )
    event = RattachementModifie(
        rattachement_id=lue.rattachement_id,
        ouverture=str(voulu.ouverture),
        cloture=str(voulu.cloture) if voulu.cloture else None,
        mobilite=voulu.mobilite,
    )
    fiche.journaliser(acteur, event, lue, now)
