"""Who lost their second factor (telephone, key): an agent asks that it be removed, another one agrees.

Of a person of an organisme, the agents of its caisses; of an agent, two national agents. What is removed, and the
mails, are of ``idp/accounts/factors/removal.py``; which two agents are two people, of ``deux_agents.py``.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import false, or_, select, true
from sqlalchemy.orm import aliased

from idp import audit, clock
from idp.accounts.factors import management, removal
from idp.accounts.factors.models import FactorRemoval
from idp.accounts.factors.removal import RemovalRefusal
from idp.accounts.models import Account
from idp.audit import Event
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations import effectif, en_cours, second_agent
from idp.habilitations.agents import AgentVu, agent_of
from idp.habilitations.etats import place_close
from idp.habilitations.events import MoyenPerduAbandonne, MoyenPerduDemande, MoyenPerduRetire
from idp.habilitations.models import Agent, Organisme, Rattachement
from idp.habilitations.perimetre import rattachement_de, supervises

MONTREES = 50


class RefusDeRetrait(StrEnum):
    """Why a second factor is not removed, nor its removal asked."""

    MEME_AGENT = "meme_agent"
    CREE_PAR_L_AUTRE = "cree_par_l_autre"
    TROP_RECENT = "trop_recent"
    SOI_MEME = "soi_meme"
    RIEN_A_RETIRER = "rien_a_retirer"
    DEJA_DEMANDE = "deja_demande"
    PERIMEE = "perimee"


@dataclass(frozen=True, slots=True)
class Cible:
    """Who lost it; ``organisme_id`` is None for an agent."""

    account_id: UUID
    organisme_id: UUID | None
    nom: str


@dataclass(frozen=True, slots=True)
class Demande:
    """What waits for a second agent; ``rattachement_id`` is None for an agent."""

    id: UUID
    account_id: UUID
    rattachement_id: UUID | None
    nom: str
    raison_sociale: str
    motif: str
    demandeur_id: UUID
    demande_par: str
    demande_at: datetime
    expire_at: datetime


def de_la_personne(agent: AgentVu, rattachement_id: UUID, now: datetime) -> Cible:
    """Somebody of an organisme of this agent; raises ``NotHere``, and ``Refusal`` for who is also an agent, or has
    left this organisme: what protects them elsewhere is not of its caisses."""
    place = rattachement_de(agent, rattachement_id)
    if agent_of(place.account_id) is not None:
        raise Refusal(
            "Cette personne est aussi agent de la Caf.",
            conseil="Deux agents nationaux retirent son moyen perdu, depuis « Agents ».",
            detail="the lost factor of an agent, asked as of a partner",
        )
    if place_close(
        place.ouverture,
        place.cloture,
        suspendue=place.suspendu_at is not None,
        jour=clock.today(now),
    ):
        raise Refusal(
            "Cette personne n’est plus dans cet organisme.",
            conseil="Les agents de la Caf de son organisme d’aujourd’hui retirent son moyen perdu.",
            detail="the lost factor of who has left",
        )
    account = db.session.get_one(Account, place.account_id)
    return Cible(account.id, place.organisme_id, account.display_name)


def de_l_agent(agent: AgentVu, account_id: UUID) -> Cible:
    """An agent in post, for a national agent; raises ``NotHere``."""
    if not agent.national:
        raise Refusal("Un agent national peut le faire.", detail="not a national agent")
    lu = effectif.lire(account_id)
    if lu.parti_le is not None:
        raise NotHere(effectif.INCONNU)
    return Cible(account_id, None, lu.nom)


def demander(agent: AgentVu, cible: Cible, *, motif: str, now: datetime) -> UUID | RefusDeRetrait:
    """Ask a second agent; the person is told at once."""
    if cible.account_id == agent.account_id:
        return RefusDeRetrait.SOI_MEME
    if second_agent.est_nouveau(agent.account_id, now):
        return RefusDeRetrait.TROP_RECENT
    if removal.waiting(cible.account_id, now):
        return RefusDeRetrait.DEJA_DEMANDE
    if not management.enrolled(cible.account_id):
        return RefusDeRetrait.RIEN_A_RETIRER
    fait = removal.ask(cible.account_id, agent_id=agent.account_id, motif=motif, now=now)
    if isinstance(fait, RemovalRefusal):
        return _REFUS[fait]
    _journaliser(MoyenPerduDemande(motif=motif), agent, cible, now)
    return fait


def accorder(
    agent: AgentVu, cible: Cible, retrait_id: UUID, now: datetime
) -> RefusDeRetrait | None:
    """Another agent agrees: the factors and the sessions end; None when it is done."""
    retrait = _le_sien(cible, retrait_id)
    refus = second_agent.refus_de_second({retrait.asked_by}, agent.account_id, now)
    if refus:
        return RefusDeRetrait(refus.value)
    refuse = removal.agree(retrait_id, agent_id=agent.account_id, now=now)
    if refuse:
        return _REFUS[refuse]
    _journaliser(MoyenPerduRetire(), agent, cible, now)
    return None


def abandonner(agent: AgentVu, cible: Cible, retrait_id: UUID, now: datetime) -> bool:
    """Whoever asked takes it back, or another agent refuses; False when it was too late."""
    _le_sien(cible, retrait_id)
    if not removal.drop(retrait_id, now):
        return False
    _journaliser(MoyenPerduAbandonne(), agent, cible, now)
    return True


def en_attente(agent: AgentVu, now: datetime, *, de: UUID | None = None) -> list[Demande]:
    """What waits for a second agent, the oldest first, ``de`` this account alone; one statement.

    Those of the people of their caisses; for a national agent, those of agents too.
    """
    demandeur = aliased(Account)
    rows = db.session.execute(
        select(FactorRemoval, Account, demandeur, Rattachement.id, Organisme.raison_sociale)
        .join(Account, Account.id == FactorRemoval.account_id)
        .outerjoin(demandeur, demandeur.id == FactorRemoval.asked_by)
        .outerjoin(Agent, (Agent.account_id == FactorRemoval.account_id) & Agent.ended_at.is_(None))
        .outerjoin(
            Rattachement,
            (Rattachement.account_id == FactorRemoval.account_id)
            & Agent.account_id.is_(None)
            & ~en_cours.place_close(Rattachement, clock.today(now)),
        )
        .outerjoin(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(
            FactorRemoval.agreed_at.is_(None),
            FactorRemoval.expires_at > now,
            or_(
                Organisme.id.is_not(None) & supervises(agent),
                Agent.account_id.is_not(None) & (true() if agent.national else false()),
            ),
            FactorRemoval.account_id == de if de else true(),
        )
        .order_by(FactorRemoval.asked_at, FactorRemoval.id, Rattachement.created_at)
        .limit(MONTREES)
    )
    vues: dict[UUID, Demande] = {}
    for une, personne, auteur, rattachement_id, raison in rows:
        vues.setdefault(
            une.id,
            Demande(
                id=une.id,
                account_id=une.account_id,
                rattachement_id=rattachement_id,
                nom=personne.display_name,
                raison_sociale=raison or "",
                motif=une.motif,
                demandeur_id=une.asked_by,
                demande_par=auteur.display_name if auteur else "Un agent",
                demande_at=une.asked_at,
                expire_at=une.expires_at,
            ),
        )
    return list(vues.values())


_REFUS = {
    RemovalRefusal.ONESELF: RefusDeRetrait.SOI_MEME,
    RemovalRefusal.SAME_AGENT: RefusDeRetrait.MEME_AGENT,
    RemovalRefusal.GONE: RefusDeRetrait.PERIMEE,
}
"""Those that are left once who acts is an agent, and says why."""


def _le_sien(cible: Cible, retrait_id: UUID) -> FactorRemoval:
    found = db.session.scalars(
        select(FactorRemoval).where(
            FactorRemoval.id == retrait_id, FactorRemoval.account_id == cible.account_id
        )
    ).one_or_none()
    if found is None:
        raise NotHere("Cette demande n’existe pas, ou n’est pas de cette personne.")
    return found


def _journaliser(event: Event, agent: AgentVu, cible: Cible, now: datetime) -> None:
    audit.record(
        event,
        at=now,
        actor=agent.actor,
        account_id=cible.account_id,
        organisme_id=cible.organisme_id,
    )
