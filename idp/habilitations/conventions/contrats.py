"""Contrats de service: opened on a convention with the groups that the template of the service makes; closed.

Groups have codes for ever; the administrateurs hold them all (``groupes.detenteurs``). Closing has effect
everywhere at once. The convention's own states are ``gestion.py``'s.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from idp import audit, clock
from idp.audit import Event
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations import a_prevenir, groupes
from idp.habilitations.agents import AgentVu
from idp.habilitations.conventions.gestion import etat_au, exiger_pour_un_suspendu
from idp.habilitations.effets import avis, etendue
from idp.habilitations.etats_de_convention import JAMAIS_VALIDEES, OUVERTES
from idp.habilitations.events import ContratClos, ContratOuvert
from idp.habilitations.models import (
    Caisse,
    ContratDeService,
    Convention,
    Groupe,
    MotifDAvis,
)
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.tenue import tenir
from idp.services import Service, services

ABSENT = "Ce contrat de service n’existe pas, ou n’est pas de cet organisme."


@dataclass(frozen=True, slots=True)
class Choix:
    """What the form asks: codes of types de logement, profils or roles, codes of caisses (the zones), and why.

    ``fin`` is the last day of a contrat that is opened; those that exist end by ``clore``.
    """

    declinaisons: tuple[str, ...]
    zones: tuple[str, ...]
    motif: str = ""
    fin: date | None = None


class RefusDeContrat(StrEnum):
    """Why nothing was opened or closed: ordinary outcomes that the form shows."""

    CONVENTION_FERMEE = "convention_fermee"
    SERVICE_INCONNU = "service_inconnu"
    DEJA_OUVERT = "deja_ouvert"
    DEJA_CLOS = "deja_clos"
    INCONNU = "inconnu"
    RIEN = "rien"
    DEJA_FINI = "deja_fini"


@dataclass(frozen=True, slots=True)
class Ouvert:
    """The contrat, and the groups that were created."""

    contrat_id: UUID
    groupes: tuple[str, ...]


def trouver(
    agent: AgentVu, organisme_id: UUID, contrat_id: UUID
) -> tuple[ContratDeService, Convention]:
    """A contrat of an organisme that this agent supervises, and its convention; raises ``NotHere``."""
    organisme_de(agent, organisme_id)
    row = db.session.execute(
        select(ContratDeService, Convention)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .where(ContratDeService.id == contrat_id, Convention.organisme_id == organisme_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotHere(ABSENT)
    return row[0], row[1]


def ouvrir(
    agent: AgentVu, convention: Convention, code: str, choix: Choix, now: datetime
) -> Ouvert | RefusDeContrat:
    """Open a service to the organisme, with its groups; ``gestion.trouver`` gave the convention to this agent."""
    tenir(convention.organisme_id)
    db.session.refresh(convention)
    service = services().get(code)
    if service is None:
        return RefusDeContrat.SERVICE_INCONNU
    if etat_au(convention, clock.today(now)) not in OUVERTES:
        return RefusDeContrat.CONVENTION_FERMEE
    deja = select(ContratDeService.id).where(
        ContratDeService.convention_id == convention.id, ContratDeService.service == code
    )
    if db.session.scalar(deja):
        return RefusDeContrat.DEJA_OUVERT
    refus = _refus(agent, service, choix)
    if refus:
        return refus
    exiger_pour_un_suspendu(agent, convention.organisme_id, [code])
    debut = max(convention.debut, clock.today(now))
    if choix.fin is not None and choix.fin < debut:
        return RefusDeContrat.DEJA_FINI
    contrat = ContratDeService(
        convention_id=convention.id, service=code, debut=debut, fin=choix.fin
    )
    db.session.add(contrat)
    db.session.flush()
    return _decliner(agent, contrat, convention, choix, ajout=False, now=now)


def etendre(
    agent: AgentVu, organisme_id: UUID, contrat_id: UUID, choix: Choix, now: datetime
) -> Ouvert | RefusDeContrat:
    """Add the groups that a contrat lacks: another zone, type de logement, profil or role."""
    tenir(organisme_id)
    contrat, convention = trouver(agent, organisme_id, contrat_id)
    service = services().get(contrat.service)
    if service is None:
        return RefusDeContrat.SERVICE_INCONNU
    if _clos(contrat, now):
        return RefusDeContrat.DEJA_CLOS
    if etat_au(convention, clock.today(now)) not in OUVERTES:
        return RefusDeContrat.CONVENTION_FERMEE
    refus = _refus(agent, service, choix)
    if refus:
        return refus
    fait = _decliner(agent, contrat, convention, choix, ajout=True, now=now)
    return fait if fait.groupes else RefusDeContrat.RIEN


def clore(
    agent: AgentVu, organisme_id: UUID, contrat_id: UUID, *, motif: str, now: datetime
) -> RefusDeContrat | None:
    """Close it at once; None when it is done."""
    tenir(organisme_id)
    contrat, convention = trouver(agent, organisme_id, contrat_id)
    if _clos(contrat, now):
        return RefusDeContrat.DEJA_CLOS
    contrat.fin = max(contrat.debut, clock.today(now))
    contrat.clos_at = now
    db.session.flush()
    paires = etendue.paires_des_contrats(ContratDeService.id == contrat.id)
    avis.retirer_parmi(paires, motif=MotifDAvis.CLOTURE, par=agent.actor, now=now)
    event = ContratClos(contrat_id=contrat.id, service=contrat.service, motif=motif)
    _journaliser(event, agent, organisme_id, now)
    dire("contrat_clos", convention, now, service=_nom(contrat), motif=motif)
    return None


def rouvrir(
    agent: AgentVu, organisme_id: UUID, contrat_id: UUID, *, motif: str, now: datetime
) -> RefusDeContrat | None:
    """Open it again, without end, with the groups and the people that it had; None when it is done."""
    tenir(organisme_id)
    contrat, convention = trouver(agent, organisme_id, contrat_id)
    if not _clos(contrat, now):
        return RefusDeContrat.DEJA_OUVERT
    if etat_au(convention, clock.today(now)) not in OUVERTES:
        return RefusDeContrat.CONVENTION_FERMEE
    contrat.fin = contrat.clos_at = None
    db.session.flush()
    event = ContratClos(contrat_id=contrat.id, service=contrat.service, motif=motif, rouvert=True)
    _journaliser(event, agent, organisme_id, now)
    dire("contrat_rouvert", convention, now, service=_nom(contrat), motif=motif)
    return None


def dire(lettre: str, convention: Convention, now: datetime, **dit: object) -> None:
    """Tell by mail who is to be told; what was never validated, which the organisme does not see, tells nobody."""
    if convention.etat not in JAMAIS_VALIDEES:
        a_prevenir.dire(lettre, convention.organisme_id, now, **dit)


def _nom(contrat: ContratDeService) -> str:
    service = services().get(contrat.service)
    return service.nom if service else contrat.service


def _clos(contrat: ContratDeService, now: datetime) -> bool:
    finie = contrat.fin is not None and contrat.fin < clock.today(now)
    return contrat.clos_at is not None or finie


def _refus(agent: AgentVu, service: Service, choix: Choix) -> RefusDeContrat | None:
    if not choix.declinaisons or not choix.zones:
        return RefusDeContrat.RIEN
    # An organisme of several caisses is open to the agents of each: what a zone shows is for its caisse to open.
    if not all(map(agent.supervise, choix.zones)):
        raise Refusal(
            "Une de ces zones est d’une caisse que vous ne supervisez pas : à elle de l’ouvrir.",
            detail="a zone out of the agent's caisses",
        )
    connues = {une.code for une in groupes.declinaisons(service)}
    return None if connues >= set(choix.declinaisons) else RefusDeContrat.INCONNU


def _decliner(
    agent: AgentVu,
    contrat: ContratDeService,
    convention: Convention,
    choix: Choix,
    *,
    ajout: bool,
    now: datetime,
) -> Ouvert:
    service = services()[contrat.service]
    choisies = [une for une in groupes.declinaisons(service) if une.code in choix.declinaisons]
    zones = db.session.scalars(
        select(Caisse).where(Caisse.code.in_(choix.zones)).order_by(Caisse.code)
    ).all()
    nouveaux: list[Groupe] = groupes.decliner(contrat, choisies, zones)
    groupes.donner_aux_detenteurs(convention.organisme_id, nouveaux, now)
    codes = tuple(sorted(groupe.code for groupe in nouveaux))
    if codes or not ajout:
        event = ContratOuvert(
            contrat_id=contrat.id,
            service=contrat.service,
            groupes=list(codes),
            ajout=ajout,
            motif=choix.motif,
        )
        _journaliser(event, agent, convention.organisme_id, now)
    return Ouvert(contrat.id, codes)


def _journaliser(event: Event, agent: AgentVu, organisme_id: UUID, now: datetime) -> None:
    audit.record(event, at=now, actor=agent.actor, organisme_id=organisme_id)
