"""Rows of the files of organismes: what was sent, sealed until it is read, then its lines, kept for a time."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key
from idp.habilitations.organismes.plan import Effet


class EtatDImport(StrEnum):
    """The life of a file: ``refuse`` when it cannot be read at all, ``arrete`` when its author may act no more."""

    LECTURE = "lecture"
    ESSAI = "essai"
    EN_COURS = "en_cours"
    TERMINE = "termine"
    ANNULE = "annule"
    ARRETE = "arrete"
    REFUSE = "refuse"


class ImportOrganismes(Model):
    """A file of organismes; its counts are those of the trial, then of what was done."""

    __tablename__ = "import_organismes"

    id: Mapped[UUID] = uuid_key()
    account_id: Mapped[UUID]
    """The agent, in whose name and for whose caisses the lines are done."""
    national: Mapped[bool]
    fichier: Mapped[str] = mapped_column(String(80))
    etat: Mapped[EtatDImport] = mapped_column(default=EtatDImport.LECTURE)
    motif: Mapped[str | None] = mapped_column(String(1000))
    """Why the file as a whole was refused."""
    octets: Mapped[int]
    lus: Mapped[int] = mapped_column(default=0)
    """How many bytes were read so far."""
    curseur: Mapped[int] = mapped_column(default=0)
    """The number of the last line that was read, then of the last that was done."""
    lignes: Mapped[int] = mapped_column(default=0)
    creations: Mapped[int] = mapped_column(default=0)
    mises_a_jour: Mapped[int] = mapped_column(default=0)
    inchanges: Mapped[int] = mapped_column(default=0)
    refus: Mapped[int] = mapped_column(default=0)
    faites: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its lines were deleted."""

    __table_args__ = (
        Index("ix_import_organismes_created_at", "created_at"),
        Index(
            "ix_import_organismes_a_oublier",
            "created_at",
            postgresql_where=text("erased_at IS NULL"),
            sqlite_where=text("erased_at IS NULL"),
        ),
    )


class CaisseDImport(Model):
    """A caisse of the agent who sent a file, when they are not of all of them: the agents of these see it."""

    __tablename__ = "caisse_d_import"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_organismes.id"), primary_key=True)
    caisse_code: Mapped[str] = mapped_column(String(3), primary_key=True)


class MorceauDImport(Model):
    """A part of a file, sealed; deleted once the file is read."""

    __tablename__ = "morceau_d_import"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_organismes.id"), primary_key=True)
    rang: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    contenu: Mapped[bytes] = mapped_column(LargeBinary)


class LigneDImport(Model):
    """A line of a file; ``contenu`` is sealed (``contenu.py``)."""

    __tablename__ = "ligne_d_import"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("import_organismes.id"), primary_key=True)
    numero: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    effet: Mapped[Effet]
    contenu: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = (Index("ix_ligne_d_import_effet", "import_id", "effet", "numero"),)
