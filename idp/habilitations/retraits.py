"""What is taken back from a user: an habilitation, or their place in the organisme, for a time or for good.

Services are told at once through the port ``Acces``, and the person's session here stays: they may work for
another organisme. Rights that end by their dates are seen when they are read (``claims.py``): nothing is sent.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from idp import audit, clock
from idp.audit import Actor, Event
from idp.db import db
from idp.errors import NotHere
from idp.habilitations.administrateurs import administrateurs_ouverts
from idp.habilitations.events import (
    HabilitationRetiree,
    RattachementClos,
    RattachementRepris,
    RattachementRouvert,
    RattachementSuspendu,
)
from idp.habilitations.models import (
    ContratDeService,
    Groupe,
    Habilitation,
    Rattachement,
    Role,
)
from idp.habilitations.policy import Depart, RefusDeDepart, refus_de_depart
from idp.habilitations.ports import ports
from idp.habilitations.tenue import tenir


@dataclass(frozen=True, slots=True)
class Demandeur:
    """Who takes back: somebody of ``organisme_id``, or the Caf when it is None."""

    acteur: Actor
    organisme_id: UUID | None = None


def retirer_habilitation(
    rattachement_id: UUID, groupe_id: UUID, *, par: Demandeur, now: datetime
) -> bool:
    """Take a person out of a group, at once; False when they were not in it."""
    rattachement = _rattachement(rattachement_id, par)
    ligne = db.session.execute(
        select(Groupe.code, ContratDeService.service)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .where(Groupe.id == groupe_id)
    ).one_or_none()
    # A row is a right: what was is told by the journal.
    retirees = db.session.execute(
        delete(Habilitation)
        .where(Habilitation.rattachement_id == rattachement_id, Habilitation.groupe_id == groupe_id)
        .returning(Habilitation.id)
    ).all()
    if ligne is None or not retirees:
        return False
    ports().acces.retirer(rattachement_id, ligne.service, now)
    event = HabilitationRetiree(rattachement_id=rattachement_id, groupe=ligne.code)
    _journaliser(event, rattachement, par, now)
    return True


def suspendre(rattachement_id: UUID, *, par: Demandeur, now: datetime) -> RefusDeDepart | None:
    """Take every right for this organisme away until ``reprendre``; why it is refused, None when it is done."""
    return _faire_partir(
        rattachement_id, RattachementSuspendu(rattachement_id=rattachement_id), par, now
    )


def clore(rattachement_id: UUID, *, par: Demandeur, now: datetime) -> RefusDeDepart | None:
    """End the place of a person in an organisme today; why it is refused, None when it is done."""
    refus = _faire_partir(
        rattachement_id, RattachementClos(rattachement_id=rattachement_id), par, now
    )
    if refus is None:
        # The day of a date de clôture still belongs to the period: the suspension is what acts at once.
        rattachement = _rattachement(rattachement_id, par)
        _ecrire(rattachement_id, cloture=max(rattachement.ouverture, clock.today(now)))
    return refus


def reprendre(rattachement_id: UUID, *, par: Demandeur, now: datetime) -> bool:
    """Give back what ``suspendre`` took; False when it was not suspended, or is closed."""
    rattachement = _rattachement(rattachement_id, par)
    clos = rattachement.cloture is not None and rattachement.cloture <= clock.today(now)
    if rattachement.suspendu_at is None or clos:
        return False
    _ecrire(rattachement_id, suspendu_at=None)
    _journaliser(RattachementRepris(rattachement_id=rattachement_id), rattachement, par, now)
    return True


def rouvrir(rattachement_id: UUID, *, par: Demandeur, now: datetime) -> bool:
    """Open a closed place again, without end, with the groups that were not taken; False when it is open."""
    rattachement = _rattachement(rattachement_id, par)
    tenir(rattachement.organisme_id)
    db.session.refresh(rattachement)
    jour = clock.today(now)
    clos = rattachement.cloture is not None and rattachement.cloture <= jour
    if not clos or (rattachement.cloture == jour and rattachement.suspendu_at is None):
        return False
    _ecrire(rattachement_id, cloture=None, suspendu_at=None)
    _journaliser(RattachementRouvert(rattachement_id=rattachement_id), rattachement, par, now)
    return True


def _faire_partir(
    rattachement_id: UUID, event: Event, par: Demandeur, now: datetime
) -> RefusDeDepart | None:
    rattachement = _rattachement(rattachement_id, par)
    # Two administrateurs who take each other out at the same instant: the second waits, then is refused.
    tenir(rattachement.organisme_id)
    db.session.refresh(rattachement)
    refus = refus_de_depart(_depart(rattachement, par, now))
    if refus is not None:
        return refus
    _ecrire(rattachement_id, suspendu_at=now)
    ports().acces.retirer(rattachement_id, None, now)
    _journaliser(event, rattachement, par, now)
    return None


def _rattachement(rattachement_id: UUID, par: Demandeur) -> Rattachement:
    rattachement = db.session.get(Rattachement, rattachement_id)
    if rattachement is None or par.organisme_id not in (None, rattachement.organisme_id):
        raise NotHere("Cet utilisateur n’existe pas, ou n’est pas de votre organisme.")
    return rattachement


def _depart(rattachement: Rattachement, par: Demandeur, now: datetime) -> Depart:
    ouverts = administrateurs_ouverts(rattachement.organisme_id, clock.today(now))
    autres = [account_id for account_id, _nom in ouverts if account_id != rattachement.account_id]
    return Depart(
        par_l_organisme=par.organisme_id is not None,
        soi_meme=par.acteur.account_id == rattachement.account_id,
        dernier_administrateur=rattachement.role is Role.ADMINISTRATEUR and not autres,
    )


def _ecrire(rattachement_id: UUID, **valeurs: object) -> None:
    db.session.execute(
        update(Rattachement).where(Rattachement.id == rattachement_id).values(**valeurs)
    )


def _journaliser(event: Event, rattachement: Rattachement, par: Demandeur, now: datetime) -> None:
    audit.record(
        event,
        at=now,
        actor=par.acteur,
        account_id=rattachement.account_id,
        organisme_id=rattachement.organisme_id,
    )
