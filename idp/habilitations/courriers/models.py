"""Rows of the batches of letters; the letters themselves are in ``idp/habilitations/models.py``."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key
from idp.habilitations.models import TypeCourrier


class EtatDeLot(StrEnum):
    """The life of a batch."""

    PREPARATION = "preparation"
    A_IMPRIMER = "a_imprimer"
    IMPRIME = "imprime"
    ENVOYE = "envoye"


class LotDeCourriers(Model):
    """Letters of one type that are printed together; of every caisse when the command line made it."""

    __tablename__ = "lot_de_courriers"

    id: Mapped[UUID] = uuid_key()
    nom: Mapped[str] = mapped_column(String(60))
    type: Mapped[TypeCourrier]
    caisse_code: Mapped[str | None] = mapped_column(ForeignKey("caisse.code"))
    etat: Mapped[EtatDeLot] = mapped_column(default=EtatDeLot.PREPARATION)
    lettres: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    expire_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its secrets are over."""
    retire_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its letters were taken for the first time, by whom."""
    retire_par: Mapped[UUID | None]
    imprime_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    envoye_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_lot_de_courriers_caisse", "caisse_code", "created_at"),
        # One of a type at a time for a caisse: of two that are asked for at once, the second is the first.
        Index(
            "ix_lot_de_courriers_en_preparation",
            "caisse_code",
            "type",
            unique=True,
            postgresql_where=text("etat = 'preparation'"),
            sqlite_where=text("etat = 'preparation'"),
        ),
    )


class ContenuDeLot(Model):
    """The letters of a batch, sealed: the only place where its secrets are, until they are taken, once."""

    __tablename__ = "contenu_de_lot"

    lot_id: Mapped[UUID] = mapped_column(ForeignKey("lot_de_courriers.id"), primary_key=True)
    scelle: Mapped[bytes] = mapped_column(LargeBinary)
