"""What one relying party holds about one sign-in: a single row, from the code to the last token.

Beside it: the clients that registered themselves, what people let them read, and what must not come twice.
``/authorize`` inserts it and ``/token`` claims its code by one UPDATE (``codes.py``); a logout ends its session.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key
from idp.oidc.claims_request import AskedNames

NONCE_MAX_CHARS = 2048


class Grant(Model):
    """An authorization. The code is kept as a digest; tokens are signed and never kept."""

    # GRANT is a word of SQL.
    __tablename__ = "oidc_grant"

    id: Mapped[UUID] = uuid_key()
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("browser_session.id"))
    sid: Mapped[str] = mapped_column(String(43))
    rattachement_id: Mapped[UUID | None] = mapped_column(ForeignKey("rattachement.id"))
    client_id: Mapped[str] = mapped_column(String(80))
    redirect_uri: Mapped[str] = mapped_column(Text)
    scope: Mapped[str] = mapped_column(String(200))
    nonce: Mapped[str | None] = mapped_column(String(NONCE_MAX_CHARS))
    auth_time: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the person proved who they are; never when the code was drawn."""
    acr: Mapped[str] = mapped_column(String(20))
    amr: Mapped[list[str]] = mapped_column(JSON)
    code_challenge: Mapped[str | None] = mapped_column(String(43))
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    code_expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    code_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    access_token_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claims_asked: Mapped[AskedNames | None] = mapped_column(JSON)
    """What the ``claims`` parameter asked (Core §5.5)."""
    resources: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The APIs that were asked (RFC 8707); none means the client's own."""
    refresh_family_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    refresh_generation: Mapped[int] = mapped_column(default=0)
    refresh_rotated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refresh_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_oidc_grant_session", "session_id"),
        Index("ix_oidc_grant_account", "account_id"),
        Index("ix_oidc_grant_rattachement", "rattachement_id"),
        Index("ix_oidc_grant_created_at", "created_at"),
    )


class Consent(Model):
    """A person lets a client that is not of the Caf read what these scopes open; remembered until withdrawn."""

    __tablename__ = "consent"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    scope: Mapped[str] = mapped_column(String(200))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RegisteredClient(Model):
    """A client that registered itself (RFC 7591): its metadata as it is told, its secrets as digests."""

    __tablename__ = "registered_client"

    client_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata", JSON)
    secret_digest: Mapped[str | None] = mapped_column(String(64))
    registration_token_digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReplayGuard(Model):
    """What may be presented once: the digest of a client and of the ``jti`` of its assertion (RFC 7523 §3)."""

    __tablename__ = "replay_guard"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


ERROR_MAX_CHARS = 200


class ClientError(Model):
    """How many times a client was answered an error at an endpoint, and what it was told last."""

    __tablename__ = "client_error"

    client_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(ERROR_MAX_CHARS), primary_key=True)
    error: Mapped[str] = mapped_column(String(ERROR_MAX_CHARS), primary_key=True)
    description: Mapped[str] = mapped_column(String(ERROR_MAX_CHARS))
    times: Mapped[int]
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
