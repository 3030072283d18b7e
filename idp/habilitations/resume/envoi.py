"""Each working morning, one mail to each gestionnaire and superviseur who has something to see: how many, of what.

It names nobody. An agent is taken for the day, and their mail queued, in one transaction: two workers, or one that
is killed, write to nobody twice. Some agents at a time; a national agent, who sees the whole country, is not told.
"""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import or_, select, update

from idp import audit, clock, mail
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.events import ResumeChoisi
from idp.habilitations.models import Agent, RoleAgent
from idp.habilitations.resume.jours_ouvres import ouvre
from idp.habilitations.resume.lecture import rubriques

A_LA_FOIS = 50
DES = time(7)
JUSQU_A = time(12)
"""Past noon it is no morning any more: what a worker that was stopped missed is told the next day."""


def envoyer(now: datetime) -> int:
    """Write to some of the agents who were not looked at today; returns how many were."""
    heure = now.astimezone(clock.PARIS).time()
    if not ouvre(clock.today(now)) or not DES <= heure < JUSQU_A:
        return 0
    pris = _prendre(now)
    adresses = _adresses([vu.account_id for vu in pris])
    for vu in pris:
        if vu.account_id in adresses:
            _ecrire(vu, adresses[vu.account_id], now)
    return len(pris)


def _prendre(now: datetime) -> list[AgentVu]:
    jour = clock.today(now)
    reste = (
        select(Agent.account_id)
        .where(
            Agent.ended_at.is_(None),
            Agent.role != RoleAgent.NATIONAL,
            Agent.resume,
            or_(Agent.resume_le.is_(None), Agent.resume_le < jour),
        )
        .order_by(Agent.account_id)
        .limit(A_LA_FOIS)
        # One worker at a time for each; the others take the next ones.
        .with_for_update(skip_locked=True)
    )
    rows = db.session.execute(
        update(Agent)
        .where(Agent.account_id.in_(reste))
        .values(resume_le=jour)
        .returning(Agent.account_id, Agent.role, Agent.caisses)
        .execution_options(synchronize_session=False)
    )
    return [AgentVu(row.account_id, row.role, tuple(row.caisses)) for row in rows]


def _adresses(agents: list[UUID]) -> dict[UUID, Account]:
    found = db.session.scalars(
        select(Account).where(
            Account.id.in_(agents),
            Account.state == AccountState.ACTIF,
            Account.email.is_not(None),
            Account.mail_refused_at.is_(None),
        )
    )
    return {account.id: account for account in found}


def _ecrire(vu: AgentVu, account: Account, now: datetime) -> None:
    a_dire = rubriques(vu, now)
    if a_dire and account.email:
        mail.send("a_voir", account.email, at=now, nom=account.display_name, rubriques=a_dire)


def recoit(account_id: UUID) -> bool:
    """Whether this agent is told each morning; one statement."""
    return bool(db.session.scalar(select(Agent.resume).where(Agent.account_id == account_id)))


def choisir(agent: AgentVu, *, oui: bool, now: datetime) -> bool:
    """Tell this agent each morning, or no more; False when it is so already."""
    change = db.session.scalar(
        update(Agent)
        .where(Agent.account_id == agent.account_id, Agent.resume != oui)
        .values(resume=oui)
        .returning(Agent.account_id)
        .execution_options(synchronize_session=False)
    )
    if change is None:
        return False
    audit.record(ResumeChoisi(oui=oui), at=now, actor=agent.actor, account_id=agent.account_id)
    return True
