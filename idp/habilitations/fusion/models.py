"""Rows of the mergers: who was put into whom and why, and what moved, so that it can be undone."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key


class Fusion(Model):
    """An organisme (``absorbe``) was put into another one (``garde``), until it is undone."""

    __tablename__ = "fusion"

    id: Mapped[UUID] = uuid_key()
    garde_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"), index=True)
    absorbe_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"))
    motif: Mapped[str] = mapped_column(String(500))
    par: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    defaite_par: Mapped[UUID | None]
    defaite_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    defaite_motif: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (
        Index(
            "ix_fusion_absorbe",
            "absorbe_id",
            unique=True,
            postgresql_where=text("defaite_at IS NULL"),
            sqlite_where=text("defaite_at IS NULL"),
        ),
    )


class Genre(StrEnum):
    """What moved; what hangs from a place or a convention follows it, both ways."""

    NUMERO = "numero"
    CONVENTION = "convention"
    PLACE = "place"
    PROGRAMME = "programme"
    DOUBLE = "double"
    """The place that was closed of a person who was in both."""


class LigneDeFusion(Model):
    """One thing that moved: ``ligne_id`` or, of a N° utilisateur, ``valeur``; ``avant``, what a double was."""

    __tablename__ = "ligne_de_fusion"

    id: Mapped[UUID] = uuid_key()
    fusion_id: Mapped[UUID] = mapped_column(ForeignKey("fusion.id"))
    genre: Mapped[Genre]
    ligne_id: Mapped[UUID | None]
    valeur: Mapped[str | None] = mapped_column(String(14))
    avant: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    __table_args__ = (Index("ix_ligne_de_fusion_fusion", "fusion_id", "genre", "ligne_id"),)
