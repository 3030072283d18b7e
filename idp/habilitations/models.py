"""Rows of the rights: who (organisme), the right to a service (convention, contrat), a person's share (groupe).

The words are the guide's. Whether a right holds *now* is decided in ``policy.py``.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, uuid_key


class Caisse(Model):
    """A Caf: its three-character code is never computed from a département."""

    __tablename__ = "caisse"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    libelle: Mapped[str] = mapped_column(String(120))
    departements: Mapped[list[str]] = mapped_column(JSON)


class TypeOrganisme(StrEnum):
    """A legal body, or a person."""

    PERSONNE_MORALE = "personne_morale"
    PERSONNE_PHYSIQUE = "personne_physique"


class Organisme(Model):
    """A partner of the Caf. The SIRET may be absent, shared or change: it is never a key."""

    __tablename__ = "organisme"

    id: Mapped[UUID] = uuid_key()
    type: Mapped[TypeOrganisme]
    raison_sociale: Mapped[str] = mapped_column(String(200))
    """For a personne physique, civility and names as printed on an envelope."""
    siret: Mapped[str | None] = mapped_column(String(14), index=True)
    adresse: Mapped[list[str]] = mapped_column(JSON)
    """At most six lines of 38 characters (AFNOR XP Z10-011)."""
    email: Mapped[str | None] = mapped_column(String(254))
    caisse_code: Mapped[str] = mapped_column(ForeignKey("caisse.code"), index=True)
    """The Caf that writes to this organisme."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    suspendu_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class NumeroUtilisateur(Model):
    """The number that the Caf prints on its letters: it finds an organisme again, and proves nothing."""

    __tablename__ = "numero_utilisateur"

    valeur: Mapped[str] = mapped_column(String(14), primary_key=True)
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"), index=True)
    caisse_code: Mapped[str] = mapped_column(ForeignKey("caisse.code"))


class EtatConvention(StrEnum):
    """Only a convention ``validee`` opens anything."""

    BROUILLON = "brouillon"
    VALIDEE = "validee"
    SUSPENDUE = "suspendue"
    RESILIEE = "resiliee"
    ECHUE = "echue"


class Convention(Model):
    """The agreement under which an organisme's users reach the services of the Caf."""

    __tablename__ = "convention"

    id: Mapped[UUID] = uuid_key()
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"), index=True)
    libelle: Mapped[str] = mapped_column(String(200))
    etat: Mapped[EtatConvention]
    debut: Mapped[date]
    fin: Mapped[date | None]

    __table_args__ = (CheckConstraint("fin IS NULL OR fin >= debut", name="dates"),)


class ContratDeService(Model):
    """Adds one service to a convention. ``service`` is a code of ``relying_parties.yaml``."""

    __tablename__ = "contrat_de_service"

    id: Mapped[UUID] = uuid_key()
    convention_id: Mapped[UUID] = mapped_column(ForeignKey("convention.id"))
    service: Mapped[str] = mapped_column(String(40))
    debut: Mapped[date]
    fin: Mapped[date | None]
    suspendu_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("convention_id", "service"),)


class TypeLogement(StrEnum):
    """The two kinds of dwellings of the guide."""

    CONVENTIONNE = "conventionne"
    PRIVE = "prive"


class Groupe(Model):
    """A groupe d'habilitation: a service, for a type de logement, in a zone (one caisse)."""

    __tablename__ = "groupe"

    id: Mapped[UUID] = uuid_key()
    contrat_id: Mapped[UUID] = mapped_column(ForeignKey("contrat_de_service.id"))
    code: Mapped[str] = mapped_column(String(80))
    """What services see, e.g. ``offre-bailleurs:prive:359``; stable for ever."""
    libelle: Mapped[str] = mapped_column(String(120))
    type_logement: Mapped[TypeLogement | None]
    zone: Mapped[str] = mapped_column(ForeignKey("caisse.code"))
    profil: Mapped[str | None] = mapped_column(String(20))
    actif: Mapped[bool] = mapped_column(default=True)
    suspendu_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("contrat_id", "code"),)


class Role(StrEnum):
    """What a person is in an organisme."""

    ADMINISTRATEUR = "administrateur"
    RESPONSABLE_HABILITATION = "responsable_habilitation"
    UTILISATEUR = "utilisateur"


class Mobilite(StrEnum):
    """Where a user works (guide, « Créer un utilisateur »)."""

    SEDENTAIRE = "sedentaire"
    ITINERANT = "itinerant"


class Rattachement(Model):
    """Ties a person to an organisme, with a role and dates; both days belong to the period."""

    __tablename__ = "rattachement"

    id: Mapped[UUID] = uuid_key()
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"))
    role: Mapped[Role] = mapped_column(default=Role.UTILISATEUR)
    ouverture: Mapped[date]
    cloture: Mapped[date | None]
    mobilite: Mapped[Mobilite] = mapped_column(default=Mobilite.SEDENTAIRE)
    suspendu_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("account_id", "organisme_id"),
        Index("ix_rattachement_organisme", "organisme_id", "created_at", "id"),
        CheckConstraint("cloture IS NULL OR cloture >= ouverture", name="dates"),
    )


class Habilitation(Model):
    """A person's membership of a group, dated; ``granted_by`` is the account that ticked the box."""

    __tablename__ = "habilitation"

    id: Mapped[UUID] = uuid_key()
    rattachement_id: Mapped[UUID] = mapped_column(ForeignKey("rattachement.id"))
    groupe_id: Mapped[UUID] = mapped_column(ForeignKey("groupe.id"), index=True)
    debut: Mapped[date]
    fin: Mapped[date | None]
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by: Mapped[UUID | None]

    __table_args__ = (UniqueConstraint("rattachement_id", "groupe_id"),)


class TypeCourrier(StrEnum):
    """The two letters of a personne morale, never printed together."""

    IDENTIFIANT = "identifiant"
    SECRET = "secret"  # noqa: S105 - the name of a letter


class Courrier(Model):
    """A letter to print. It never holds the secret, which is drawn when its letter is exported."""

    __tablename__ = "courrier"

    id: Mapped[UUID] = uuid_key()
    type: Mapped[TypeCourrier]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    exported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lot: Mapped[str | None] = mapped_column(String(60))

    __table_args__ = (Index("ix_courrier_a_exporter", "exported_at", "type", "created_at"),)


class RoleAgent(StrEnum):
    """What an agent of the Caf may do here."""

    GESTIONNAIRE = "gestionnaire"
    SUPERVISEUR = "superviseur"
    NATIONAL = "national"


class Agent(Model):
    """An agent of the Caf: supervises the organismes of these caisses, of all of them when national."""

    __tablename__ = "agent"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    role: Mapped[RoleAgent]
    caisses: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
