"""Rows of SCIM: how a program of a partner proves who it is, and what it calls the users that it manages.

What a program may do is a ``Mandat`` (``idp/habilitations``), as that of a responsable d'habilitation.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime

EXTERNAL_ID_MAX_CHARS = 200


class ScimClient(Model):
    """A program and its public keys: written here, or published at ``jwks_uri``. It has no secret."""

    __tablename__ = "scim_client"

    mandat_id: Mapped[UUID] = mapped_column(ForeignKey("mandat.id"), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(80), unique=True)
    jwks: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    jwks_uri: Mapped[str | None] = mapped_column(Text)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ScimResource(Model):
    """What one program says of one user: its own name for them, and that it deleted them."""

    __tablename__ = "scim_resource"

    mandat_id: Mapped[UUID] = mapped_column(ForeignKey("mandat.id"), primary_key=True)
    rattachement_id: Mapped[UUID] = mapped_column(ForeignKey("rattachement.id"), primary_key=True)
    external_id: Mapped[str | None] = mapped_column(String(EXTERNAL_ID_MAX_CHARS))
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The instant at which the deletion suspended the place: opened again in the console, it is seen again."""

    __table_args__ = (
        Index("uq_scim_resource_external_id", "mandat_id", "external_id", unique=True),
        Index("ix_scim_resource_rattachement", "rattachement_id"),
    )
