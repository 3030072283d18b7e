"""The Caf replaces the administrateur of an organisme (guide, page 3: à titre exceptionnel): two agents.

One asks, with a motive and the successor; another one agrees (``deux_agents.py`` says who that is). Then alone the
former administrateurs become plain users, and are told by mail; the organisme is told by letter, the journal tells
who asked and who agreed. Whether somebody who asked the Caf may administer (``demandes.py``) is decided in the
same way, and the others stay what they are.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from idp import audit, clock
from idp.accounts import provisioning
from idp.audit import Event
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import second_agent
from idp.habilitations.administration import roles, successions
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers import annonces
from idp.habilitations.events import (
    RemplacementDecide,
    RemplacementDemande,
    SuccessionAppuyee,
)
from idp.habilitations.groupes import groupes_de_l_organisme
from idp.habilitations.models import (
    EtatSuccession,
    Habilitation,
    Organisme,
    Rattachement,
    Role,
    RoleAgent,
    Succession,
    TypeCourrier,
    Voie,
)
from idp.habilitations.organismes.enregistrement import preparer_courriers
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.supervision.models import Remplacement
from idp.habilitations.supervision.suspensions import exiger
from idp.habilitations.tenue import tenir, tenir_vivant

LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Successeur:
    """Somebody of the organisme, or a new person, who gets the two letters; ``demande`` is what they asked
    themselves, and then the others stay."""

    rattachement_id: UUID | None = None
    demande: Succession | None = None
    civilite: str | None = None
    nom: str | None = None
    prenom: str | None = None


class RefusDeRemplacement(StrEnum):
    """Why nothing is asked or decided: ordinary outcomes, which pages explain."""

    DEJA_EN_COURS = "deja_en_cours"
    DEJA_ADMINISTRATEUR = "deja_administrateur"
    PAS_ACTIF = "pas_actif"
    MEME_AGENT = "meme_agent"
    CREE_PAR_L_AUTRE = "cree_par_l_autre"
    TROP_RECENT = "trop_recent"
    PERIMEE = "perimee"


def demander(
    agent: AgentVu, organisme_id: UUID, successeur: Successeur, *, motif: str, now: datetime
) -> UUID | RefusDeRemplacement:
    """Ask; nothing changes before another agent agrees."""
    exiger(agent, RoleAgent.SUPERVISEUR)
    organisme_de(agent, organisme_id)
    tenir_vivant(organisme_id)
    en_cours = db.session.scalars(
        select(Remplacement).where(
            Remplacement.organisme_id == organisme_id,
            Remplacement.etat == EtatSuccession.EN_ATTENTE,
        )
    ).one_or_none()
    if en_cours is not None and _attend(en_cours, now):
        return RefusDeRemplacement.DEJA_EN_COURS
    if second_agent.est_nouveau(agent.account_id, now):
        return RefusDeRemplacement.TROP_RECENT
    refus = _refus(organisme_id, successeur.rattachement_id, now)
    if refus:
        return refus
    if en_cours is not None:
        en_cours.etat = EtatSuccession.ANNULEE
        db.session.flush()
    demande = successeur.demande
    remplacement = Remplacement(
        organisme_id=organisme_id,
        successeur_id=successeur.rattachement_id,
        succession_id=demande.id if demande else None,
        civilite=successeur.civilite,
        nom=successeur.nom,
        prenom=successeur.prenom,
        motif=motif,
        demande_par=agent.account_id,
        demande_at=now,
        expire_at=demande.expires_at if demande else now + LIFETIME,
    )
    db.session.add(remplacement)
    db.session.flush()
    if demande:
        _noter_l_appui(agent, remplacement, motif, now)
    else:
        event = RemplacementDemande(remplacement_id=remplacement.id, motif=motif)
        _journaliser(event, agent, organisme_id, now)
    return remplacement.id


def accorder(
    agent: AgentVu, organisme_id: UUID, remplacement_id: UUID, now: datetime
) -> RefusDeRemplacement | None:
    """Another agent agrees; None when it is done."""
    remplacement = _a_decider(agent, organisme_id, remplacement_id, now)
    if not isinstance(remplacement, Remplacement):
        return remplacement
    refus = _refus_d_accord(agent, remplacement, now)
    if refus:
        return refus
    _clore(agent, remplacement, EtatSuccession.ACCEPTEE, now)
    demande = _demande(remplacement, now)
    if demande:
        successions.repondre_pour_la_caf(
            demande, accepte=True, motif=remplacement.motif, par=agent.actor, now=now
        )
        _ecrire_a_l_organisme(demande.candidat_id, organisme_id, now)
    else:
        _remplacer(agent, remplacement, now)
    return None


def refuser(
    agent: AgentVu, organisme_id: UUID, remplacement_id: UUID, *, motif: str, now: datetime
) -> RefusDeRemplacement | None:
    """Another agent refuses, and says why; None when it is done."""
    remplacement = _a_decider(agent, organisme_id, remplacement_id, now)
    if not isinstance(remplacement, Remplacement):
        return remplacement
    remplacement.refus = motif
    _clore(agent, remplacement, EtatSuccession.REFUSEE, now)
    demande = _demande(remplacement, now)
    if demande:
        successions.repondre_pour_la_caf(
            demande, accepte=False, motif=motif, par=agent.actor, now=now
        )
    return None


def _a_decider(
    agent: AgentVu, organisme_id: UUID, remplacement_id: UUID, now: datetime
) -> Remplacement | RefusDeRemplacement:
    exiger(agent, RoleAgent.SUPERVISEUR)
    tenir(organisme_id)
    remplacement = trouver(agent, organisme_id, remplacement_id)
    if not _attend(remplacement, now):
        return RefusDeRemplacement.PERIMEE
    if remplacement.demande_par == agent.account_id:
        return RefusDeRemplacement.MEME_AGENT
    return remplacement


def _attend(remplacement: Remplacement, now: datetime) -> bool:
    """Whether it may still be decided: who asked the Caf may have left, or have taken it back."""
    if remplacement.etat is not EtatSuccession.EN_ATTENTE or remplacement.expire_at <= now:
        return False
    return remplacement.succession_id is None or _demande(remplacement, now) is not None


def _demande(remplacement: Remplacement, now: datetime) -> Succession | None:
    if remplacement.succession_id is None:
        return None
    return successions.adressee_a_la_caf(remplacement.succession_id, now)


def annuler(agent: AgentVu, organisme_id: UUID, remplacement_id: UUID, now: datetime) -> bool:
    """The agent who asked takes it back; False when it is decided, or another one asked."""
    exiger(agent, RoleAgent.SUPERVISEUR)
    tenir(organisme_id)
    remplacement = trouver(agent, organisme_id, remplacement_id)
    sien = remplacement.demande_par == agent.account_id
    if not sien or remplacement.etat is not EtatSuccession.EN_ATTENTE:
        return False
    _clore(agent, remplacement, EtatSuccession.ANNULEE, now)
    if remplacement.succession_id:
        _noter_l_appui(agent, remplacement, "", now, retiree=True)
    return True


def abandonner(succession_id: UUID, agent: AgentVu, now: datetime) -> None:
    """The Caf answers what was asked without waiting for the second agent of whoever wanted it."""
    for remplacement in db.session.scalars(
        select(Remplacement).where(
            Remplacement.succession_id == succession_id,
            Remplacement.etat == EtatSuccession.EN_ATTENTE,
        )
    ):
        _clore(agent, remplacement, EtatSuccession.REFUSEE, now)


def trouver(agent: AgentVu, organisme_id: UUID, remplacement_id: UUID) -> Remplacement:
    """One of an organisme of this agent; raises ``NotHere``."""
    organisme_de(agent, organisme_id)
    found = db.session.scalars(
        select(Remplacement)
        .where(Remplacement.id == remplacement_id, Remplacement.organisme_id == organisme_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotHere("Cette demande n’existe pas, ou n’est pas de cet organisme.")
    return found


def _refus(
    organisme_id: UUID, rattachement_id: UUID | None, now: datetime
) -> RefusDeRemplacement | None:
    """Why this person of the organisme may not become its administrateur."""
    if rattachement_id is None:
        return None
    role = db.session.scalar(
        select(Rattachement.role).where(
            Rattachement.id == rattachement_id, Rattachement.organisme_id == organisme_id
        )
    )
    if role is None:
        raise NotHere("Cet utilisateur n’existe pas, ou n’est pas de cet organisme.")
    if role is Role.ADMINISTRATEUR:
        return RefusDeRemplacement.DEJA_ADMINISTRATEUR
    return None if successions.peut_agir(rattachement_id, now) else RefusDeRemplacement.PAS_ACTIF


def _refus_d_accord(
    agent: AgentVu, remplacement: Remplacement, now: datetime
) -> RefusDeRemplacement | None:
    refus = second_agent.refus_de_second({remplacement.demande_par}, agent.account_id, now)
    if refus:
        return RefusDeRemplacement(refus.value)
    return _refus(remplacement.organisme_id, remplacement.successeur_id, now)


def _clore(agent: AgentVu, remplacement: Remplacement, etat: EtatSuccession, now: datetime) -> None:
    remplacement.etat = etat
    remplacement.decide_par = agent.account_id
    remplacement.decide_at = now
    db.session.flush()
    if remplacement.succession_id:
        return  # Told of the succession.
    event = RemplacementDecide(
        remplacement_id=remplacement.id, etat=etat, motif=remplacement.refus or ""
    )
    _journaliser(event, agent, remplacement.organisme_id, now)


def _remplacer(agent: AgentVu, remplacement: Remplacement, now: datetime) -> None:
    organisme = db.session.get_one(Organisme, remplacement.organisme_id)
    roles.demettre_tous(organisme.id, par=agent.actor, now=now)
    nouveau_id = remplacement.successeur_id
    if nouveau_id is None:
        nouveau_id = _nouvelle_personne(remplacement, organisme, now)
    roles.promouvoir(nouveau_id, organisme.id, Voie.CAF, par=agent.actor, now=now)
    _donner_tout(nouveau_id, organisme.id, now)
    _ecrire_a_l_organisme(nouveau_id, organisme.id, now)


def _ecrire_a_l_organisme(nouveau_id: UUID, organisme_id: UUID, now: datetime) -> None:
    account_id = db.session.get_one(Rattachement, nouveau_id).account_id
    annonces.demander(TypeCourrier.REMPLACEMENT, organisme_id, now, account_id=account_id)


def _nouvelle_personne(remplacement: Remplacement, organisme: Organisme, now: datetime) -> UUID:
    account = provisioning.create_account(
        now=now,
        civility=remplacement.civilite,
        family_name=remplacement.nom,
        given_name=remplacement.prenom,
    )
    rattachement = Rattachement(
        account_id=account.id,
        organisme_id=organisme.id,
        ouverture=clock.today(now),
        created_at=now,
    )
    db.session.add(rattachement)
    db.session.flush()
    preparer_courriers(account, organisme, now)
    return rattachement.id


def _donner_tout(rattachement_id: UUID, organisme_id: UUID, now: datetime) -> None:
    """Who administers an organisme holds every groupe of the Caf."""
    tenus = set(
        db.session.scalars(
            select(Habilitation.groupe_id).where(Habilitation.rattachement_id == rattachement_id)
        )
    )
    db.session.add_all(
        Habilitation(
            rattachement_id=rattachement_id,
            groupe_id=groupe.id,
            debut=clock.today(now),
            granted_at=now,
        )
        for groupe in groupes_de_l_organisme(organisme_id)
        if not groupe.sous_groupe and groupe.id not in tenus
    )
    db.session.flush()


def _noter_l_appui(
    agent: AgentVu,
    remplacement: Remplacement,
    motif: str,
    now: datetime,
    *,
    retiree: bool = False,
) -> None:
    if remplacement.succession_id is None or remplacement.successeur_id is None:
        return
    place = db.session.get_one(Rattachement, remplacement.successeur_id)
    event = SuccessionAppuyee(remplacement.succession_id, motif, retiree=retiree)
    audit.record(
        event,
        at=now,
        actor=agent.actor,
        account_id=place.account_id,
        organisme_id=remplacement.organisme_id,
    )


def _journaliser(event: Event, agent: AgentVu, organisme_id: UUID, now: datetime) -> None:
    audit.record(event, at=now, actor=agent.actor, organisme_id=organisme_id)
