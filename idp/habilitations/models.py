"""Rows of the rights: who (organisme), the right to a service (convention, contrat), a person's share (groupe).

The words are the guide's. Whether a right holds *now* is decided in ``policy.py``.
"""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    literal_column,
    text,
    true,
)
from sqlalchemy.orm import Mapped, mapped_column

from idp.db import Model, UtcDateTime, by_value, uuid_key
from idp.folding import folded
from idp.habilitations.delegation import Qualite
from idp.habilitations.delegation import Role as Role  # a column of theirs: read from here too
from idp.habilitations.etats_de_convention import EtatConvention as EtatConvention  # as for Role
from idp.printable import new_reference


class Caisse(Model):
    """A Caf: its three-character code is never computed from a département."""

    __tablename__ = "caisse"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    libelle: Mapped[str] = mapped_column(String(120))
    departements: Mapped[list[str]] = mapped_column(JSON)
    adresse_postale: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    """Where letters come back to; as on an envelope, without the name. None as long as nobody has said it."""
    telephone: Mapped[str | None] = mapped_column(String(20))
    email_support: Mapped[str | None] = mapped_column(String(254))


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
    delegation_retiree_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when the Caf manages its habilitations itself: its console only shows (``acteurs.py``)."""
    fusionne_dans: Mapped[UUID | None]
    """The organisme into which the Caf put this one, of which nothing works any more; ``fusion/`` has the row."""
    mots: Mapped[str] = mapped_column(
        String(201),
        Computed(
            literal_column("' '").concat(folded(literal_column("raison_sociale"))), persisted=True
        ),
        deferred=True,
    )
    """The raison sociale as it is looked for, by the beginning of its words: made by the database. Alembic's batch
    copies no such column: on SQLite, this table is altered by ``op.add_column`` alone."""

    __table_args__ = (
        Index("ix_organisme_mots", "mots", "id"),
        Index("ix_organisme_email_lower", text("lower(email)")),
    )


class NumeroUtilisateur(Model):
    """The number that the Caf prints on its letters: it finds an organisme again, and proves nothing."""

    __tablename__ = "numero_utilisateur"

    valeur: Mapped[str] = mapped_column(String(14), primary_key=True)
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"), index=True)
    caisse_code: Mapped[str] = mapped_column(ForeignKey("caisse.code"))


class Convention(Model):
    """The agreement under which an organisme's users reach the services of the Caf."""

    __tablename__ = "convention"

    id: Mapped[UUID] = uuid_key()
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"), index=True)
    libelle: Mapped[str] = mapped_column(String(200))
    etat: Mapped[EtatConvention]
    debut: Mapped[date]
    fin: Mapped[date | None]
    resiliation: Mapped[date | None]
    """Its last day when somebody decided its end; ``fin`` is then that day too."""
    fin_avant_resiliation: Mapped[date | None]
    """What ``fin`` was before that, and is again if it is cancelled."""
    renouvelle_id: Mapped[UUID | None] = mapped_column(ForeignKey("convention.id"), index=True)
    """The convention that this one follows: once validated, it takes over its contrats."""

    __table_args__ = (
        CheckConstraint("fin IS NULL OR fin >= debut", name="dates"),
        Index(
            "ix_convention_fin",
            "fin",
            postgresql_where=text("fin IS NOT NULL"),
            sqlite_where=text("fin IS NOT NULL"),
        ),
    )


class TransitionDeConvention(Model):
    """A convention passed from a state to another: why, when, by whom (None for what time did)."""

    __tablename__ = "transition_de_convention"

    id: Mapped[UUID] = uuid_key()
    convention_id: Mapped[UUID] = mapped_column(ForeignKey("convention.id"))
    de: Mapped[EtatConvention | None] = mapped_column(by_value(EtatConvention, "de"))
    """None for its creation."""
    vers: Mapped[EtatConvention]
    motif: Mapped[str | None] = mapped_column(String(500))
    effet: Mapped[date | None]
    """The last day of a convention that is to end."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    par: Mapped[UUID | None]

    __table_args__ = (Index("ix_transition_de_convention_convention", "convention_id", "at", "id"),)


class ContratDeService(Model):
    """Adds one service to a convention. ``service`` is a code of ``relying_parties.yaml``."""

    __tablename__ = "contrat_de_service"

    id: Mapped[UUID] = uuid_key()
    convention_id: Mapped[UUID] = mapped_column(ForeignKey("convention.id"))
    service: Mapped[str] = mapped_column(String(40))
    debut: Mapped[date]
    fin: Mapped[date | None]
    clos_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was closed at once: the day of its ``fin`` belongs to the period, but opens nothing more."""
    suspendu_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("convention_id", "service"),)


class TypeLogement(StrEnum):
    """The two kinds of dwellings of the guide."""

    CONVENTIONNE = "conventionne"
    PRIVE = "prive"


class Groupe(Model):
    """A groupe d'habilitation: a service, for a type de logement, in a zone (one caisse).

    A sous-groupe, made by an administrateur, has neither: it is a name for some groupes of one contrat
    (``Composante``), and services never hear of it.
    """

    __tablename__ = "groupe"

    id: Mapped[UUID] = uuid_key()
    contrat_id: Mapped[UUID] = mapped_column(ForeignKey("contrat_de_service.id"))
    code: Mapped[str] = mapped_column(String(80))
    """What services see, e.g. ``offre-bailleurs:prive:359``; stable for ever."""
    libelle: Mapped[str] = mapped_column(String(120))
    type_logement: Mapped[TypeLogement | None]
    zone: Mapped[str | None] = mapped_column(ForeignKey("caisse.code"))
    profil: Mapped[str | None] = mapped_column(String(20))
    actif: Mapped[bool] = mapped_column(default=True)
    suspendu_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sous_groupe: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    """The account of the administrateur who made this sous-groupe."""

    __table_args__ = (
        UniqueConstraint("contrat_id", "code"),
        CheckConstraint("sous_groupe OR zone IS NOT NULL", name="zone"),
    )


class Composante(Model):
    """A base groupe that a sous-groupe opens."""

    __tablename__ = "composante"

    sous_groupe_id: Mapped[UUID] = mapped_column(ForeignKey("groupe.id"), primary_key=True)
    base_id: Mapped[UUID] = mapped_column(ForeignKey("groupe.id"), primary_key=True, index=True)


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
    suspendu_par: Mapped[Qualite | None]
    """In what capacity it was suspended: what the Caf suspends, only the Caf gives back."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None]
    """The account, or the mandate of the program, that created the user; None for the Caf."""
    demande: Mapped[UUID | None]
    """The form that created the user: sent twice, it creates one."""
    designe_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When this person became administrateur by being the first to connect."""

    __table_args__ = (
        UniqueConstraint("account_id", "organisme_id"),
        UniqueConstraint("organisme_id", "demande"),
        Index("ix_rattachement_organisme", "organisme_id", "created_at", "id"),
        Index(
            "ix_rattachement_cloture",
            "cloture",
            postgresql_where=text("cloture IS NOT NULL"),
            sqlite_where=text("cloture IS NOT NULL"),
        ),
        Index(
            "ix_rattachement_organisme_cloture",
            "organisme_id",
            "cloture",
            postgresql_where=text("cloture IS NOT NULL"),
            sqlite_where=text("cloture IS NOT NULL"),
        ),
        # Bursts of creations, and administrateurs who sleep (supervision/alertes.py).
        Index(
            "ix_rattachement_cree",
            "created_at",
            postgresql_where=text("created_by IS NOT NULL"),
            sqlite_where=text("created_by IS NOT NULL"),
        ),
        Index(
            "ix_rattachement_administrateur",
            "organisme_id",
            "account_id",
            postgresql_where=text("role = 'administrateur'"),
            sqlite_where=text("role = 'administrateur'"),
        ),
        # Who was designated lately (supervision/designations.py).
        Index(
            "ix_rattachement_designe",
            "designe_at",
            "id",
            postgresql_where=text("designe_at IS NOT NULL"),
            sqlite_where=text("designe_at IS NOT NULL"),
        ),
        CheckConstraint("cloture IS NULL OR cloture >= ouverture", name="dates"),
    )


class Mandat(Model):
    """What an administrateur delegates: to a responsable d'habilitation, or to a program of the partner.

    What may be given under it is ``PerimetreResponsable``. It acts from ``debut`` to ``fin`` (both included) until
    it is ended, and is kept afterwards: rights given under it name it.
    """

    __tablename__ = "mandat"

    id: Mapped[UUID] = uuid_key()
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"), index=True)
    rattachement_id: Mapped[UUID | None] = mapped_column(ForeignKey("rattachement.id"))
    programme: Mapped[str | None] = mapped_column(String(80))
    """The name of the program, when the mandate is not a person's."""
    peut_creer: Mapped[bool]
    debut: Mapped[date]
    fin: Mapped[date | None]
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by: Mapped[UUID]
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[UUID | None]

    __table_args__ = (
        Index(
            "ix_mandat_rattachement",
            "rattachement_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("(rattachement_id IS NULL) <> (programme IS NULL)", name="mandataire"),
        CheckConstraint("fin IS NULL OR fin >= debut", name="dates"),
    )


class PerimetreResponsable(Model):
    """A groupe that may be given under a mandate."""

    __tablename__ = "perimetre_responsable"

    mandat_id: Mapped[UUID] = mapped_column(ForeignKey("mandat.id"), primary_key=True)
    groupe_id: Mapped[UUID] = mapped_column(ForeignKey("groupe.id"), primary_key=True, index=True)


class Habilitation(Model):
    """A person's membership of a group, dated; ``granted_by`` is the account that ticked the box."""

    __tablename__ = "habilitation"

    id: Mapped[UUID] = uuid_key()
    rattachement_id: Mapped[UUID] = mapped_column(ForeignKey("rattachement.id"))
    groupe_id: Mapped[UUID] = mapped_column(ForeignKey("groupe.id"))
    debut: Mapped[date]
    fin: Mapped[date | None]
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    granted_by: Mapped[UUID | None]
    granted_as: Mapped[Qualite] = mapped_column(default=Qualite.CAF, server_default="caf")
    mandat_id: Mapped[UUID | None] = mapped_column(ForeignKey("mandat.id"), index=True)
    """Under which mandate, when it was not an administrateur nor the Caf."""

    __table_args__ = (
        UniqueConstraint("rattachement_id", "groupe_id"),
        # Who is in a groupe is read from the index alone.
        Index("ix_habilitation_groupe", "groupe_id", "rattachement_id"),
        Index(
            "ix_habilitation_fin",
            "fin",
            postgresql_where=text("fin IS NOT NULL"),
            sqlite_where=text("fin IS NOT NULL"),
        ),
        Index(
            "ix_habilitation_rattachement_fin",
            "rattachement_id",
            "fin",
            postgresql_where=text("fin IS NOT NULL"),
            sqlite_where=text("fin IS NOT NULL"),
        ),
    )


class Voie(StrEnum):
    """How somebody becomes administrateur after the first one."""

    PROPOSITION = "proposition"
    COOPTATION = "cooptation"
    CAF = "caf"


class EtatSuccession(StrEnum):
    """What became of it."""

    EN_ATTENTE = "en_attente"
    ACCEPTEE = "acceptee"
    REFUSEE = "refusee"
    ANNULEE = "annulee"


class Succession(Model):
    """A person is to become administrateur: proposed by one, asking the others, or asking the Caf."""

    __tablename__ = "succession"

    id: Mapped[UUID] = uuid_key()
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"), index=True)
    candidat_id: Mapped[UUID] = mapped_column(ForeignKey("rattachement.id"))
    voie: Mapped[Voie]
    etat: Mapped[EtatSuccession] = mapped_column(default=EtatSuccession.EN_ATTENTE)
    motif: Mapped[str | None] = mapped_column(String(500))
    asked_by: Mapped[UUID]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (
        Index(
            "ix_succession_candidat",
            "candidat_id",
            unique=True,
            postgresql_where=text("etat = 'en_attente'"),
            sqlite_where=text("etat = 'en_attente'"),
        ),
        # Those whom the Caf is to answer, the oldest first (supervision/lecture.py).
        Index(
            "ix_succession_a_la_caf",
            "asked_at",
            "id",
            postgresql_where=text("etat = 'en_attente' AND voie = 'caf'"),
            sqlite_where=text("etat = 'en_attente' AND voie = 'caf'"),
        ),
    )


class CibleDeSuspension(StrEnum):
    """What the Caf may suspend à titre conservatoire."""

    UTILISATEUR = "utilisateur"
    GROUPE = "groupe"
    CONTRAT = "contrat"
    CONVENTION = "convention"
    ORGANISME = "organisme"
    SERVICE = "service"


class Suspension(Model):
    """The Caf suspended something à titre conservatoire: why, and until when. Its effect is on the row suspended;
    a service, which has none, is suspended for all partners as long as a row here says so (``claims.py``)."""

    __tablename__ = "suspension"

    id: Mapped[UUID] = uuid_key()
    cible: Mapped[CibleDeSuspension]
    cible_id: Mapped[UUID | None]
    """The rattachement, groupe, contrat, convention or organisme."""
    service: Mapped[str | None] = mapped_column(String(40))
    organisme_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisme.id"))
    libelle: Mapped[str] = mapped_column(String(200))
    """What it was called then; nothing for a person, whose name is looked up."""
    motif: Mapped[str] = mapped_column(String(500))
    par: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    levee_par: Mapped[UUID | None]
    levee_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    levee_motif: Mapped[str | None] = mapped_column(String(500))

    __table_args__ = (
        CheckConstraint("(cible_id IS NULL) <> (service IS NULL)", name="cible"),
        CheckConstraint("(organisme_id IS NULL) = (cible_id IS NULL)", name="organisme"),
        Index("ix_suspension_organisme", "organisme_id", "at", "id"),
        Index(
            "ix_suspension_en_vigueur",
            "at",
            "id",
            postgresql_where=text("levee_at IS NULL AND organisme_id IS NOT NULL"),
            sqlite_where=text("levee_at IS NULL AND organisme_id IS NOT NULL"),
        ),
        Index(
            "ix_suspension_cible",
            "cible_id",
            unique=True,
            postgresql_where=text("cible_id IS NOT NULL AND levee_at IS NULL"),
            sqlite_where=text("cible_id IS NOT NULL AND levee_at IS NULL"),
        ),
        Index(
            "ix_suspension_service",
            "service",
            unique=True,
            postgresql_where=text("service IS NOT NULL AND levee_at IS NULL"),
            sqlite_where=text("service IS NOT NULL AND levee_at IS NULL"),
        ),
    )


class MotifDAvis(StrEnum):
    """Why a service is told that what it holds of a person is over."""

    HABILITATION = "habilitation"
    COMPOSITION = "composition"
    ROLE = "role"
    SUSPENSION = "suspension"
    CLOTURE = "cloture"
    ECHEANCE = "echeance"


class AvisDeRetrait(Model):
    """A service through which a person worked for an organisme was told that this is over.

    What becomes of it is read in the outbox (``avis.py``). Kept for some weeks: the journal tells for longer.
    """

    __tablename__ = "avis_de_retrait"

    id: Mapped[UUID] = uuid_key()
    rattachement_id: Mapped[UUID] = mapped_column(ForeignKey("rattachement.id"))
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"))
    nom: Mapped[str] = mapped_column(String(120))
    """The service, as people knew it then."""
    service: Mapped[str | None] = mapped_column(String(40))
    """Its code; None for a client that is not of the Caf."""
    motif: Mapped[MotifDAvis]
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    decided_by: Mapped[UUID | None]
    """The account, or the mandate of the program; None for the Caf, and for what ends by its date."""
    livraison_id: Mapped[UUID | None] = mapped_column(ForeignKey("outbox.id"))
    """None for a service that asks to be told nothing."""
    expire_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the last token that the service was given is over by itself; it is refused here at once."""

    __table_args__ = (
        Index("ix_avis_de_retrait_organisme", "organisme_id", "decided_at", "id"),
        Index("ix_avis_de_retrait_rattachement", "rattachement_id", "decided_at", "id"),
    )


class RappelDEcheances(Model):
    """The week (its Monday) in which an organisme was last told by mail of what ends soon (``rappels.py``)."""

    __tablename__ = "rappel_d_echeances"

    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"), primary_key=True)
    lundi: Mapped[date]


class FinsDites(Model):
    """The last day of which services were told what ended (``fins.py``): one row."""

    __tablename__ = "fins_dites"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    jour: Mapped[date]

    __table_args__ = (CheckConstraint("id = 1", name="une"),)


class TypeCourrier(StrEnum):
    """The two letters of a personne morale, never printed together; a reminder; notices of what was done."""

    IDENTIFIANT = "identifiant"
    SECRET = "secret"  # noqa: S105 - the name of a letter
    RAPPEL = "rappel"
    REMPLACEMENT = "remplacement"
    DESIGNATION = "designation"
    DELEGATION_RETIREE = "delegation_retiree"
    DELEGATION_RENDUE = "delegation_rendue"


DES_IDENTIFIANTS = (TypeCourrier.IDENTIFIANT, TypeCourrier.SECRET)
"""The letters by which somebody may sign in for the first time."""
ANNONCES = (
    *(TypeCourrier.REMPLACEMENT, TypeCourrier.DESIGNATION),
    *(TypeCourrier.DELEGATION_RETIREE, TypeCourrier.DELEGATION_RENDUE),
)
"""Those that tell an organisme what was done, whoever reads its mail."""
A_L_ADRESSE_SURE = (*DES_IDENTIFIANTS, *ANNONCES)
"""Those that wait for an address that was changed to be confirmed: what they say is not for who chose it alone."""


class EtatCourrier(StrEnum):
    """The life of a letter; ``classe`` when it came back and nothing more is done of it, ``remplace`` when it was
    issued again, ``sans_objet`` when it would open nothing."""

    EN_ATTENTE = "en_attente"
    A_IMPRIMER = "a_imprimer"
    IMPRIME = "imprime"
    ENVOYE = "envoye"
    RETOURNE = "retourne"
    REMPLACE = "remplace"
    SANS_OBJET = "sans_objet"
    CLASSE = "classe"


class Courrier(Model):
    """A letter to print. It never holds the secret, which is drawn when its letter is exported."""

    __tablename__ = "courrier"

    id: Mapped[UUID] = uuid_key()
    type: Mapped[TypeCourrier]
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), index=True)
    """Of whom it is; None when it is of the organisme alone."""
    organisme_id: Mapped[UUID] = mapped_column(ForeignKey("organisme.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    motif: Mapped[str | None] = mapped_column(String(500))
    """Why the Caf did what a notice tells."""
    etat: Mapped[EtatCourrier] = mapped_column(default=EtatCourrier.EN_ATTENTE)
    reference: Mapped[str] = mapped_column(String(12), unique=True, default=new_reference)
    """Printed on the letter, in groups of four: by it the letter is found again when it comes back."""
    exported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lot: Mapped[str | None] = mapped_column(String(60))
    """The name of its batch, kept when the batch is forgotten."""
    lot_id: Mapped[UUID | None] = mapped_column(ForeignKey("lot_de_courriers.id"))
    feuille: Mapped[int | None]
    """The sheet of its batch on which it begins."""
    feuilles: Mapped[int | None]
    """How many sheets it takes."""
    expire_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the secret that it carries is over."""
    returned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    origine_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the first one was asked for, of a letter that was issued again."""

    __table_args__ = (
        Index("ix_courrier_lot", "lot_id", "feuille"),
        Index(
            "ix_courrier_revenu",
            "returned_at",
            "id",
            postgresql_where=text("etat = 'retourne'"),
            sqlite_where=text("etat = 'retourne'"),
        ),
        Index("ix_courrier_a_exporter", "exported_at", "type", "created_at"),
        # How many wait (courriers/suivi.py), without reading the letters.
        Index(
            "ix_courrier_en_attente",
            "organisme_id",
            "type",
            "created_at",
            postgresql_where=text("exported_at IS NULL AND etat = 'en_attente'"),
            sqlite_where=text("exported_at IS NULL AND etat = 'en_attente'"),
        ),
        Index("ix_courrier_organisme", "organisme_id", "created_at"),
    )


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
    cree_par: Mapped[UUID | None]
    """The national agent who created them; None for the command line."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resume: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether they are told by mail, each working morning, of what there is to see."""
    resume_le: Mapped[date | None]
    """The last day when they were, or had nothing to see."""
