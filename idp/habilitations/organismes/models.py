"""Rows of what an organisme was: each change of its name, type, SIRET, addresses or numbers, by whom and why."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key

MOTIF_MAX = 500
A_CONFIRMER = "champ IN ('adresse', 'raison_sociale') AND confirme_at IS NULL"
"""In SQL, word for word as the partial index says it: a bound value would not let the database choose it."""


class Champ(StrEnum):
    """What may change of an organisme and stay it."""

    RAISON_SOCIALE = "raison_sociale"
    SIRET = "siret"
    ADRESSE = "adresse"
    EMAIL = "email"
    TYPE = "type"
    NUMERO = "numero"
    CAISSE = "caisse"
    """The one that writes to it."""


class ChangementDOrganisme(Model):
    """One field of an organisme was this, and is that since; the lines of an address are told by line ends."""

    __tablename__ = "changement_d_organisme"

    id: Mapped[UUID] = uuid_key()
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"))
    champ: Mapped[Champ]
    avant: Mapped[str | None] = mapped_column(String(300))
    apres: Mapped[str | None] = mapped_column(String(300))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    par: Mapped[UUID | None]
    """The account of the agent, who typed it or sent the file; None for the command line."""
    motif: Mapped[str] = mapped_column(String(MOTIF_MAX))
    confirme_par: Mapped[UUID | None]
    confirme_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a second agent confirmed it, by whom, or at once when none has to: no letter with identifiers leaves
    before (``courriers/adresses.py``)."""
    par_reunion: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it was the name or the address of an organisme that was put into this one, which never had it."""

    __table_args__ = (
        Index("ix_changement_d_organisme_organisme", "organisme_id", "at", "id"),
        # A SIRET of before finds the organisme again.
        Index("ix_changement_d_organisme_avant", "champ", "avant"),
        Index(
            "ix_changement_d_organisme_a_confirmer",
            "organisme_id",
            postgresql_where=text(A_CONFIRMER),
            sqlite_where=text(A_CONFIRMER),
        ),
    )
