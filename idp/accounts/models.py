"""Rows of the people: accounts, the secrets sent to them, their browser sessions, the texts they accepted."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.accounts.gates import Awaiting
from idp.db import Model, UtcDateTime, uuid_key
from idp.folding import folded


class AccountState(StrEnum):
    """The life of an account: only ``actif`` reaches a service."""

    PREPARE = "prepare"
    EN_ATTENTE = "en_attente"
    ACTIVATION = "activation"
    ACTIF = "actif"
    SUSPENDU = "suspendu"
    CLOS = "clos"


class Account(Model):
    """A person. The identifiant is assigned and never changes; ``sub`` is what services see."""

    __tablename__ = "account"

    id: Mapped[UUID] = uuid_key()
    identifiant: Mapped[str] = mapped_column(String(20), unique=True)
    sub: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    state: Mapped[AccountState] = mapped_column(default=AccountState.PREPARE)
    civility: Mapped[str | None] = mapped_column(String(5))
    family_name: Mapped[str | None] = mapped_column(String(80))
    given_name: Mapped[str | None] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(254))
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    phone: Mapped[str | None] = mapped_column(String(20))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    password_changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    password_change_required: Mapped[bool] = mapped_column(default=False)
    failures: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    factor_failures: Mapped[int] = mapped_column(default=0, server_default="0")
    factor_blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    factor_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person was first told that their role requires a second factor: their time of grace starts."""
    last_rattachement_id: Mapped[UUID | None]
    """The organisme last chosen; the row is of ``habilitations``, which this package does not know."""
    mail_refused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a mail to the address on file was last refused; none since it was last delivered or changed."""
    mail_refusal: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    informed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    idle_warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the person was last warned that an account nobody uses is deleted."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    anonymised_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_account_email_lower", text("lower(email)")),
        Index(
            "ix_account_nom",
            folded(literal_column("family_name")),
            folded(literal_column("coalesce(given_name, '')")),
            "id",
        ),
        Index("ix_account_last_login", "last_login_at"),
        Index("ix_account_closed", "closed_at"),
        Index(
            "ix_account_idle_since",
            text("coalesce(last_login_at, activated_at, created_at)"),
            postgresql_where=text("anonymised_at IS NULL"),
            sqlite_where=text("anonymised_at IS NULL"),
        ),
        Index("ix_account_anonymised", "anonymised_at"),
        Index(
            "ix_account_mail_refused",
            "mail_refused_at",
            postgresql_where=text("mail_refused_at IS NOT NULL"),
            sqlite_where=text("mail_refused_at IS NOT NULL"),
        ),
    )

    @property
    def display_name(self) -> str:
        """Given name then family name; the identifiant until they are known."""
        return " ".join(filter(None, (self.given_name, self.family_name))) or self.identifiant


class ChallengeKind(StrEnum):
    """What a challenge proves."""

    ACTIVATION = "activation"
    EMAIL_CODE = "email_code"
    RESET = "reset"


class Challenge(Model):
    """A secret sent to a person: stored as a digest, bounded in time and in tries, used once."""

    __tablename__ = "challenge"

    id: Mapped[UUID] = uuid_key()
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[ChallengeKind]
    digest: Mapped[str] = mapped_column(String(255))
    target: Mapped[str | None] = mapped_column(String(254))
    """For a mail code, the address that it proves."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_challenge_account", "account_id", "kind", "created_at"),)


class BrowserSession(Model):
    """A person signed in on a browser. The cookie holds a random value of which this is the digest."""

    __tablename__ = "browser_session"

    id: Mapped[UUID] = uuid_key()
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    sid: Mapped[str] = mapped_column(String(43), unique=True)
    """What relying parties are told of this session (OpenID Connect Front-Channel Logout §3)."""
    auth_time: Mapped[datetime] = mapped_column(UtcDateTime)
    amr: Mapped[list[str]] = mapped_column(JSON)
    acr: Mapped[str] = mapped_column(String(20))
    awaiting: Mapped[Awaiting | None]
    rattachement_id: Mapped[UUID | None]
    """The selected organisme; the row is of ``habilitations``, which this package does not know."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    idle_s: Mapped[int] = mapped_column(default=1800, server_default="1800")
    """How long it lives unused, in seconds; ``idle_until`` is the instant, moved on while it is used."""
    idle_until: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    device: Mapped[str | None] = mapped_column(String(200))
    address: Mapped[str | None] = mapped_column(String(45))
    """The network address of the sign-in, as the network gave it; no place is looked up."""


class Texte(StrEnum):
    """The two texts of the first connection, accepted apart (guide, steps 4 and 5)."""

    REGLES_USAGE = "regles_usage"
    CONDITIONS_UTILISATION = "conditions_utilisation"


class AcceptationTexte(Model):
    """A person accepted a version of a text, once."""

    __tablename__ = "acceptation_texte"

    id: Mapped[UUID] = uuid_key()
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    texte: Mapped[Texte]
    version: Mapped[str] = mapped_column(String(10))
    accepted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("account_id", "texte", "version"),)


class Draft(Model):
    """What was typed in a form whose session had ended, sealed, for its person and its page alone."""

    __tablename__ = "draft"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    path: Mapped[str] = mapped_column(String(300))
    sealed: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_draft_account", "account_id", "created_at"),
        Index("ix_draft_created_at", "created_at"),
    )
