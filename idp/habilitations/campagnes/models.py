"""Rows of the campaigns: what was asked, and one recipient for each person, once."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key
from idp.habilitations.campagnes.policy import EtatCampagne, EtatEnvoi, Voie
from idp.habilitations.models import TypeOrganisme

TITRE_MAX_CHARS = 120


class Connexions(StrEnum):
    """Of whom: everybody, who never connected, or who has not since a day (or never)."""

    TOUTES = "toutes"
    JAMAIS = "jamais"
    PAS_DEPUIS = "pas_depuis"


class Campagne(Model):
    """A reminder to the landlords of some caisses (of all when ``caisses`` is empty).

    Its counters are written with what they count, so that a page never counts recipients. ``tour`` tells which
    chain of deliveries is the one that goes on: a pause and what follows it never make two.
    """

    __tablename__ = "campagne"

    id: Mapped[UUID] = uuid_key()
    titre: Mapped[str] = mapped_column(String(TITRE_MAX_CHARS))
    edition: Mapped[date]
    """Of which month (its first day) it is the reminder: whoever prepares it, nobody reads it twice."""
    etat: Mapped[EtatCampagne] = mapped_column(default=EtatCampagne.PREPARATION)
    caisses: Mapped[list[str]] = mapped_column(JSON)
    type_organisme: Mapped[TypeOrganisme | None]
    service: Mapped[str | None] = mapped_column(String(40))
    connexions: Mapped[Connexions] = mapped_column(default=Connexions.TOUTES)
    depuis: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID]
    launched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    launched_by: Mapped[UUID | None]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    tour: Mapped[int] = mapped_column(default=0)
    curseur: Mapped[UUID | None]
    """The last rattachement that was looked at for recipients."""
    courriels: Mapped[int] = mapped_column(default=0)
    courriers: Mapped[int] = mapped_column(default=0)
    sans_voie: Mapped[int] = mapped_column(default=0)
    envoyes: Mapped[int] = mapped_column(default=0)
    prepares: Mapped[int] = mapped_column(default=0)
    ecartes: Mapped[int] = mapped_column(default=0)
    refuses: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("ix_campagne_created", "created_at"),)


class DestinataireCampagne(Model):
    """A person of a campaign: their key is what keeps them from being written to twice."""

    __tablename__ = "campagne_destinataire"

    campagne_id: Mapped[UUID] = mapped_column(ForeignKey("campagne.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"))
    voie: Mapped[Voie]
    etat: Mapped[EtatEnvoi]
    at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index("ix_campagne_destinataire_account", "account_id"),
        Index(
            "ix_campagne_destinataire_a_envoyer",
            "campagne_id",
            "voie",
            "account_id",
            postgresql_where=text("etat = 'a_envoyer'"),
            sqlite_where=text("etat = 'a_envoyer'"),
        ),
        Index(
            "ix_campagne_destinataire_refuse",
            "campagne_id",
            "account_id",
            postgresql_where=text("etat = 'refuse'"),
            sqlite_where=text("etat = 'refuse'"),
        ),
    )
