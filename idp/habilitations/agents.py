"""Agents of the Caf: made by the command line or a national agent, activated by mail as users are.

What their role asks of their sign-in is in ``exigences.py``; they belong to no organisme. How they are changed and
closed is in ``effectif.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select, update

from idp import audit
from idp.accounts import provisioning
from idp.accounts.models import Account, AccountState
from idp.audit import Actor
from idp.db import db
from idp.habilitations.caisses import caisses as caisses_connues
from idp.habilitations.events import AgentCree
from idp.habilitations.models import Agent, RoleAgent


@dataclass(frozen=True, slots=True)
class NouvelAgent:
    """Who, already parsed; ``caisses`` are codes, none for a national agent, who supervises them all."""

    nom: str
    prenom: str
    email: str
    role: RoleAgent
    caisses: tuple[str, ...]


class RefusAgent(StrEnum):
    """Why an agent was not created."""

    CAISSE_INCONNUE = "caisse_inconnue"
    SANS_CAISSE = "sans_caisse"
    CAISSES_DE_TROP = "caisses_de_trop"
    DEJA_AGENT = "deja_agent"


_RANGS = (RoleAgent.GESTIONNAIRE, RoleAgent.SUPERVISEUR, RoleAgent.NATIONAL)


@dataclass(frozen=True, slots=True)
class AgentVu:
    """What an agent of today may supervise: these caisses, all of them when national."""

    account_id: UUID
    role: RoleAgent
    caisses: tuple[str, ...]

    @property
    def national(self) -> bool:
        """Whether no caisse bounds them."""
        return self.role is RoleAgent.NATIONAL

    def supervise(self, caisse: str) -> bool:
        """Whether an organisme to which that caisse writes is theirs to supervise."""
        return self.national or caisse in self.caisses

    def peut(self, role: RoleAgent) -> bool:
        """Whether they may do what this role does: each role also does what those before it do."""
        return _RANGS.index(self.role) >= _RANGS.index(role)

    @property
    def actor(self) -> Actor:
        """Who the journal says acted."""
        return Actor.person(self.account_id)


def creer(saisie: NouvelAgent, *, actor: Actor, now: datetime) -> Account | RefusAgent:
    """The account and its agent; identifiant and provisional password leave by mail at once."""
    refus = _refus(saisie)
    if refus:
        return refus
    account = provisioning.create_account(
        now=now, family_name=saisie.nom, given_name=saisie.prenom, email=saisie.email
    )
    codes = sorted(set(saisie.caisses))
    row = Agent(account_id=account.id, role=saisie.role, caisses=codes, created_at=now)
    row.cree_par = actor.account_id
    db.session.add(row)
    event = AgentCree(role=saisie.role, caisses=codes)
    audit.record(event, at=now, actor=actor, account_id=account.id)
    secret = provisioning.issue_activation_secret(
        account, provisioning.Channel.MAIL, now, actor=actor
    )
    provisioning.mail_activation(account, secret, organisme="", now=now)
    return account


def agent_of(account_id: UUID) -> AgentVu | None:
    """What this person may supervise; None when they are no agent, or no more. One statement."""
    row = db.session.execute(
        select(Agent.account_id, Agent.role, Agent.caisses).where(
            Agent.account_id == account_id, Agent.ended_at.is_(None)
        )
    ).one_or_none()
    return AgentVu(row.account_id, row.role, tuple(row.caisses)) if row else None


def agent_qui_agit(account_id: UUID) -> AgentVu | None:
    """The same, held until the transaction ends: who takes these rights away waits, or is seen here. One
    statement."""
    colonnes = (Agent.account_id, Agent.role, Agent.caisses)
    le_sien = (Agent.account_id == account_id, Agent.ended_at.is_(None))
    if db.engine.dialect.name == "postgresql":
        # Shared: what one agent sends from two pages does not wait for itself.
        held = db.session.execute(select(*colonnes).where(*le_sien).with_for_update(read=True))
    else:
        held = db.session.execute(
            update(Agent)
            .where(*le_sien)
            .values(role=Agent.role)
            .returning(*colonnes)
            .execution_options(synchronize_session=False)
        )
    row = held.one_or_none()
    return AgentVu(row.account_id, row.role, tuple(row.caisses)) if row else None


def libelles(codes: Sequence[str]) -> list[str]:
    """The names of these caisses."""
    connues = caisses_connues()
    return [connues[code].libelle for code in codes if code in connues]


def refus_de_perimetre(role: RoleAgent, caisses: Sequence[str]) -> RefusAgent | None:
    """Why an agent of that role may not have these caisses; None when they may."""
    national = role is RoleAgent.NATIONAL
    if national and caisses:
        return RefusAgent.CAISSES_DE_TROP
    if not national and not caisses:
        return RefusAgent.SANS_CAISSE
    return None if caisses_connues().keys() >= set(caisses) else RefusAgent.CAISSE_INCONNUE


def _refus(saisie: NouvelAgent) -> RefusAgent | None:
    refus = refus_de_perimetre(saisie.role, saisie.caisses)
    if refus:
        return refus
    return RefusAgent.DEJA_AGENT if _deja_agent(saisie.email) else None


def _deja_agent(email: str) -> bool:
    found = db.session.scalar(
        select(Agent.account_id)
        .join(Account, Account.id == Agent.account_id)
        .where(
            func.lower(Account.email) == email.lower(),
            Agent.ended_at.is_(None),
            Account.state != AccountState.CLOS,
        )
        .limit(1)
    )
    return found is not None
