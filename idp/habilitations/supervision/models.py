"""Rows of the supervision: what is asked of a second agent, what is done to many people at once, what the
worker found.

Suspensions are in ``idp/habilitations/models.py``: the formula of the rights reads them.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key
from idp.habilitations.models import EtatSuccession


class Remplacement(Model):
    """An agent asks that an organisme gets another administrateur; a second agent decides (guide, page 3).

    The successor is somebody of the organisme (``successeur_id``), or a new person to whom letters are sent.
    Who asked the Caf to administer (``succession_id``) becomes an administrateur beside the others.
    """

    __tablename__ = "remplacement"

    id: Mapped[UUID] = uuid_key()
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"), index=True)
    successeur_id: Mapped[UUID | None] = mapped_column(ForeignKey("rattachement.id"))
    succession_id: Mapped[UUID | None] = mapped_column(ForeignKey("succession.id"), index=True)
    civilite: Mapped[str | None] = mapped_column(String(10))
    nom: Mapped[str | None] = mapped_column(String(100))
    prenom: Mapped[str | None] = mapped_column(String(100))
    motif: Mapped[str] = mapped_column(String(500))
    etat: Mapped[EtatSuccession] = mapped_column(default=EtatSuccession.EN_ATTENTE)
    demande_par: Mapped[UUID]
    demande_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expire_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decide_par: Mapped[UUID | None]
    decide_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    refus: Mapped[str | None] = mapped_column(String(500))
    """Why the second agent refused."""

    __table_args__ = (
        Index(
            "ix_remplacement_en_attente",
            "organisme_id",
            unique=True,
            postgresql_where=text("etat = 'en_attente'"),
            sqlite_where=text("etat = 'en_attente'"),
        ),
        # What waits for a second agent, the oldest first (supervision/lecture.py).
        Index(
            "ix_remplacement_a_decider",
            "demande_at",
            "id",
            postgresql_where=text("etat = 'en_attente'"),
            sqlite_where=text("etat = 'en_attente'"),
        ),
        CheckConstraint("(successeur_id IS NULL) <> (nom IS NULL)", name="successeur"),
        CheckConstraint("etat <> 'acceptee' OR decide_par <> demande_par", name="deux_agents"),
    )


class SansAdministrateur(Model):
    """An organisme of which nobody could act as administrateur at the last look; ``depuis`` is the first."""

    __tablename__ = "sans_administrateur"

    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"), primary_key=True)
    depuis: Mapped[datetime] = mapped_column(UtcDateTime)


class GenreDOperation(StrEnum):
    """What is done to many people at once."""

    MOT_DE_PASSE = "mot_de_passe"
    FIN_DE_SERVICE = "fin_de_service"


class Operation(Model):
    """Done by the worker, some people at a time (``operations.py``); ``total`` is None until it is known."""

    __tablename__ = "operation"

    id: Mapped[UUID] = uuid_key()
    genre: Mapped[GenreDOperation]
    service: Mapped[str | None] = mapped_column(String(40))
    motif: Mapped[str] = mapped_column(String(500))
    par: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    total: Mapped[int | None]
    faits: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    curseur: Mapped[UUID | None]
    """The last person done: those after them are left."""
    finie_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "ix_operation_en_cours",
            "genre",
            "service",
            unique=True,
            postgresql_where=text("finie_at IS NULL"),
            sqlite_where=text("finie_at IS NULL"),
        ),
        # Two that name no service are never the same for the index before.
        Index(
            "ix_operation_en_cours_partout",
            "genre",
            unique=True,
            postgresql_where=text("finie_at IS NULL AND service IS NULL"),
            sqlite_where=text("finie_at IS NULL AND service IS NULL"),
        ),
    )
