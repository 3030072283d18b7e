"""What lapsed for want of an answer is given back by one press, during thirty days.

Only what the lapse took, and only what may still be given: each box goes through ``delegation.py`` again.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update

from idp import audit, clock
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import acteurs, cibles
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import Acteur, refus_de_cocher
from idp.habilitations.events import HabilitationDonnee
from idp.habilitations.groupes import GroupeACocher, cochables
from idp.habilitations.personnes.utilisateurs import habiliter
from idp.habilitations.revues.events import AccesRetabli
from idp.habilitations.revues.models import DroitRevu, LigneDeRevue, Revue
from idp.habilitations.revues.policy import Issue, se_retablit_jusqu_au
from idp.habilitations.tenue import tenir


class Retour(StrEnum):
    """What became of « Rétablir »."""

    FAIT = "fait"
    DEJA = "deja"
    TROP_TARD = "trop_tard"
    RIEN = "rien"
    """Nothing of what was taken may still be given."""


def retablir(acteur: Acteur, revue_id: UUID, rattachement_id: UUID, now: datetime) -> Retour:
    """Give back what this person lost; raises ``NotHere`` for a line that did not lapse in this organisme."""
    tenir(acteur.organisme_id)
    ligne = _ligne(acteur, revue_id, rattachement_id)
    acteurs.confirmer(acteur, now)
    if ligne.restored_at is not None:
        return Retour.DEJA
    jour = clock.today(now)
    if ligne.applied_at is None or jour > se_retablit_jusqu_au(clock.today(ligne.applied_at)):
        return Retour.TROP_TARD
    rendus = _a_rendre(acteur, ligne, jour)
    if not rendus:
        return Retour.RIEN
    _rendre(acteur, ligne, rendus, now)
    db.session.execute(
        update(LigneDeRevue)
        .where(LigneDeRevue.revue_id == revue_id, LigneDeRevue.rattachement_id == rattachement_id)
        .values(restored_at=now, restored_by=acteur.account_id)
    )
    _journaliser(
        acteur,
        AccesRetabli(revue_id=revue_id, rattachement_id=rattachement_id, groupes=len(rendus)),
        ligne,
        now,
    )
    return Retour.FAIT


def _ligne(acteur: Acteur, revue_id: UUID, rattachement_id: UUID) -> LigneDeRevue:
    ligne = db.session.scalar(
        select(LigneDeRevue)
        .join(Revue, Revue.id == LigneDeRevue.revue_id)
        .where(
            Revue.id == revue_id,
            Revue.organisme_id == acteur.organisme_id,
            LigneDeRevue.rattachement_id == rattachement_id,
            LigneDeRevue.issue == Issue.CADUQUE,
        )
        .execution_options(populate_existing=True)
    )
    if ligne is None or not acteur.administre:
        raise NotHere("Cette personne n’a rien perdu dans cette revue.")
    return ligne


def _a_rendre(
    acteur: Acteur, ligne: LigneDeRevue, jour: date
) -> list[tuple[GroupeACocher, date | None]]:
    cible = cibles.lire(acteur, ligne.rattachement_id)
    tenus = cibles.bases_tenues(ligne.rattachement_id)
    offerts = {groupe.id: groupe for groupe in cochables(acteur)}
    perdus = db.session.execute(
        select(DroitRevu.groupe_id, DroitRevu.fin)
        .where(
            DroitRevu.revue_id == ligne.revue_id,
            DroitRevu.rattachement_id == ligne.rattachement_id,
            DroitRevu.lapsed_at.is_not(None),
        )
        .order_by(DroitRevu.libelle)
    )
    return [
        (offerts[groupe_id], fin)
        for groupe_id, fin in perdus
        if groupe_id in offerts
        and groupe_id not in tenus
        and (fin is None or fin >= jour)
        and refus_de_cocher(acteur, cible, offerts[groupe_id].bases) is None
    ]


def _rendre(
    acteur: Acteur,
    ligne: LigneDeRevue,
    rendus: list[tuple[GroupeACocher, date | None]],
    now: datetime,
) -> None:
    for groupe, fin in rendus:
        habiliter(
            acteur,
            ligne.rattachement_id,
            [groupe.id],
            debut=clock.today(now),
            now=now,
            fin=fin,
        )
        event = HabilitationDonnee(rattachement_id=ligne.rattachement_id, groupe=groupe.code)
        _journaliser(acteur, event, ligne, now)


def _journaliser(acteur: Acteur, event: audit.Event, ligne: LigneDeRevue, now: datetime) -> None:
    audit.record(
        event,
        at=now,
        actor=actor_of(acteur),
        account_id=ligne.account_id,
        organisme_id=acteur.organisme_id,
    )
