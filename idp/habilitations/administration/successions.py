"""Who becomes administrateur after the first one, and by which way.

Three ways (DOMAIN §5.3): an administrateur proposes a user, who accepts; a user asks, and an administrateur
co-opts them; a user asks the Caf, when nobody in the organisme can act. Each is one row, decided once. The former
administrateurs and the organisme's own address are told of each new one. How the Caf decides is in
``supervision/demandes.py``.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, func, select

from idp import audit, clock
from idp.accounts.models import Account, AccountState
from idp.audit import Actor
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import acteurs, cibles
from idp.habilitations.acteurs import actor_of
from idp.habilitations.administration import roles
from idp.habilitations.administration.administrateurs import administrateurs_ouverts
from idp.habilitations.delegation import (
    Acteur,
    RefusDAgir,
    refus_de_promouvoir,
)
from idp.habilitations.en_cours import place_ouverte
from idp.habilitations.events import (
    SuccessionDecidee,
    SuccessionDemandee,
)
from idp.habilitations.models import (
    EtatSuccession,
    Organisme,
    Rattachement,
    Role,
    Succession,
    Voie,
)
from idp.habilitations.rattachements import Selection
from idp.habilitations.tenue import tenir

LIFETIME = timedelta(days=30)
DEMANDES_PAR_JOUR = 3
"""Of one person: each is mailed to every administrateur."""


class RefusDeSuccession(StrEnum):
    """Why nothing is changed, besides what ``delegation.py`` refuses."""

    PAS_ENCORE_ACTIF = "pas_encore_actif"
    DEJA_EN_COURS = "deja_en_cours"
    PERIMEE = "perimee"
    TROP = "trop"


Refuse = RefusDAgir | RefusDeSuccession


def proposer(acteur: Acteur, rattachement_id: UUID, now: datetime) -> UUID | Refuse:
    """Propose that this user becomes administrateur; they are told by mail, and accept in their accueil."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    cible = cibles.lire(acteur, rattachement_id)
    refus = refus_de_promouvoir(acteur, cible)
    if refus:
        return refus
    if not peut_agir(rattachement_id, now):
        return RefusDeSuccession.PAS_ENCORE_ACTIF
    if acteur.account_id is None:
        return RefusDAgir.RESERVE_A_L_ADMINISTRATEUR
    succession = _ouvrir(
        acteur.organisme_id, rattachement_id, Voie.PROPOSITION, acteur.account_id, None, now
    )
    if isinstance(succession, UUID):
        roles.dire(cible.account_id, "administrateur_propose", acteur.raison_sociale, now)
    return succession


def demander(selection: Selection, voie: Voie, motif: str | None, now: datetime) -> UUID | Refuse:
    """Ask the administrateurs, or the Caf, to become one."""
    tenir(selection.organisme_id)
    if selection.role is Role.ADMINISTRATEUR:
        return RefusDAgir.DEJA
    if _demandes_du_jour(selection, now) >= DEMANDES_PAR_JOUR:
        return RefusDeSuccession.TROP
    demande = _ouvrir(
        selection.organisme_id, selection.rattachement_id, voie, selection.account_id, motif, now
    )
    if isinstance(demande, UUID) and voie is Voie.COOPTATION:
        nom = db.session.get_one(Account, selection.account_id).display_name
        for account_id, _name in administrateurs_ouverts(selection.organisme_id, clock.today(now)):
            roles.dire(
                account_id, "administrateur_demande", selection.raison_sociale, now, candidat=nom
            )
    return demande


def _demandes_du_jour(selection: Selection, now: datetime) -> int:
    demandes = select(func.count()).where(
        Succession.organisme_id == selection.organisme_id,
        Succession.asked_by == selection.account_id,
        Succession.asked_at > now - timedelta(days=1),
    )
    return db.session.scalar(demandes) or 0


def repondre(
    selection: Selection, succession_id: UUID, *, accepte: bool, now: datetime
) -> Refuse | None:
    """The person answers the proposal that was made to them; None when it is done."""
    tenir(selection.organisme_id)
    acteurs.exiger_la_delegation(selection.organisme_id)
    succession = _en_attente(succession_id, selection.organisme_id, now)
    if (
        succession is None
        or succession.voie is not Voie.PROPOSITION
        or succession.candidat_id != selection.rattachement_id
    ):
        return RefusDeSuccession.PERIMEE
    par = Actor.person(selection.account_id)
    encore = dict(administrateurs_ouverts(selection.organisme_id, clock.today(now)))
    if accepte and succession.asked_by not in encore:
        # Nobody gives what they no longer have.
        _decider(succession, EtatSuccession.ANNULEE, par, now)
        return RefusDeSuccession.PERIMEE
    if accepte and not peut_agir(selection.rattachement_id, now):
        # Closed or suspended since: the role would wait for them until they are let in again.
        return RefusDeSuccession.PAS_ENCORE_ACTIF
    _decider(succession, _etat(accepte), par, now)
    if accepte:
        roles.nommer(succession, par, now)
    return None


def decider(acteur: Acteur, succession_id: UUID, *, accepte: bool, now: datetime) -> Refuse | None:
    """An administrateur co-opts, or not, who asked them; None when it is done."""
    tenir(acteur.organisme_id)
    acteurs.confirmer(acteur, now)
    succession = _en_attente(succession_id, acteur.organisme_id, now)
    if succession is None or succession.voie is not Voie.COOPTATION:
        return RefusDeSuccession.PERIMEE
    cible = cibles.lire(acteur, succession.candidat_id)
    refus = refus_de_promouvoir(acteur, cible)
    if refus:
        return refus
    if accepte and not peut_agir(succession.candidat_id, now):
        return RefusDeSuccession.PAS_ENCORE_ACTIF
    _decider(succession, _etat(accepte), actor_of(acteur), now)
    if accepte:
        roles.nommer(succession, actor_of(acteur), now)
    else:
        roles.dire(cible.account_id, "administrateur_refuse", acteur.raison_sociale, now)
    return None


def adressee_a_la_caf(succession_id: UUID, now: datetime) -> Succession | None:
    """What somebody asked the Caf and it has not answered; its organisme is held."""
    organisme_id = db.session.scalar(
        select(Succession.organisme_id).where(Succession.id == succession_id)
    )
    if organisme_id is None:
        return None
    tenir(organisme_id)
    succession = _en_attente(succession_id, organisme_id, now)
    return succession if succession and succession.voie is Voie.CAF else None


def repondre_pour_la_caf(
    succession: Succession, *, accepte: bool, motif: str, par: Actor, now: datetime
) -> None:
    """Make of it what the Caf decided (``supervision/demandes.py``); who asked is told by mail."""
    _decider(succession, _etat(accepte), par, now, motif)
    if accepte:
        roles.nommer(succession, par, now)
        return
    candidat = db.session.get_one(Rattachement, succession.candidat_id)
    raison_sociale = db.session.get_one(Organisme, succession.organisme_id).raison_sociale
    roles.dire(candidat.account_id, "administrateur_refuse", raison_sociale, now, motif=motif)


def annuler(par: Selection, succession_id: UUID, now: datetime) -> bool:
    """Take back what one asked oneself, or what an administrateur proposed; False when it is over."""
    tenir(par.organisme_id)
    succession = _en_attente(succession_id, par.organisme_id, now)
    if succession is None:
        return False
    la_sienne = succession.candidat_id == par.rattachement_id
    proposition = succession.voie is Voie.PROPOSITION
    if not (proposition and par.peut_administrer) and not (la_sienne and not proposition):
        return False
    _decider(succession, EtatSuccession.ANNULEE, Actor.person(par.account_id), now)
    return True


def abandonner_celle_de(rattachement_id: UUID, *, par: Acteur | Actor, now: datetime) -> None:
    """Who leaves is a candidate no more."""
    for succession in db.session.scalars(
        select(Succession).where(
            Succession.candidat_id == rattachement_id,
            Succession.etat == EtatSuccession.EN_ATTENTE,
        )
    ):
        _decider(succession, EtatSuccession.ANNULEE, actor_of(par), now)


def _etat(accepte: bool) -> EtatSuccession:
    return EtatSuccession.ACCEPTEE if accepte else EtatSuccession.REFUSEE


def _ouvrir(
    organisme_id: UUID,
    candidat_id: UUID,
    voie: Voie,
    asked_by: UUID,
    motif: str | None,
    now: datetime,
) -> UUID | RefusDeSuccession:
    en_cours = db.session.scalars(
        select(Succession).where(
            Succession.candidat_id == candidat_id, Succession.etat == EtatSuccession.EN_ATTENTE
        )
    ).one_or_none()
    if en_cours is not None and en_cours.expires_at > now:
        return RefusDeSuccession.DEJA_EN_COURS
    if en_cours is not None:
        _decider(en_cours, EtatSuccession.ANNULEE, audit.WORKER, now)
    succession = Succession(
        organisme_id=organisme_id,
        candidat_id=candidat_id,
        voie=voie,
        motif=motif,
        asked_by=asked_by,
        asked_at=now,
        expires_at=now + LIFETIME,
    )
    db.session.add(succession)
    db.session.flush()
    event = SuccessionDemandee(succession_id=succession.id, voie=voie)
    _journaliser(event, succession, Actor.person(asked_by), now)
    return succession.id


def _en_attente(succession_id: UUID, organisme_id: UUID, now: datetime) -> Succession | None:
    """The one of this organisme that may still be decided; raises ``NotHere`` for another's."""
    succession = db.session.scalars(
        select(Succession)
        .where(Succession.id == succession_id, Succession.organisme_id == organisme_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if succession is None:
        raise NotHere("Cette demande n’existe pas, ou n’est pas de votre organisme.")
    ouverte = succession.etat is EtatSuccession.EN_ATTENTE and succession.expires_at > now
    return succession if ouverte else None


def _decider(
    succession: Succession, etat: EtatSuccession, par: Actor, now: datetime, motif: str = ""
) -> None:
    succession.etat = etat
    succession.decided_by = par.account_id
    succession.decided_at = now
    db.session.flush()
    event = SuccessionDecidee(
        succession_id=succession.id, voie=succession.voie, etat=etat, motif=motif
    )
    _journaliser(event, succession, par, now)


def peut_agir(rattachement_id: UUID, now: datetime) -> bool:
    """Whether this person can do something for their organisme now."""
    found = exists().where(
        Rattachement.id == rattachement_id,
        place_ouverte(Rattachement, clock.today(now)),
        Organisme.id == Rattachement.organisme_id,
        Organisme.suspendu_at.is_(None),
        Account.id == Rattachement.account_id,
        Account.state == AccountState.ACTIF,
    )
    return bool(db.session.scalar(select(found)))


def _journaliser(event: audit.Event, succession: Succession, par: Actor, now: datetime) -> None:
    account_id = db.session.scalar(
        select(Rattachement.account_id).where(Rattachement.id == succession.candidat_id)
    )
    audit.record(
        event, at=now, actor=par, account_id=account_id, organisme_id=succession.organisme_id
    )
