"""What becomes of each line of a review that was ended: kept, taken away, or lapsed for want of an answer.

Who keeps their access keeps it by one statement for all; the others go one by one through ``retraits.py``. A lapse
takes the groupes that were reviewed, and the mandate; what was given since the opening stays. No administrateur
lapses: an organisme keeps those it has.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from idp import audit, clock, mail
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.administration import mandats
from idp.habilitations.administration.administrateurs import administrateurs_ouverts
from idp.habilitations.delegation import Acteur
from idp.habilitations.effets import avis
from idp.habilitations.models import (
    Habilitation,
    Mandat,
    MotifDAvis,
    Organisme,
    Rattachement,
    Role,
)
from idp.habilitations.personnes import retraits
from idp.habilitations.revues.events import AccesCaduc
from idp.habilitations.revues.models import DroitRevu, LigneDeRevue, Revue
from idp.habilitations.revues.policy import Decision, Issue, se_retablit_jusqu_au


def reste(revue_id: UUID) -> bool:
    """Whether a line is left to do."""
    found = db.session.scalar(
        select(LigneDeRevue.rang)
        .where(LigneDeRevue.revue_id == revue_id, LigneDeRevue.issue.is_(None))
        .limit(1)
    )
    return found is not None


def un_lot(revue: Revue, now: datetime, *, limit: int) -> None:
    """Do at most ``limit`` of the lines that are left, and all those that are kept."""
    _garder(revue, now)
    for ligne in _restantes(revue, limit):
        ligne.issue = _faire(revue, ligne, now)
        ligne.applied_at = now
        db.session.flush()


def _garder(revue: Revue, now: datetime) -> None:
    db.session.execute(
        update(LigneDeRevue)
        .where(
            LigneDeRevue.revue_id == revue.id,
            LigneDeRevue.decision == Decision.GARDER,
            LigneDeRevue.issue.is_(None),
        )
        .values(issue=Issue.GARDEE, applied_at=now)
        .execution_options(synchronize_session=False)
    )


def _restantes(revue: Revue, limit: int) -> Sequence[LigneDeRevue]:
    return db.session.scalars(
        select(LigneDeRevue)
        .where(LigneDeRevue.revue_id == revue.id, LigneDeRevue.issue.is_(None))
        .order_by(LigneDeRevue.rang)
        .limit(limit)
        .execution_options(populate_existing=True)
    ).all()


def _faire(revue: Revue, ligne: LigneDeRevue, now: datetime) -> Issue:
    place = db.session.get_one(Rattachement, ligne.rattachement_id, populate_existing=True)
    if place.cloture is not None and (place.cloture < clock.today(now) or place.suspendu_at):
        return Issue.PARTIE
    if ligne.decision is Decision.RETIRER:
        auteur = _auteur(revue, ligne, place, now)
        if auteur is None or retraits.clore(place.id, par=auteur, now=now):
            return Issue.REFUSEE
        return Issue.RETIREE
    if place.role is Role.ADMINISTRATEUR:
        return Issue.MAINTENUE
    _laisser_echoir(revue, place, now)
    return Issue.CADUQUE


def _auteur(
    revue: Revue, ligne: LigneDeRevue, place: Rattachement, now: datetime
) -> retraits.Demandeur | None:
    """In whose name: who answered, else who ended the review, if they still administer; never the person themself.

    Nobody any more: the review itself, of whoever is not administrateur.
    """
    ouverts = administrateurs_ouverts(revue.organisme_id, clock.today(now))
    administrent = {account_id for account_id, _nom in ouverts}
    for account_id in (ligne.decided_by, revue.ended_by):
        if account_id in administrent and account_id != ligne.account_id:
            return Acteur(
                account_id=account_id,
                organisme_id=revue.organisme_id,
                raison_sociale="",
                role=Role.ADMINISTRATEUR,
            )
    return None if place.role is Role.ADMINISTRATEUR else audit.WORKER


def _laisser_echoir(revue: Revue, place: Rattachement, now: datetime) -> None:
    revus = db.session.execute(
        select(DroitRevu)
        .join(
            Habilitation,
            (Habilitation.rattachement_id == DroitRevu.rattachement_id)
            & (Habilitation.groupe_id == DroitRevu.groupe_id),
        )
        .where(
            DroitRevu.revue_id == revue.id,
            DroitRevu.rattachement_id == place.id,
            Habilitation.granted_at <= revue.opened_at,
        )
    ).scalars()
    perdus = 0
    for droit in revus.all():
        if retraits.retirer_habilitation(place.id, droit.groupe_id, par=audit.WORKER, now=now):
            droit.lapsed_at = now
            perdus += 1
    mandat = _reprendre_le_mandat(revue, place, now)
    audit.record(
        AccesCaduc(revue_id=revue.id, rattachement_id=place.id, groupes=perdus),
        at=now,
        actor=audit.WORKER,
        account_id=place.account_id,
        organisme_id=revue.organisme_id,
    )
    if perdus or mandat:
        _prevenir(revue, place, now)


def _reprendre_le_mandat(revue: Revue, place: Rattachement, now: datetime) -> bool:
    ancien = db.session.scalar(
        select(Mandat.id).where(
            Mandat.rattachement_id == place.id,
            Mandat.ended_at.is_(None),
            Mandat.granted_at <= revue.opened_at,
        )
    )
    if ancien is None or place.role is not Role.RESPONSABLE_HABILITATION:
        return False
    mandats.terminer_celui_de(place.id, revue.organisme_id, par=audit.WORKER, now=now)
    place.role = Role.UTILISATEUR
    db.session.flush()
    # Services were told that this person gives access: they ask again.
    avis.retirer([place.id], None, motif=MotifDAvis.ROLE, par=audit.WORKER, now=now)
    return True


def _prevenir(revue: Revue, place: Rattachement, now: datetime) -> None:
    account = db.session.get_one(Account, place.account_id)
    if account.email is None:
        return
    mail.send(
        "acces_non_revu",
        account.email,
        at=now,
        nom=account.display_name,
        organisme=db.session.get_one(Organisme, revue.organisme_id).raison_sociale,
        jusqu_au=se_retablit_jusqu_au(clock.today(now)),
    )
