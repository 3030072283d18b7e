"""Browser sessions: opened at sign-in, read by one statement, ended for good with what they gave to services.

The cookie holds 256 random bits, the row their digest. 30 minutes idle, 10 hours in all (ANSSI
R12: sessions are bounded).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, select, update

from idp.accounts.levels import Acr
from idp.accounts.models import Account, AccountState, BrowserSession
from idp.accounts.ports import ports
from idp.crypto import digest, new_token
from idp.db import db

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=10)
SEEN_EVERY = timedelta(minutes=1)

PASSWORD_ACR = Acr.MCP1
PASSWORD_AMR = ["pwd"]


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
    last_seen_at: datetime
    sub: UUID
    state: AccountState
    password_change_required: bool
    identifiant: str
    given_name: str | None
    family_name: str | None

    @property
    def active(self) -> bool:
        """Whether the person may go on to pages and services: nothing is left to do first."""
        return self.state is AccountState.ACTIF and not self.password_change_required

    @property
    def display_name(self) -> str:
        """Given name then family name; the identifiant until they are known."""
        return " ".join(filter(None, (self.given_name, self.family_name))) or self.identifiant


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: ``token`` goes to the cookie and nowhere else."""

    token: str
    session_id: UUID


def open_session(
    account_id: UUID, *, rattachement_id: UUID | None, device: str | None, now: datetime
) -> Opened:
    """Start a session after a password was verified, under a new random value (no fixation)."""
    token = new_token()
    session = BrowserSession(
        digest=digest(token),
        account_id=account_id,
        sid=new_token(),
        # OpenID Connect Core §2: seconds; kept whole so that every token of the session repeats it.
        auth_time=now.replace(microsecond=0),
        amr=PASSWORD_AMR,
        acr=PASSWORD_ACR,
        rattachement_id=rattachement_id,
        created_at=now,
        last_seen_at=now,
        idle_until=now + IDLE,
        expires_at=now + ABSOLUTE,
        device=device[:200] if device else None,
    )
    db.session.add(session)
    db.session.flush()
    return Opened(token, session.id)


def renew(session_id: UUID, account_id: UUID, now: datetime) -> Opened | None:
    """The same person signs in again: the same session under a new random value, and what came from it goes on.

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
        .values(
            digest=digest(token),
            auth_time=now.replace(microsecond=0),
            amr=PASSWORD_AMR,
            acr=PASSWORD_ACR,
            last_seen_at=now,
            idle_until=now + IDLE,
            expires_at=now + ABSOLUTE,
        )
        .returning(BrowserSession.id)
        .execution_options(synchronize_session=False)
    )
    return Opened(token, session_id) if renewed else None


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
        BrowserSession.last_seen_at,
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
    if now - session.last_seen_at < SEEN_EVERY:
        return
    db.session.execute(
        update(BrowserSession)
        .where(BrowserSession.id == session.id)
        .values(last_seen_at=now, idle_until=now + IDLE)
    )


def work_for(session_id: UUID, rattachement_id: UUID) -> None:
    """The session works for another organisme; whether its person may is checked by ``idp/habilitations``."""
    db.session.execute(
        update(BrowserSession)
        .where(BrowserSession.id == session_id)
        .values(rattachement_id=rattachement_id)
    )


def end(session_id: UUID, now: datetime) -> None:
    """End one session; its cookie is dead on the server whatever the browser keeps."""
    _end(BrowserSession.id == session_id, now)


def end_all(account_id: UUID, now: datetime) -> None:
    """End every session of a person."""
    _end(BrowserSession.account_id == account_id, now)


def _end(whose: ColumnElement[bool], now: datetime) -> None:
    ended = db.session.scalars(
        update(BrowserSession)
        .where(whose, BrowserSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(BrowserSession.id)
        .execution_options(synchronize_session=False)
    ).all()
    if ended:
        ports().relying_parties.sessions_ended(ended, now)
