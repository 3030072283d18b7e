"""Who lost every factor and every recovery code: one agent of the Caf asks for their removal, another one agrees.

Two agents, so that nobody is talked into opening an account; the person is told of both, by mail. They then
sign in with their password, and are obliged to enrol a factor at once. Which two agents are two people, and for
whom, is of ``idp/habilitations/assistance/moyen_perdu.py``.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select, update

from idp import audit, mail
from idp.accounts import sessions
from idp.accounts.factors import passkeys, recovery_codes, totp, trusted_browsers
from idp.accounts.factors.events import FactorRemovalAsked, FactorsRemoved
from idp.accounts.factors.models import FactorRemoval
from idp.accounts.holding import hold
from idp.accounts.models import Account
from idp.accounts.ports import ports
from idp.audit import Actor
from idp.clock import LONG_AGO
from idp.db import db

LIFETIME = timedelta(days=7)
MOTIF_MAX_CHARS = 500


class RemovalRefusal(StrEnum):
    """Why factors are not removed."""

    NOT_AN_AGENT = "not_an_agent"
    ONESELF = "oneself"
    SAME_AGENT = "same_agent"
    GONE = "gone"
    NO_REASON = "no_reason"


def ask(account_id: UUID, *, agent_id: UUID, motif: str, now: datetime) -> UUID | RemovalRefusal:
    """A first agent asks, and says why; returns what the second one agrees to, for seven days."""
    refusal = _refusal(account_id, agent_id)
    if refusal:
        return refusal
    if not motif.strip():
        return RemovalRefusal.NO_REASON
    row = FactorRemoval(
        account_id=account_id,
        motif=motif.strip()[:MOTIF_MAX_CHARS],
        asked_by=agent_id,
        asked_at=now,
        expires_at=now + LIFETIME,
    )
    db.session.add(row)
    db.session.flush()
    actor = Actor.person(agent_id)
    audit.record(FactorRemovalAsked(), at=now, actor=actor, account_id=account_id)
    _tell("retrait_de_facteurs_demande", db.session.get_one(Account, account_id), now)
    return row.id


def waiting(account_id: UUID, now: datetime) -> FactorRemoval | None:
    """What somebody may still agree to; the account is held, so that it is asked once. Two statements."""
    hold(account_id)
    return db.session.scalars(
        select(FactorRemoval)
        .where(
            FactorRemoval.account_id == account_id,
            FactorRemoval.agreed_at.is_(None),
            FactorRemoval.expires_at > now,
        )
        .order_by(FactorRemoval.asked_at)
        .limit(1)
    ).one_or_none()


def drop(removal_id: UUID, now: datetime) -> bool:
    """Nobody agrees to it any more; False when it was too late."""
    dropped = db.session.scalar(
        update(FactorRemoval)
        .where(
            FactorRemoval.id == removal_id,
            FactorRemoval.agreed_at.is_(None),
            FactorRemoval.expires_at > now,
        )
        .values(expires_at=now)
        .returning(FactorRemoval.id)
        .execution_options(synchronize_session=False)
    )
    return dropped is not None


def agree(removal_id: UUID, *, agent_id: UUID, now: datetime) -> RemovalRefusal | None:
    """Another agent agrees: factors, codes, trusted browsers and sessions end, and the person is told."""
    removal = db.session.get(FactorRemoval, removal_id)
    if removal is None:
        return RemovalRefusal.GONE
    refusal = _refusal(removal.account_id, agent_id)
    if refusal:
        return refusal
    if removal.asked_by == agent_id:
        return RemovalRefusal.SAME_AGENT
    agreed = db.session.scalar(
        update(FactorRemoval)
        .where(
            FactorRemoval.id == removal_id,
            FactorRemoval.agreed_at.is_(None),
            FactorRemoval.expires_at > now,
        )
        .values(agreed_by=agent_id, agreed_at=now)
        .returning(FactorRemoval.id)
        .execution_options(synchronize_session=False)
    )
    if agreed is None:
        return RemovalRefusal.GONE
    _remove(removal.account_id, now)
    actor = Actor.person(agent_id)
    audit.record(FactorsRemoved(), at=now, actor=actor, account_id=removal.account_id)
    return None


def _refusal(account_id: UUID, agent_id: UUID) -> RemovalRefusal | None:
    if not ports().organismes.is_agent(agent_id):
        return RemovalRefusal.NOT_AN_AGENT
    return RemovalRefusal.ONESELF if agent_id == account_id else None


def _remove(account_id: UUID, now: datetime) -> None:
    totp.remove_all(account_id)
    passkeys.remove_all(account_id)
    recovery_codes.remove_all(account_id)
    trusted_browsers.forget_all(account_id)
    sessions.end_all(account_id, now)
    account = db.session.get_one(Account, account_id)
    # Its time of grace is over since long: a factor is enrolled at the next sign-in.
    account.factor_asked_at = LONG_AGO
    _tell("facteurs_retires", account, now)


def _tell(model: str, account: Account, now: datetime) -> None:
    if account.email:
        mail.send(model, account.email, at=now, nom=account.display_name, le=now)
