"""Rows of the reviews: one per opening, a line per person, and a copy of what each held that day.

A line names nobody: names are read from the account, and are forgotten with it. The rules are in ``policy.py``.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import Role
from idp.habilitations.revues.policy import Decision, Issue


class EtatRevue(StrEnum):
    """The life of a review, in order."""

    OUVERTE = "ouverte"
    APPLICATION = "application"
    """It was ended, or its time is over: what was decided is being done."""
    CLOSE = "close"


class Revue(Model):
    """A review of one organisme; at most one at a time is not closed."""

    __tablename__ = "revue"

    id: Mapped[UUID] = uuid_key()
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"))
    etat: Mapped[EtatRevue] = mapped_column(default=EtatRevue.OUVERTE)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by: Mapped[UUID | None]
    """The account of an administrateur; None when it opened by itself."""
    echeance: Mapped[date]
    """That day, accesses without an answer lapse."""
    rappel: Mapped[int | None]
    """How many days before ``echeance`` the last reminder was sent."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[UUID | None]
    """The account of who ended it; None when its time was over."""
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    document_sha256: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        Index(
            "ix_revue_en_cours",
            "organisme_id",
            unique=True,
            postgresql_where=text("etat <> 'close'"),
            sqlite_where=text("etat <> 'close'"),
        ),
        Index("ix_revue_organisme", "organisme_id", "opened_at"),
        Index("ix_revue_echeance", "etat", "echeance"),
    )


class LigneDeRevue(Model):
    """A person in a review: what was known of them at its opening, what was answered, what became of it."""

    __tablename__ = "ligne_de_revue"

    revue_id: Mapped[UUID] = mapped_column(
        ForeignKey("revue.id", ondelete="CASCADE"), primary_key=True
    )
    rattachement_id: Mapped[UUID] = mapped_column(
        ForeignKey("rattachement.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    account_id: Mapped[UUID]
    rang: Mapped[int]
    """Its place in the review, from 1: the highest risk first, then names."""
    risque: Mapped[int]
    role: Mapped[Role]
    cree_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ouverture: Mapped[date]
    cloture: Mapped[date | None]
    suspendu: Mapped[bool]
    derniere_connexion_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mail_refuse: Mapped[bool]
    groupes: Mapped[int]
    delegues: Mapped[int]
    """How many of these groupes a responsable or a program gave."""
    sans_donneur: Mapped[int]
    """How many were given by somebody who is no longer in the organisme, or by a program that acts no more."""
    decision: Mapped[Decision | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[UUID | None]
    issue: Mapped[Issue | None]
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    restored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    restored_by: Mapped[UUID | None]

    __table_args__ = (Index("ix_ligne_de_revue_rang", "revue_id", "rang", unique=True),)


class DroitRevu(Model):
    """A groupe that a person held at the opening, as it was; the groupe itself may be gone since."""

    __tablename__ = "droit_revu"

    revue_id: Mapped[UUID] = mapped_column(primary_key=True)
    rattachement_id: Mapped[UUID] = mapped_column(primary_key=True)
    groupe_id: Mapped[UUID] = mapped_column(primary_key=True)
    service: Mapped[str] = mapped_column(String(40))
    libelle: Mapped[str] = mapped_column(String(120))
    debut: Mapped[date]
    fin: Mapped[date | None]
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by: Mapped[UUID | None]
    granted_as: Mapped[Qualite]
    lapsed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was taken back, for want of an answer: what may be given back by one press."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["revue_id", "rattachement_id"],
            ["ligne_de_revue.revue_id", "ligne_de_revue.rattachement_id"],
            ondelete="CASCADE",
        ),
    )


class DocumentDeRevue(Model):
    """The signed summary of a closed review, byte for byte."""

    __tablename__ = "document_de_revue"

    revue_id: Mapped[UUID] = mapped_column(
        ForeignKey("revue.id", ondelete="CASCADE"), primary_key=True
    )
    contenu: Mapped[bytes] = mapped_column(LargeBinary)
