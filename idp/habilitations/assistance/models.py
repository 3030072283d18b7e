"""Rows of the views that agents opened of what a partner sees; the journal tells of them for longer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key

MOTIF_MAX_CHARS = 500


class VuePartenaire(Model):
    """An agent looks, for some minutes, at what a person of an organisme sees; nothing is done in their name."""

    __tablename__ = "vue_partenaire"

    id: Mapped[UUID] = uuid_key()
    agent_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    rattachement_id: Mapped[UUID] = mapped_column(ForeignKey("rattachement.id"))
    motif: Mapped[str] = mapped_column(String(MOTIF_MAX_CHARS))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_vue_partenaire_opened", "opened_at"),)
