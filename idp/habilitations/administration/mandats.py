"""Mandates: what an administrateur delegates to a responsable d'habilitation, or to a program of the partner.

A mandate is never altered: giving another one to the same person ends the first. Each right that was given under
it keeps naming it. Whether it may be given is decided in ``delegation.py``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update

from idp import audit, mail
from idp.accounts.models import Account
from idp.audit import Actor, Event
from idp.db import db
from idp.habilitations import acteurs, cibles
from idp.habilitations.acteurs import actor_of
from idp.habilitations.delegation import (
    Acteur,
    Bases,
    RefusDAgir,
    ouvert_par,
    refus_de_mandater,
    refus_de_mandater_un_programme,
    refus_de_retirer_un_mandat,
)
from idp.habilitations.effets import avis
from idp.habilitations.events import MandatDonne, MandatRetire
from idp.habilitations.groupes import GroupeACocher, cochables
from idp.habilitations.models import (
    Mandat,
    MotifDAvis,
    PerimetreResponsable,
    Rattachement,
    Role,
)
from idp.habilitations.tenue import tenir


@dataclass(frozen=True, slots=True)
class MandatVoulu:
    """What is delegated: these groupes, the creation of users or not, from a day to another (both included)."""

    groupes: frozenset[UUID]
    peut_creer: bool
    debut: date
    fin: date | None = None


def donner(
    acteur: Acteur, rattachement_id: UUID, voulu: MandatVoulu, now: datetime
) -> UUID | RefusDAgir:
    """Make this person responsable d'habilitation, in place of a mandate that they have; returns the mandate."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    cible = cibles.lire(acteur, rattachement_id)
    groupes = _choisis(acteur, voulu)
    refus = refus_de_mandater(acteur, cible, _bases(groupes, voulu))
    if refus:
        return refus
    _terminer(acteur, acteur.organisme_id, _du(rattachement_id), now)
    mandat = _ouvrir(acteur, voulu, now, rattachement_id=rattachement_id)
    _role(rattachement_id, Role.RESPONSABLE_HABILITATION)
    _journaliser(acteur, _donne(mandat, groupes), cible.account_id, now)
    _ecrire(acteur, "mandat_donne", cible.account_id, now, groupes=groupes, mandat=voulu)
    return mandat.id


def donner_a_un_programme(
    acteur: Acteur, nom: str, voulu: MandatVoulu, now: datetime
) -> UUID | RefusDAgir:
    """Let a program act within these bounds; returns the mandate, under which it shows itself."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    groupes = _choisis(acteur, voulu)
    refus = refus_de_mandater_un_programme(acteur, _bases(groupes, voulu))
    if refus:
        return refus
    mandat = _ouvrir(acteur, voulu, now, programme=nom)
    _journaliser(acteur, _donne(mandat, groupes), None, now)
    return mandat.id


def retirer(acteur: Acteur, rattachement_id: UUID, now: datetime) -> RefusDAgir | None:
    """End the mandate of a person at once: a plain user again, with the groupes that they hold themself."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    cible = cibles.lire(acteur, rattachement_id)
    refus = refus_de_retirer_un_mandat(acteur, cible)
    if refus is None and not _terminer(acteur, acteur.organisme_id, _du(rattachement_id), now):
        refus = RefusDAgir.DEJA
    if refus:
        return refus
    _role(rattachement_id, Role.UTILISATEUR)
    # Services were told that this person gives access: they ask again.
    avis.retirer([rattachement_id], None, motif=MotifDAvis.ROLE, par=acteur, now=now)
    _ecrire(acteur, "mandat_retire", cible.account_id, now)
    return None


def retirer_a_un_programme(acteur: Acteur, mandat_id: UUID, now: datetime) -> bool:
    """End the mandate of a program; False when it was over, or is not of this organisme."""
    if not acteur.administre:
        return False
    celui_du_programme = and_(Mandat.id == mandat_id, Mandat.programme.is_not(None))
    return bool(_terminer(acteur, acteur.organisme_id, celui_du_programme, now))


def terminer_celui_de(
    rattachement_id: UUID, organisme_id: UUID, *, par: Acteur | Actor, now: datetime
) -> bool:
    """End the mandate of a person who leaves or becomes administrateur; False when there is none."""
    termines = _terminer(par, organisme_id, _du(rattachement_id), now)
    return bool(termines)


def _du(rattachement_id: UUID) -> ColumnElement[bool]:
    return Mandat.rattachement_id == rattachement_id


def _choisis(acteur: Acteur, voulu: MandatVoulu) -> list[GroupeACocher]:
    return [groupe for groupe in cochables(acteur) if groupe.id in voulu.groupes]


def _bases(choisis: Sequence[GroupeACocher], voulu: MandatVoulu) -> Bases:
    # With one groupe that is not the organisme's, nothing is given: the form is of another time.
    inconnus = voulu.groupes - {groupe.id for groupe in choisis}
    return Bases() if inconnus else ouvert_par(groupe.bases for groupe in choisis)


def _ouvrir(
    acteur: Acteur,
    voulu: MandatVoulu,
    now: datetime,
    *,
    rattachement_id: UUID | None = None,
    programme: str | None = None,
) -> Mandat:
    if acteur.account_id is None:
        raise ValueError("a program delegates nothing")
    mandat = Mandat(
        organisme_id=acteur.organisme_id,
        rattachement_id=rattachement_id,
        programme=programme,
        peut_creer=voulu.peut_creer,
        debut=voulu.debut,
        fin=voulu.fin,
        granted_at=now,
        granted_by=acteur.account_id,
    )
    db.session.add(mandat)
    db.session.flush()
    db.session.add_all(
        PerimetreResponsable(mandat_id=mandat.id, groupe_id=groupe_id)
        for groupe_id in sorted(voulu.groupes, key=str)
    )
    db.session.flush()
    return mandat


def _terminer(
    par: Acteur | Actor, organisme_id: UUID, lesquels: ColumnElement[bool], now: datetime
) -> list[UUID]:
    actor = actor_of(par)
    termines = db.session.execute(
        update(Mandat)
        .where(lesquels, Mandat.organisme_id == organisme_id, Mandat.ended_at.is_(None))
        .values(ended_at=now, ended_by=actor.account_id)
        .returning(Mandat.id, Mandat.rattachement_id)
        .execution_options(synchronize_session=False)
    ).all()
    for mandat_id, rattachement_id in termines:
        event = MandatRetire(mandat_id=mandat_id, rattachement_id=rattachement_id)
        audit.record(
            event,
            at=now,
            actor=actor,
            account_id=_compte_de(rattachement_id),
            organisme_id=organisme_id,
        )
    return [mandat_id for mandat_id, _rattachement_id in termines]


def _compte_de(rattachement_id: UUID | None) -> UUID | None:
    return db.session.scalar(
        select(Rattachement.account_id).where(Rattachement.id == rattachement_id)
    )


def _role(rattachement_id: UUID, role: Role) -> None:
    db.session.execute(
        update(Rattachement).where(Rattachement.id == rattachement_id).values(role=role)
    )


def _donne(mandat: Mandat, groupes: Iterable[GroupeACocher]) -> MandatDonne:
    return MandatDonne(
        mandat_id=mandat.id,
        rattachement_id=mandat.rattachement_id,
        programme=mandat.programme,
        groupes=sorted(groupe.code for groupe in groupes),
        peut_creer=mandat.peut_creer,
        fin=str(mandat.fin) if mandat.fin else None,
    )


def _journaliser(acteur: Acteur, event: Event, account_id: UUID | None, now: datetime) -> None:
    audit.record(
        event,
        at=now,
        actor=actor_of(acteur),
        account_id=account_id,
        organisme_id=acteur.organisme_id,
    )


def _ecrire(acteur: Acteur, lettre: str, account_id: UUID, now: datetime, **dit: object) -> None:
    account = db.session.get_one(Account, account_id)
    if account.email:
        mail.send(
            lettre,
            account.email,
            at=now,
            nom=account.display_name,
            organisme=acteur.raison_sociale,
            **dit,
        )
