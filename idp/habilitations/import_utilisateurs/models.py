"""Rows of the imports of users: a file that was sent, and its lines, sealed and kept for a time."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key
from idp.habilitations.import_utilisateurs.plan import Verdict


class EtatImport(StrEnum):
    """The life of an import; it is ``arrete`` when its author may no longer do what it does."""

    ESSAI = "essai"
    EN_COURS = "en_cours"
    TERMINE = "termine"
    ANNULE = "annule"
    ARRETE = "arrete"


class ImportUtilisateurs(Model):
    """A file of users; its counts are those of the trial, then of what was done."""

    __tablename__ = "import_utilisateurs"

    id: Mapped[UUID] = uuid_key()
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"))
    rattachement_id: Mapped[UUID]
    """The author, in whose name the lines are done: they must still be allowed to."""
    account_id: Mapped[UUID]
    fichier: Mapped[str] = mapped_column(String(80))
    etat: Mapped[EtatImport] = mapped_column(default=EtatImport.ESSAI)
    lignes: Mapped[int]
    creations: Mapped[int]
    ajouts: Mapped[int]
    inchanges: Mapped[int]
    refus: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its lines were deleted."""

    __table_args__ = (
        Index("ix_import_utilisateurs_organisme", "organisme_id", "created_at"),
        Index(
            "ix_import_utilisateurs_a_oublier",
            "created_at",
            postgresql_where=text("erased_at IS NULL"),
            sqlite_where=text("erased_at IS NULL"),
        ),
    )


class LigneImport(Model):
    """A line; ``contenu`` is sealed (``contenu.py``), ``faite_at`` is written by what does it."""

    __tablename__ = "ligne_import"

    id: Mapped[UUID] = uuid_key()
    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_utilisateurs.id"))
    numero: Mapped[int]
    verdict: Mapped[Verdict]
    contenu: Mapped[bytes] = mapped_column(LargeBinary)
    faite_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("import_id", "numero"),
        Index(
            "ix_ligne_import_a_faire",
            "import_id",
            "numero",
            postgresql_where=text("faite_at IS NULL"),
            sqlite_where=text("faite_at IS NULL"),
        ),
    )
