"""The Caf suspends à titre conservatoire, and lifts: at once, everywhere, with a motive that is kept.

A user, a groupe, a contrat, a convention or an organisme, by a superviseur; a service for all its partners, by a
national agent. The effect is on the row suspended, which the one formula of the rights reads
(``idp/habilitations/policy.py``); services are told in the same transaction, and by the worker when it is for all.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, exists, select, update

from idp import audit
from idp.audit import Event
from idp.db import db, inserting
from idp.errors import NotHere, Refusal
from idp.habilitations import a_prevenir, coordonnees
from idp.habilitations.administration import roles
from idp.habilitations.agents import AgentVu
from idp.habilitations.conventions import gestion
from idp.habilitations.effets import avis, etendue
from idp.habilitations.etats_de_convention import EtatConvention, RefusDePassage
from idp.habilitations.events import SuspensionDecidee, SuspensionLevee
from idp.habilitations.models import (
    CibleDeSuspension,
    ContratDeService,
    Convention,
    Groupe,
    MotifDAvis,
    Organisme,
    Rattachement,
    RoleAgent,
    Suspension,
)
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.personnes import retraits
from idp.habilitations.supervision import cibles, operations
from idp.habilitations.supervision.cibles import CibleVue
from idp.habilitations.supervision.models import GenreDOperation
from idp.habilitations.tenue import tenir, tenir_vivant
from idp.services import services


class RefusDeSuspension(StrEnum):
    """Why nothing is suspended or lifted: ordinary outcomes, which pages explain."""

    DEJA = "deja"
    PAS_OUVERTE = "pas_ouverte"
    LEVEE = "levee"
    CONVENTION_FINIE = "convention_finie"


def exiger(agent: AgentVu, role: RoleAgent) -> None:
    """Raise ``Refusal`` when this agent may not do what that role does."""
    if not agent.peut(role):
        raise Refusal("Votre rôle d’agent ne permet pas cette action.", detail=f"not {role}")


def suspendre(
    agent: AgentVu,
    organisme_id: UUID,
    cible: CibleDeSuspension,
    cible_id: UUID,
    *,
    motif: str,
    now: datetime,
) -> UUID | RefusDeSuspension:
    """Suspend it at once; the suspension."""
    exiger(agent, RoleAgent.SUPERVISEUR)
    organisme_de(agent, organisme_id)
    tenir_vivant(organisme_id)
    vue = cibles.trouver(agent, organisme_id, cible, cible_id)
    if en_cours(Suspension.cible_id == cible_id):
        return RefusDeSuspension.DEJA
    personnes = vue.etendue().personnes
    if not _fermer(agent, vue, motif, now):
        return RefusDeSuspension.PAS_OUVERTE
    suspension = Suspension(
        cible=cible,
        cible_id=cible_id,
        organisme_id=organisme_id,
        libelle="" if cible is CibleDeSuspension.UTILISATEUR else vue.libelle[:200],
        motif=motif,
        par=agent.account_id,
        at=now,
    )
    db.session.add(suspension)
    db.session.flush()
    event = SuspensionDecidee(
        suspension_id=suspension.id,
        cible=cible,
        libelle=suspension.libelle,
        motif=motif,
        personnes=personnes,
        rattachement_id=cible_id if cible is CibleDeSuspension.UTILISATEUR else None,
    )
    _journaliser(event, agent, suspension, now)
    _prevenir("suspension", vue, organisme_id, motif, now)
    if isinstance(vue.ligne, Rattachement):
        _dire_a(vue.ligne, "acces_suspendu", motif, now)
    return suspension.id


def _prevenir(lettre: str, vue: CibleVue, organisme_id: UUID, motif: str, now: datetime) -> None:
    # Of a convention, what brings it to another state tells (``conventions/gestion.py``).
    if vue.cible is not CibleDeSuspension.CONVENTION:
        a_prevenir.dire(
            *(lettre, organisme_id, now), cible=vue.cible.value, libelle=vue.libelle, motif=motif
        )


def _dire_a(place: Rattachement, lettre: str, motif: str, now: datetime) -> None:
    raison_sociale = db.session.get_one(Organisme, place.organisme_id).raison_sociale
    ma_caf = coordonnees.de_l_organisme(place.organisme_id).phrase
    roles.dire(place.account_id, lettre, raison_sociale, now, motif=motif, le=now, ma_caf=ma_caf)


def _fermer(agent: AgentVu, vue: CibleVue, motif: str, now: datetime) -> bool:
    """Take away all that it opens; False when it opens nothing for good."""
    ligne = vue.ligne
    match ligne:
        case Rattachement():
            retraits.suspendre(ligne.id, par=agent.actor, now=now)
        case Convention():
            if ligne.etat is EtatConvention.SUSPENDUE:
                return True
            vers = EtatConvention.SUSPENDUE
            return gestion.passer(agent, ligne, vers, motif=motif, now=now) is None
        case Groupe():
            ligne.suspendu_at = ligne.suspendu_at or now
            db.session.flush()
            _retirer(etendue.paires_du_groupe(ligne.id), agent, now)
        case ContratDeService():
            ligne.suspendu_at = ligne.suspendu_at or now
            db.session.flush()
            _retirer(etendue.paires_des_contrats(ContratDeService.id == ligne.id), agent, now)
        case Organisme():
            ligne.suspendu_at = ligne.suspendu_at or now
            db.session.flush()
            paires = etendue.paires_de_l_organisme(ligne.id)
            avis.fermer_tous(ligne.id, paires, par=agent.actor, now=now)
    return True


def _retirer(paires: etendue.Paires, agent: AgentVu, now: datetime) -> None:
    avis.retirer_parmi(paires, motif=MotifDAvis.SUSPENSION, par=agent.actor, now=now)


def lever(
    agent: AgentVu, organisme_id: UUID, suspension_id: UUID, *, motif: str, now: datetime
) -> RefusDeSuspension | None:
    """Give it back; None when it is done."""
    exiger(agent, RoleAgent.SUPERVISEUR)
    tenir(organisme_id)
    suspension = trouver(agent, organisme_id, suspension_id)
    if suspension.levee_at is not None or suspension.cible_id is None:
        return RefusDeSuspension.LEVEE
    vue = cibles.trouver(agent, organisme_id, suspension.cible, suspension.cible_id)
    refus = _rouvrir(agent, vue, motif, now)
    if refus:
        return refus
    _noter_la_levee(agent, suspension, motif, now)
    _prevenir("suspension_levee", vue, organisme_id, motif, now)
    if isinstance(vue.ligne, Rattachement) and vue.ligne.suspendu_at is None:
        # Closed since by their organisme, they are given nothing back.
        _dire_a(vue.ligne, "acces_rendu", motif, now)
    return None


def _rouvrir(agent: AgentVu, vue: CibleVue, motif: str, now: datetime) -> RefusDeSuspension | None:
    ligne = vue.ligne
    match ligne:
        case Rattachement():
            retraits.reprendre(ligne.id, par=agent.actor, now=now)
        case Convention():
            if ligne.etat is not EtatConvention.SUSPENDUE:
                # Résiliée since: there is nothing to give back.
                return None
            refus = gestion.passer(agent, ligne, EtatConvention.VALIDEE, motif=motif, now=now)
            if refus is RefusDePassage.DEJA_TERMINEE:
                return RefusDeSuspension.CONVENTION_FINIE
        case Groupe() | ContratDeService() | Organisme():
            ligne.suspendu_at = None
    db.session.flush()
    return None


def trouver(agent: AgentVu, organisme_id: UUID, suspension_id: UUID) -> Suspension:
    """One of an organisme of this agent; raises ``NotHere``."""
    organisme_de(agent, organisme_id)
    found = db.session.scalars(
        select(Suspension)
        .where(Suspension.id == suspension_id, Suspension.organisme_id == organisme_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotHere("Cette suspension n’existe pas, ou n’est pas de cet organisme.")
    return found


def suspendre_le_service(
    agent: AgentVu, code: str, *, motif: str, now: datetime
) -> UUID | RefusDeSuspension:
    """Suspend a service for all partners: nobody opens it from now on, and the worker ends what it holds."""
    exiger(agent, RoleAgent.NATIONAL)
    service = services().get(code)
    if service is None:
        raise NotHere("Ce service n’existe pas.")
    # Two national agents at once, or one who presses twice: the second waits, then finds it done.
    suspension_id = db.session.scalar(
        inserting(Suspension)
        .values(
            id=uuid4(),
            cible=CibleDeSuspension.SERVICE,
            service=code,
            libelle=service.nom,
            motif=motif,
            par=agent.account_id,
            at=now,
        )
        .on_conflict_do_nothing()
        .returning(Suspension.id)
    )
    if suspension_id is None:
        return RefusDeSuspension.DEJA
    suspension = db.session.get_one(Suspension, suspension_id)
    genre = GenreDOperation.FIN_DE_SERVICE
    operations.lancer(agent, genre, motif=motif, now=now, service=code)
    event = SuspensionDecidee(
        suspension_id=suspension.id,
        cible=suspension.cible,
        libelle=service.nom,
        motif=motif,
        personnes=0,
    )
    _journaliser(event, agent, suspension, now)
    return suspension.id


def lever_le_service(
    agent: AgentVu, code: str, *, motif: str, now: datetime
) -> RefusDeSuspension | None:
    """Open a service again to all partners; None when it is done."""
    exiger(agent, RoleAgent.NATIONAL)
    suspension = du_service(code)
    if suspension is None:
        return RefusDeSuspension.LEVEE
    _noter_la_levee(agent, suspension, motif, now)
    return None


def du_service(code: str) -> Suspension | None:
    """The one in force; None when this service is open."""
    return db.session.scalars(
        select(Suspension).where(Suspension.service == code, Suspension.levee_at.is_(None))
    ).one_or_none()


def en_cours(laquelle: ColumnElement[bool]) -> bool:
    """Whether such a suspension is in force."""
    found = exists().where(laquelle, Suspension.levee_at.is_(None))
    return bool(db.session.scalar(select(found)))


def _noter_la_levee(agent: AgentVu, suspension: Suspension, motif: str, now: datetime) -> None:
    levee = db.session.scalar(
        update(Suspension)
        .where(Suspension.id == suspension.id, Suspension.levee_at.is_(None))
        .values(levee_par=agent.account_id, levee_at=now, levee_motif=motif)
        .returning(Suspension.id)
    )
    if levee is None:
        return
    event = SuspensionLevee(
        suspension_id=suspension.id,
        cible=suspension.cible,
        libelle=suspension.libelle,
        motif=motif,
        rattachement_id=(
            suspension.cible_id if suspension.cible is CibleDeSuspension.UTILISATEUR else None
        ),
    )
    _journaliser(event, agent, suspension, now)


def _journaliser(event: Event, agent: AgentVu, suspension: Suspension, now: datetime) -> None:
    account_id = None
    if suspension.cible is CibleDeSuspension.UTILISATEUR:
        account_id = db.session.scalar(
            select(Rattachement.account_id).where(Rattachement.id == suspension.cible_id)
        )
    audit.record(
        event,
        at=now,
        actor=agent.actor,
        account_id=account_id,
        organisme_id=suspension.organisme_id,
    )
