"""Clients that registered themselves: drawn, changed and deleted here, and found by the rest of the protocol.

RFC 7591, RFC 7592. A row that another process changed is read again within ``KEPT_FOR``, so that the hot path pays
no statement for its client. Requests and answers are in ``registration.py``.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from idp import clock, crypto
from idp.db import db
from idp.oidc.clients.client_metadata import RelyingParty, as_metadata
from idp.oidc.clients.registration_request import client_of
from idp.oidc.models import Consent, Grant, RegisteredClient

KEPT_FOR = timedelta(seconds=5)
MAX_KEPT = 1000


@dataclass(frozen=True, slots=True)
class _Kept:
    read_at: datetime
    client: RelyingParty | None


class RegisteredClients:
    """The clients of the database, by identifier, as this process knows them."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    def find(self, client_id: str) -> RelyingParty | None:
        """The client; at most one statement every five seconds."""
        now = clock.now()
        kept = self._kept.get(client_id)
        if kept is None or now - kept.read_at >= KEPT_FOR:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            kept = self._kept[client_id] = _Kept(now, _read(client_id))
        return kept.client

    def forget(self, client_id: str) -> None:
        """Its row has just changed: read it again."""
        self._kept.pop(client_id, None)


def _read(client_id: str) -> RelyingParty | None:
    row = db.session.execute(
        select(RegisteredClient.metadata_, RegisteredClient.secret_digest).where(
            RegisteredClient.client_id == client_id
        )
    ).one_or_none()
    if row is None:
        return None
    return replace(client_of(row.metadata_, client_id), secret_digest=row.secret_digest)


@dataclass(frozen=True, slots=True)
class Registered:
    """A new client and its secrets, which are told this once; ``secret`` is None for a client without."""

    client: RelyingParty
    registration_token: str
    secret: str | None


def new_client_id() -> str:
    """128 random bits; the prefix tells a registered client from one of the Caf in logs."""
    return f"dyn-{crypto.new_token()[:22]}"


def register(client: RelyingParty, now: datetime) -> Registered:
    """Keep a new client."""
    secret = crypto.new_token() if client.has_secret else None
    registered = Registered(client, crypto.new_token(), secret)
    db.session.execute(
        insert(RegisteredClient).values(
            client_id=client.client_id,
            metadata_=as_metadata(client),
            secret_digest=crypto.digest(secret) if secret else None,
            registration_token_digest=crypto.digest(registered.registration_token),
            created_at=now,
            updated_at=now,
        )
    )
    return registered


def authenticated(client_id: str, token: str) -> RegisteredClient | None:
    """The row of the client when the registration token is its own; the same cost when there is no such client."""
    row = db.session.get(RegisteredClient, client_id)
    known = row.registration_token_digest if row else crypto.digest("")
    return row if crypto.same(crypto.digest(token), known) else None


def change(row: RegisteredClient, client: RelyingParty, now: datetime) -> str | None:
    """Replace its metadata; the secret, when its new method needs one and it had none."""
    drawn = crypto.new_token() if client.has_secret and row.secret_digest is None else None
    if drawn is not None:
        row.secret_digest = crypto.digest(drawn)
    if not client.has_secret:
        row.secret_digest = None
    row.metadata_ = as_metadata(client)
    row.updated_at = now
    return drawn


def remove(row: RegisteredClient, now: datetime) -> None:
    """The client, what people let it read, and what its tokens open."""
    gone = row.client_id
    db.session.execute(
        update(Grant)
        .where(Grant.client_id == gone, Grant.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    db.session.execute(delete(Consent).where(Consent.client_id == gone))
    db.session.execute(delete(RegisteredClient).where(RegisteredClient.client_id == gone))
