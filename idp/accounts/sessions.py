"""Browser sessions: opened at sign-in, read by one statement, ended for good with what they gave to services.

The cookie holds 256 random bits, the row their digest. 10 hours in all; how long it lives unused is decided at its
opening (``gates.idle_limit``). What it waits for before it opens anything is decided in ``entry.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select, update

from idp.accounts import gates
from idp.accounts.gates import Awaiting, LoginStep
from idp.accounts.levels import PASSWORD, Acr, Proof
from idp.accounts.models import Account, AccountState, BrowserSession
from idp.accounts.ports import ports
from idp.crypto import digest, new_token
from idp.db import db

ABSOLUTE = timedelta(hours=10)
AWAITING_FACTOR = timedelta(minutes=15)
"""In all, for who gave a password and has not shown their second factor yet."""
SEEN_EVERY = timedelta(minutes=1)
ADDRESS_MAX_CHARS = 45
AT_ONCE = 1000
"""Sessions whose end is told at once: a statement has a limited number of values."""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where somebody signs in: the device and the address as they give themselves, and its mark of trust."""

    device: str | None = None
    address: str | None = None
    trust: str | None = None


NO_BROWSER = Browser()


@dataclass(frozen=True, slots=True)
class SessionVue:
    """A live session and what pages and endpoints need of its account."""

    id: UUID
    sid: str
    account_id: UUID
    rattachement_id: UUID | None
    auth_time: datetime
    acr: str
    amr: list[str]
    awaiting: Awaiting | None
    last_seen_at: datetime
    idle_s: int
    idle_until: datetime
    expires_at: datetime
    factor_asked_at: datetime | None
    mail_refused_at: datetime | None
    sub: UUID
    state: AccountState
    password_change_required: bool
    identifiant: str
    given_name: str | None
    family_name: str | None

    @property
    def step(self) -> LoginStep:
        """What is left to do first."""
        return gates.next_login_step(
            active=self.state is AccountState.ACTIF,
            awaiting=self.awaiting,
            password_change_required=self.password_change_required,
        )

    @property
    def active(self) -> bool:
        """Whether the person may go on to pages and services: nothing is left to do first."""
        return self.step is LoginStep.ENTER

    @property
    def proof(self) -> Proof:
        """How they signed in."""
        return Proof(Acr(self.acr), tuple(self.amr))

    def recent(self, now: datetime) -> bool:
        """Whether they signed in a short while ago."""
        return now - self.auth_time <= gates.RECENT

    def ends_at(self, now: datetime) -> datetime:
        """When it ends if nobody touches it any more, once this request has."""
        touched = now - self.last_seen_at >= SEEN_EVERY
        idle_until = now + timedelta(seconds=self.idle_s) if touched else self.idle_until
        return min(idle_until, self.expires_at)

    @property
    def display_name(self) -> str:
        """Given name then family name; the identifiant until they are known."""
        return " ".join(filter(None, (self.given_name, self.family_name))) or self.identifiant


@dataclass(frozen=True, slots=True)
class Opened:
    """A session under a new value: ``token`` goes to the cookie and nowhere else."""

    token: str
    session_id: UUID
    awaiting: Awaiting | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a session opens: what it waits for, and how long it lives unused."""

    awaiting: Awaiting | None = None
    idle: timedelta = gates.IDLE

    def lifetime(self) -> timedelta:
        """How long it lives in all."""
        return AWAITING_FACTOR if self.awaiting is Awaiting.SECOND_FACTOR else ABSOLUTE


PLAIN = Terms()


def open_session(
    account_id: UUID,
    *,
    rattachement_id: UUID | None,
    browser: Browser,
    now: datetime,
    proof: Proof = PASSWORD,
    terms: Terms = PLAIN,
) -> Opened:
    """Start a session for who proved who they are, under a new random value (no fixation)."""
    token = new_token()
    session = BrowserSession(
        account_id=account_id,
        sid=new_token(),
        rattachement_id=rattachement_id,
        created_at=now,
        device=browser.device[:200] if browser.device else None,
        address=browser.address[:ADDRESS_MAX_CHARS] if browser.address else None,
        **_begun(token, proof, terms, now),
    )
    db.session.add(session)
    db.session.flush()
    return Opened(token, session.id, terms.awaiting)


def _begun(token: str, proof: Proof, terms: Terms, now: datetime) -> dict[str, Any]:
    return {
        "digest": digest(token),
        # OpenID Connect Core §2: seconds; kept whole so that every token of the session repeats it.
        "auth_time": now.replace(microsecond=0),
        "acr": proof.acr,
        "amr": list(proof.amr),
        "awaiting": terms.awaiting,
        "last_seen_at": now,
        "idle_s": int(terms.idle.total_seconds()),
        "idle_until": now + terms.idle,
        "expires_at": now + terms.lifetime(),
    }


def renew(
    session_id: UUID, account_id: UUID, now: datetime, *, proof: Proof, terms: Terms
) -> Opened | None:
    """The same person proves who they are again: the same session under a new random value, and what came from it
    goes on.

    None when the session is over, or somebody else's.
    """
    token = new_token()
    renewed = db.session.scalar(
        update(BrowserSession)
        .where(
            BrowserSession.id == session_id,
            BrowserSession.account_id == account_id,
            BrowserSession.ended_at.is_(None),
        )
        .values(**_begun(token, proof, terms, now))
        .returning(BrowserSession.id)
        .execution_options(synchronize_session=False)
    )
    return Opened(token, session_id, terms.awaiting) if renewed else None


def strengthen(session_id: UUID, proof: Proof) -> Opened | None:
    """The session is worth ``proof``, under a new random value; ``auth_time`` stays that of the sign-in.

    None when it is over.
    """
    token = new_token()
    strengthened = db.session.scalar(
        update(BrowserSession)
        .where(BrowserSession.id == session_id, BrowserSession.ended_at.is_(None))
        .values(digest=digest(token), acr=proof.acr, amr=list(proof.amr))
        .returning(BrowserSession.id)
        .execution_options(synchronize_session=False)
    )
    return Opened(token, session_id) if strengthened else None


def pass_gate(session_id: UUID, passed: Awaiting, then: Awaiting | None) -> bool:
    """The session waits for the next thing, or for nothing more; False when it did not wait for ``passed``."""
    moved = db.session.scalar(
        update(BrowserSession)
        .where(BrowserSession.id == session_id, BrowserSession.awaiting == passed)
        .values(awaiting=then)
        .returning(BrowserSession.id)
        .execution_options(synchronize_session=False)
    )
    return moved is not None


# Built once: it is read at every request.
_LIVE = (
    select(
        BrowserSession.id,
        BrowserSession.sid,
        BrowserSession.account_id,
        BrowserSession.rattachement_id,
        BrowserSession.auth_time,
        BrowserSession.acr,
        BrowserSession.amr,
        BrowserSession.awaiting,
        BrowserSession.last_seen_at,
        BrowserSession.idle_s,
        BrowserSession.idle_until,
        BrowserSession.expires_at,
        Account.factor_asked_at,
        Account.mail_refused_at,
        Account.sub,
        Account.state,
        Account.password_change_required,
        Account.identifiant,
        Account.given_name,
        Account.family_name,
    )
    .join(Account, Account.id == BrowserSession.account_id)
    .where(
        BrowserSession.digest == bindparam("digest"),
        BrowserSession.ended_at.is_(None),
        BrowserSession.expires_at > bindparam("now"),
        BrowserSession.idle_until > bindparam("now"),
        Account.state.in_([AccountState.ACTIF, AccountState.ACTIVATION]),
    )
)


def find(token: str, now: datetime) -> SessionVue | None:
    """The live session behind a cookie: one statement, whether it exists or not."""
    sought = {"digest": digest(token), "now": now}
    row = db.session.execute(_LIVE, sought).one_or_none()
    return SessionVue(**row._mapping) if row else None


def touch(session: SessionVue, now: datetime) -> None:
    """Note that the person is there; written once a minute, not at every request."""
    if now - session.last_seen_at >= SEEN_EVERY:
        prolong(session, now)


def prolong(session: SessionVue, now: datetime) -> None:
    """The person is there: it lives unused for as long again."""
    db.session.execute(
        update(BrowserSession)
        .where(BrowserSession.id == session.id)
        .values(last_seen_at=now, idle_until=now + timedelta(seconds=session.idle_s))
    )


def work_for(session_id: UUID, rattachement_id: UUID) -> None:
    """The session works for another organisme; whether its person may is checked by ``idp/habilitations``."""
    db.session.execute(
        update(BrowserSession)
        .where(BrowserSession.id == session_id)
        .values(rattachement_id=rattachement_id)
    )


def remember_rattachement(account_id: UUID, rattachement_id: UUID) -> None:
    """The next sessions of this person start with that organisme; the live ones go on as they are."""
    db.session.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(last_rattachement_id=rattachement_id)
        .execution_options(synchronize_session=False)
    )


def end(session_id: UUID, now: datetime) -> None:
    """End one session; its cookie is dead on the server whatever the browser keeps."""
    end_where(BrowserSession.id == session_id, now)


def end_all(account_id: UUID, now: datetime) -> None:
    """End every session of a person."""
    end_where(BrowserSession.account_id == account_id, now)


def end_where(whose: ColumnElement[bool], now: datetime) -> int:
    """End these sessions; returns how many were live."""
    ended = close_where(whose, now)
    for first in range(0, len(ended), AT_ONCE):
        ports().relying_parties.sessions_ended(ended[first : first + AT_ONCE], now)
    return len(ended)


def close_where(whose: ColumnElement[bool], now: datetime) -> Sequence[UUID]:
    """The same, for a caller that ends what these sessions gave to services, and has the services told."""
    return db.session.scalars(
        update(BrowserSession)
        .where(whose, BrowserSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(BrowserSession.id)
        .execution_options(synchronize_session=False)
    ).all()
