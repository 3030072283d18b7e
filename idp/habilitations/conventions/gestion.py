"""Conventions made, and brought from a state to another by the agents of the Caf; every step is kept, and why.

Which steps there are is in ``etats_de_convention.py``; ``supervision``, which suspends, asks here.
Closing has effect everywhere at once: rights are refused wherever they are read, and services are told.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import exists, or_, select, update

from idp import audit, clock
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations import a_prevenir
from idp.habilitations.agents import AgentVu
from idp.habilitations.effets import avis, etendue
from idp.habilitations.etats_de_convention import (
    RENOUVELABLES,
    TRANSITIONS,
    ConventionVue,
    EtatConvention,
    Qui,
    RefusDePassage,
    echeance,
    refus_d_annuler_la_resiliation,
    refus_de_passer,
)
from idp.habilitations.events import ConventionPassee, ResiliationAnnulee
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    MotifDAvis,
    RoleAgent,
    TransitionDeConvention,
)
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.tenue import tenir, tenir_vivant

ABSENTE = "Cette convention n’existe pas, ou n’est pas de cet organisme."


@dataclass(frozen=True, slots=True)
class NouvelleConvention:
    """What the form asks; already parsed. ``renouvelle_id`` is the convention that it is to follow."""

    libelle: str
    debut: date
    fin: date | None
    renouvelle_id: UUID | None = None
    motif: str | None = None


class RefusDeConvention(StrEnum):
    """Why it was not prepared: ordinary outcomes that the form shows."""

    DEJA_TERMINEE = "deja_terminee"
    PAS_RENOUVELABLE = "pas_renouvelable"


def vue(convention: Convention) -> ConventionVue:
    """As the decisions see it."""
    return ConventionVue(convention.etat, convention.debut, convention.fin, convention.resiliation)


def etat_au(convention: Convention, jour: date) -> EtatConvention:
    """Its state that day, whether the worker has written it or not."""
    return echeance(vue(convention), jour) or convention.etat


def trouver(agent: AgentVu, organisme_id: UUID, convention_id: UUID) -> Convention:
    """A convention of an organisme that this agent supervises; raises ``NotHere``. Two statements."""
    organisme_de(agent, organisme_id)
    found = db.session.scalars(
        select(Convention)
        .where(Convention.id == convention_id, Convention.organisme_id == organisme_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotHere(ABSENTE)
    return found


def preparer(
    agent: AgentVu, organisme_id: UUID, saisie: NouvelleConvention, now: datetime
) -> UUID | RefusDeConvention:
    """A draft, which opens nothing; its contrats are added to it, then it is signed and validated."""
    organisme_de(agent, organisme_id)
    tenir_vivant(organisme_id)
    jour = clock.today(now)
    if saisie.fin is not None and saisie.fin < max(jour, saisie.debut):
        return RefusDeConvention.DEJA_TERMINEE
    if saisie.renouvelle_id is not None:
        ancienne = trouver(agent, organisme_id, saisie.renouvelle_id)
        if etat_au(ancienne, jour) not in RENOUVELABLES:
            return RefusDeConvention.PAS_RENOUVELABLE
    convention = Convention(
        organisme_id=organisme_id,
        libelle=saisie.libelle,
        etat=EtatConvention.BROUILLON,
        debut=saisie.debut,
        fin=saisie.fin,
        renouvelle_id=saisie.renouvelle_id,
    )
    db.session.add(convention)
    db.session.flush()
    _noter(convention, None, EtatConvention.BROUILLON, par=agent, now=now, motif=saisie.motif)
    return convention.id


def passer(
    agent: AgentVu,
    convention: Convention,
    vers: EtatConvention,
    *,
    motif: str,
    now: datetime,
    dernier_jour: date | None = None,
) -> RefusDePassage | None:
    """Bring it to that state, at once, or after ``dernier_jour`` for a résiliation; None when it is done.

    ``convention`` is one that ``trouver`` gave to this agent.
    """
    tenir(convention.organisme_id)
    db.session.refresh(convention)
    jour = clock.today(now)
    de = etat_au(convention, jour)
    refus = refus_de_passer(vue(convention), vers, jour, dernier_jour=dernier_jour)
    if refus is None and vers is EtatConvention.VALIDEE and de is EtatConvention.A_SIGNER:
        ouvre = ContratDeService.convention_id == convention.id
        ouverts = db.session.scalars(select(ContratDeService.service).where(ouvre)).all()
        exiger_pour_un_suspendu(agent, convention.organisme_id, ouverts)
        refus = _reprendre(agent, convention, now)
    if refus:
        return refus
    if TRANSITIONS[de, vers] is Qui.SUPERVISEUR and not agent.peut(RoleAgent.SUPERVISEUR):
        raise Refusal("Votre rôle d’agent ne permet pas cette action.", detail="not a superviseur")
    if dernier_jour is not None and vers is EtatConvention.RESILIEE:
        if convention.resiliation is None:
            convention.fin_avant_resiliation = convention.fin
        convention.fin = convention.resiliation = dernier_jour
    else:
        convention.etat = vers
        _finir(agent, convention, now)
    _noter(convention, de, vers, par=agent, now=now, motif=motif, effet=dernier_jour)
    lettre = _LETTRES.get((de, vers))
    if lettre:
        _dire(lettre, convention, motif, now, effet=dernier_jour)
    return None


_LETTRES = {
    (EtatConvention.VALIDEE, EtatConvention.SUSPENDUE): "suspension",
    (EtatConvention.SUSPENDUE, EtatConvention.VALIDEE): "suspension_levee",
    (EtatConvention.VALIDEE, EtatConvention.RESILIEE): "convention_resiliee",
    (EtatConvention.SUSPENDUE, EtatConvention.RESILIEE): "convention_resiliee",
}
"""What the administrateurs are told by mail; what is not in force yet, or ends with its date, tells nobody."""


def _dire(
    lettre: str, convention: Convention, motif: str, now: datetime, *, effet: date | None
) -> None:
    a_prevenir.dire(
        *(lettre, convention.organisme_id, now),
        cible="convention",
        libelle=convention.libelle,
        motif=motif,
        effet=effet,
    )


def annuler_la_resiliation(
    agent: AgentVu, convention: Convention, *, motif: str, now: datetime
) -> RefusDePassage | None:
    """The end that was announced will not be: the one that it had before is again; None when it is done.

    ``convention`` is one that ``trouver`` gave to this agent.
    """
    tenir(convention.organisme_id)
    db.session.refresh(convention)
    refus = refus_d_annuler_la_resiliation(vue(convention), clock.today(now))
    if refus:
        return refus
    convention.fin = convention.fin_avant_resiliation
    convention.resiliation = convention.fin_avant_resiliation = None
    garder(convention, convention.etat, convention.etat, par=agent.actor, now=now, motif=motif)
    event = ResiliationAnnulee(
        convention_id=convention.id,
        libelle=convention.libelle,
        motif=motif,
        fin=convention.fin.isoformat() if convention.fin else None,
    )
    audit.record(event, at=now, actor=agent.actor, organisme_id=convention.organisme_id)
    _dire("resiliation_annulee", convention, motif, now, effet=convention.fin)
    return None


_FERMENT = {
    EtatConvention.SUSPENDUE: MotifDAvis.SUSPENSION,
    EtatConvention.RESILIEE: MotifDAvis.CLOTURE,
}


def exiger_pour_un_suspendu(agent: AgentVu, organisme_id: UUID, codes: Collection[str]) -> None:
    """Raise ``Refusal`` when a gestionnaire would open elsewhere a service that a superviseur suspended."""
    suspendu = exists().where(
        Convention.organisme_id == organisme_id,
        ContratDeService.convention_id == Convention.id,
        ContratDeService.service.in_(codes),
        ContratDeService.clos_at.is_(None),
        or_(
            ContratDeService.suspendu_at.is_not(None),
            Convention.etat == EtatConvention.SUSPENDUE,
        ),
    )
    if not agent.peut(RoleAgent.SUPERVISEUR) and db.session.scalar(select(suspendu)):
        raise Refusal(
            "Ce service est suspendu pour cet organisme : seul un superviseur l’ouvre de nouveau.",
            detail="not a superviseur, and the service is suspended",
        )


def _finir(agent: AgentVu, convention: Convention, now: datetime) -> None:
    """What it opened is over, in every service."""
    motif = _FERMENT.get(convention.etat)
    if motif is None:
        return
    db.session.flush()
    paires = etendue.paires_des_contrats(ContratDeService.convention_id == convention.id)
    avis.retirer_parmi(paires, motif=motif, par=agent.actor, now=now)


def _reprendre(agent: AgentVu, convention: Convention, now: datetime) -> RefusDePassage | None:
    """A renewal that is validated takes over, that day, the contrats of the former one, which ends: their groups,
    and everybody in them, do not change."""
    if convention.renouvelle_id is None:
        return None
    ancienne = db.session.get_one(Convention, convention.renouvelle_id, populate_existing=True)
    jour = clock.today(now)
    de = etat_au(ancienne, jour)
    if de not in RENOUVELABLES:
        return RefusDePassage.PLUS_RENOUVELABLE
    _deplacer(ancienne, convention)
    convention.debut = min(convention.debut, jour)
    if de is EtatConvention.VALIDEE:
        ancienne.etat = EtatConvention.ECHUE
        ancienne.fin = max(ancienne.debut, min(filter(None, (ancienne.fin, jour))))
        motif = f"Renouvelée par « {convention.libelle} »"
        _noter(ancienne, de, EtatConvention.ECHUE, par=agent, now=now, motif=motif[:500])
    return None


def _deplacer(ancienne: Convention, convention: Convention) -> None:
    # A contrat prepared with the renewal, for the same service, is the one that counts from now on.
    prepares = select(ContratDeService.service).where(
        ContratDeService.convention_id == convention.id
    )
    deplaces = [
        ContratDeService.convention_id == ancienne.id,
        ContratDeService.service.not_in(list(db.session.scalars(prepares))),
    ]
    if ancienne.fin is not None:
        # One that ended with its convention goes on with the next.
        db.session.execute(
            update(ContratDeService)
            .where(
                *deplaces,
                ContratDeService.fin == ancienne.fin,
                ContratDeService.clos_at.is_(None),
            )
            .values(fin=None)
        )
    db.session.execute(
        update(ContratDeService).where(*deplaces).values(convention_id=convention.id)
    )


def _noter(
    convention: Convention,
    de: EtatConvention | None,
    vers: EtatConvention,
    *,
    par: AgentVu,
    now: datetime,
    motif: str | None = None,
    effet: date | None = None,
) -> None:
    noter(convention, de, vers, actor=par.actor, now=now, motif=motif, effet=effet)


def noter(
    convention: Convention,
    de: EtatConvention | None,
    vers: EtatConvention,
    *,
    actor: audit.Actor,
    now: datetime,
    motif: str | None = None,
    effet: date | None = None,
) -> None:
    """Keep a step in the history of the convention, and in the journal of its organisme."""
    garder(convention, de, vers, par=actor, now=now, motif=motif, effet=effet)
    audit.record(
        ConventionPassee(
            convention_id=convention.id,
            libelle=convention.libelle,
            de=de,
            vers=vers,
            motif=motif,
            effet=effet.isoformat() if effet else None,
        ),
        at=now,
        actor=actor,
        organisme_id=convention.organisme_id,
    )


def garder(
    convention: Convention,
    de: EtatConvention | None,
    vers: EtatConvention,
    *,
    par: audit.Actor,
    now: datetime,
    motif: str | None = None,
    effet: date | None = None,
) -> None:
    """Keep a step in the history of the convention alone."""
    db.session.add(
        TransitionDeConvention(
            convention_id=convention.id,
            de=de,
            vers=vers,
            motif=motif,
            effet=effet,
            at=now,
            par=par.account_id,
        )
    )
    db.session.flush()
