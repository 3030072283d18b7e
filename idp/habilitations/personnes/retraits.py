"""What is taken back from a user: an habilitation, or their place in the organisme, for a time or for good.

Services are told at once (``avis.py``), and only of what they may no longer believe: a box unticked of which
another one still opens everything tells nobody anything. Who leaves an organisme is signed out of the sessions
that work for it; who loses one group stays signed in: their other groups and services are none of it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from idp import audit, clock
from idp.audit import Actor, Event
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import acteurs, cibles
from idp.habilitations.acteurs import actor_of
from idp.habilitations.administration import mandats, successions
from idp.habilitations.administration.administrateurs import un_autre_reste
from idp.habilitations.claims import droits
from idp.habilitations.delegation import (
    Acteur,
    Bases,
    Qualite,
    RefusDAgir,
    refus_de_cocher,
    refus_de_faire_partir,
    refus_de_regler,
)
from idp.habilitations.effets import avis
from idp.habilitations.etats import place_close
from idp.habilitations.events import (
    AdministrateurRetire,
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
    MotifDAvis,
    Rattachement,
    Role,
)
from idp.habilitations.tenue import tenir

Demandeur = Acteur | Actor
"""Who takes back: somebody who acts in the console of an organisme, or the Caf (an agent, the command line)."""


def retirer_habilitation(
    rattachement_id: UUID, groupe_id: UUID, *, par: Demandeur, now: datetime
) -> bool:
    """Take a person out of a group, at once; False when they were not in it, or it is not for this actor to do."""
    rattachement = _rattachement(rattachement_id, par)
    if isinstance(par, Acteur):
        bases = cibles.bases_tenues(rattachement_id).get(groupe_id, Bases())
        if refus_de_cocher(par, cibles.lire(par, rattachement_id), bases):
            return False
    ligne = db.session.execute(
        select(Groupe.code, ContratDeService.service)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .where(Groupe.id == groupe_id)
    ).one_or_none()
    avant = _codes(rattachement_id, ligne.service, now) if ligne else frozenset()
    # A row is a right: what was is told by the journal.
    retirees = db.session.execute(
        delete(Habilitation)
        .where(Habilitation.rattachement_id == rattachement_id, Habilitation.groupe_id == groupe_id)
        .returning(Habilitation.id)
    ).all()
    if ligne is None or not retirees:
        return False
    # What is told of nobody may be held from before (an agreement suspended since): then it is ended too.
    if not avant or avant != _codes(rattachement_id, ligne.service, now):
        motif = MotifDAvis.HABILITATION
        avis.retirer([rattachement_id], ligne.service, motif=motif, par=par, now=now)
    event = HabilitationRetiree(rattachement_id=rattachement_id, groupe=ligne.code)
    _journaliser(event, rattachement, par, now)
    return True


def _codes(rattachement_id: UUID, service: str, now: datetime) -> frozenset[str]:
    """What that service is told that the person may do."""
    vus = droits(rattachement_id, service, now)
    return frozenset(vue.code for vue in vus.habilitations) if vus else frozenset()


def suspendre(rattachement_id: UUID, *, par: Demandeur, now: datetime) -> RefusDAgir | None:
    """Take every right for this organisme away until ``reprendre``; why it is refused, None when it is done."""
    event = RattachementSuspendu(rattachement_id=rattachement_id)
    return _faire_partir(rattachement_id, event, MotifDAvis.SUSPENSION, par=par, now=now)


def clore(rattachement_id: UUID, *, par: Demandeur, now: datetime) -> RefusDAgir | None:
    """End the place of a person in an organisme today; why it is refused, None when it is done."""
    # The day of a date de clôture still belongs to the period: the suspension is what acts at once.
    event = RattachementClos(rattachement_id=rattachement_id)
    refus = _faire_partir(rattachement_id, event, MotifDAvis.CLOTURE, par=par, now=now)
    if refus is None:
        rattachement = _rattachement(rattachement_id, par)
        _ecrire(rattachement_id, cloture=max(rattachement.ouverture, clock.today(now)))
        if mandats.terminer_celui_de(rattachement_id, rattachement.organisme_id, par=par, now=now):
            _ecrire(rattachement_id, role=Role.UTILISATEUR)
        successions.abandonner_celle_de(rattachement_id, par=par, now=now)
    return refus


def reprendre(rattachement_id: UUID, *, par: Demandeur, now: datetime) -> bool:
    """Give back what ``suspendre`` took; False when it was not suspended, is closed, or is not for this actor.

    The Caf that gives back a place closed since leaves it closed: its organisme may open it again.
    """
    rattachement = _rattachement(rattachement_id, par)
    tenir(rattachement.organisme_id)
    acteurs.confirmer(par, now)
    db.session.refresh(rattachement)
    if _refus_de_regler(rattachement_id, par) or rattachement.suspendu_at is None:
        return False
    if _par_plus_haut(rattachement, par):
        return False
    par_la_caf = suspendu_par_la_caf(rattachement)
    close = _est_close(rattachement, now)
    if close and not par_la_caf:
        return False
    if close:
        _ecrire(rattachement_id, suspendu_par=Qualite.ADMINISTRATEUR)
    else:
        _ecrire(rattachement_id, suspendu_at=None, suspendu_par=None)
    _journaliser(RattachementRepris(rattachement_id=rattachement_id), rattachement, par, now)
    return True


def rouvrir(rattachement_id: UUID, *, par: Demandeur, now: datetime) -> bool:
    """Open a closed place again, without end, with the groups that were not taken; False when it is open.

    A suspension decided by the Caf stays: only the Caf lifts it. What an administrateur closed, a responsable does
    not open; and an administrateur who comes back is a plain user, whom another one may propose again.
    """
    rattachement = _rattachement(rattachement_id, par)
    tenir(rattachement.organisme_id)
    acteurs.confirmer(par, now)
    db.session.refresh(rattachement)
    if _refus_de_regler(rattachement_id, par) or not _est_close(rattachement, now):
        return False
    if not suspendu_par_la_caf(rattachement) and _par_plus_haut(rattachement, par):
        return False
    # Closed by its date, nobody ended the mandate: whoever comes back is given another one, or none.
    if mandats.terminer_celui_de(rattachement_id, rattachement.organisme_id, par=par, now=now):
        _ecrire(rattachement_id, role=Role.UTILISATEUR)
    if isinstance(par, Acteur) and rattachement.role is Role.ADMINISTRATEUR:
        _ecrire(rattachement_id, role=Role.UTILISATEUR)
        event = AdministrateurRetire(rattachement_id=rattachement_id)
        _journaliser(event, rattachement, par, now)
    _ecrire(rattachement_id, cloture=None)
    if not (isinstance(par, Acteur) and suspendu_par_la_caf(rattachement)):
        _ecrire(rattachement_id, suspendu_at=None, suspendu_par=None)
    _journaliser(RattachementRouvert(rattachement_id=rattachement_id), rattachement, par, now)
    return True


def _faire_partir(
    rattachement_id: UUID, event: Event, motif: MotifDAvis, *, par: Demandeur, now: datetime
) -> RefusDAgir | None:
    rattachement = _rattachement(rattachement_id, par)
    # Two administrateurs who take each other out at the same instant: the second waits, then is refused.
    tenir(rattachement.organisme_id)
    acteurs.confirmer(par, now)
    db.session.refresh(rattachement)
    if isinstance(par, Acteur):
        refus = refus_de_faire_partir(
            par,
            cibles.lire(par, rattachement_id),
            autres_administrateurs=un_autre_reste(
                rattachement.organisme_id, rattachement.account_id, clock.today(now)
            ),
        )
        if refus is not None:
            return refus
    if not suspendu_par_la_caf(rattachement):
        _ecrire(rattachement_id, suspendu_at=now, suspendu_par=_au_titre_de(par))
    avis.fermer(rattachement, motif=motif, par=par, now=now)
    _journaliser(event, rattachement, par, now)
    return None


def _au_titre_de(par: Demandeur) -> Qualite:
    if not isinstance(par, Acteur):
        return Qualite.CAF
    # What the Caf does in the place of an organisme, the organisme undoes once it manages itself again.
    return Qualite.ADMINISTRATEUR if par.pour_la_caf else par.qualite


def _par_plus_haut(rattachement: Rattachement, par: Demandeur) -> bool:
    """Whether what ended this place was decided above who would give it back."""
    if not isinstance(par, Acteur) or rattachement.suspendu_at is None:
        return False
    if suspendu_par_la_caf(rattachement):
        return True
    return not par.administre and rattachement.suspendu_par is Qualite.ADMINISTRATEUR


def suspendu_par_la_caf(rattachement: Rattachement) -> bool:
    """Whether a suspension is not for the organisme to lift; of one whose author is unknown, it is not."""
    return rattachement.suspendu_at is not None and rattachement.suspendu_par in (None, Qualite.CAF)


def _est_close(rattachement: Rattachement, now: datetime) -> bool:
    return place_close(
        rattachement.ouverture,
        rattachement.cloture,
        suspendue=rattachement.suspendu_at is not None,
        jour=clock.today(now),
    )


def _rattachement(rattachement_id: UUID, par: Demandeur) -> Rattachement:
    rattachement = db.session.get(Rattachement, rattachement_id)
    ailleurs = (
        rattachement is not None
        and isinstance(par, Acteur)
        and par.organisme_id != rattachement.organisme_id
    )
    if rattachement is None or ailleurs:
        raise NotHere("Cet utilisateur n’existe pas, ou n’est pas de votre organisme.")
    return rattachement


def _refus_de_regler(rattachement_id: UUID, par: Demandeur) -> RefusDAgir | None:
    if not isinstance(par, Acteur):
        return None
    return refus_de_regler(par, cibles.lire(par, rattachement_id))


def _ecrire(rattachement_id: UUID, **valeurs: object) -> None:
    db.session.execute(
        update(Rattachement).where(Rattachement.id == rattachement_id).values(**valeurs)
    )


def _journaliser(event: Event, rattachement: Rattachement, par: Demandeur, now: datetime) -> None:
    audit.record(
        event,
        at=now,
        actor=actor_of(par),
        account_id=rattachement.account_id,
        organisme_id=rattachement.organisme_id,
    )
