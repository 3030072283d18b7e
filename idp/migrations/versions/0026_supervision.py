"""Conventions have a history, the Caf suspends, takes over and replaces: rows of the supervision."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_AVANT = ("brouillon", "validee", "suspendue", "resiliee", "echue")
_ETATS = (
    *("brouillon", "a_signer", "validee", "refusee", "abandonnee"),
    *("suspendue", "resiliee", "echue"),
)


def _enumeration(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=30)


def _etats(values: tuple[str, ...]) -> None:
    dits = ", ".join(f"'{value}'" for value in values)
    with op.batch_alter_table("convention", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_convention_etatconvention"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_convention_etatconvention"), f"etat IN ({dits})"
        )


def upgrade() -> None:
    """Apply."""
    _etats(_ETATS)
    with op.batch_alter_table("convention", schema=None) as batch_op:
        batch_op.add_column(sa.Column("resiliation", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("renouvelle_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_convention_renouvelle_id_convention"),
            "convention",
            ["renouvelle_id"],
            ["id"],
        )
        batch_op.create_index(batch_op.f("ix_convention_renouvelle_id"), ["renouvelle_id"])
        batch_op.create_index(
            "ix_convention_fin",
            ["fin"],
            postgresql_where=sa.text("fin IS NOT NULL"),
            sqlite_where=sa.text("fin IS NOT NULL"),
        )
    with op.batch_alter_table("contrat_de_service", schema=None) as batch_op:
        batch_op.add_column(sa.Column("clos_at", sa.DateTime(timezone=True), nullable=True))
    # Not by a copy of the table: SQLite does not copy its computed column.
    op.add_column(
        "organisme", sa.Column("delegation_retiree_at", sa.DateTime(timezone=True), nullable=True)
    )
    with op.batch_alter_table("rattachement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_rattachement_cree",
            ["created_at"],
            postgresql_where=sa.text("created_by IS NOT NULL"),
            sqlite_where=sa.text("created_by IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_rattachement_administrateur",
            ["organisme_id", "account_id"],
            postgresql_where=sa.text("role = 'administrateur'"),
            sqlite_where=sa.text("role = 'administrateur'"),
        )
    _transitions()
    _suspensions()
    _remplacements()
    _operations()


def _transitions() -> None:
    op.create_table(
        "transition_de_convention",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("convention_id", sa.Uuid(), nullable=False),
        sa.Column("de", _enumeration("de", *_ETATS), nullable=True),
        sa.Column("vers", _enumeration("etatconvention", *_ETATS), nullable=False),
        sa.Column("motif", sa.String(length=500), nullable=True),
        sa.Column("effet", sa.Date(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("par", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["convention_id"],
            ["convention.id"],
            name=op.f("fk_transition_de_convention_convention_id_convention"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transition_de_convention")),
    )
    op.create_index(
        "ix_transition_de_convention_convention",
        "transition_de_convention",
        ["convention_id", "at", "id"],
    )


def _suspensions() -> None:
    op.create_table(
        "suspension",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "cible",
            _enumeration(
                "cibledesuspension",
                *("utilisateur", "groupe", "contrat", "convention", "organisme", "service"),
            ),
            nullable=False,
        ),
        sa.Column("cible_id", sa.Uuid(), nullable=True),
        sa.Column("service", sa.String(length=40), nullable=True),
        sa.Column("organisme_id", sa.Uuid(), nullable=True),
        sa.Column("libelle", sa.String(length=200), nullable=False),
        sa.Column("motif", sa.String(length=500), nullable=False),
        sa.Column("par", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("levee_par", sa.Uuid(), nullable=True),
        sa.Column("levee_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("levee_motif", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(cible_id IS NULL) <> (service IS NULL)", name=op.f("ck_suspension_cible")
        ),
        sa.CheckConstraint(
            "(organisme_id IS NULL) = (cible_id IS NULL)", name=op.f("ck_suspension_organisme")
        ),
        sa.ForeignKeyConstraint(
            ["organisme_id"], ["organisme.id"], name=op.f("fk_suspension_organisme_id_organisme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspension")),
    )
    op.create_index("ix_suspension_organisme", "suspension", ["organisme_id", "at", "id"])
    for name, column in (("cible", "cible_id"), ("service", "service")):
        en_cours = sa.text(f"{column} IS NOT NULL AND levee_at IS NULL")
        op.create_index(
            f"ix_suspension_{name}",
            "suspension",
            [column],
            unique=True,
            postgresql_where=en_cours,
            sqlite_where=en_cours,
        )


def _remplacements() -> None:
    op.create_table(
        "remplacement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column("successeur_id", sa.Uuid(), nullable=True),
        sa.Column("civilite", sa.String(length=10), nullable=True),
        sa.Column("nom", sa.String(length=100), nullable=True),
        sa.Column("prenom", sa.String(length=100), nullable=True),
        sa.Column("motif", sa.String(length=500), nullable=False),
        sa.Column(
            "etat",
            _enumeration("etatsuccession", "en_attente", "acceptee", "refusee", "annulee"),
            nullable=False,
        ),
        sa.Column("demande_par", sa.Uuid(), nullable=False),
        sa.Column("demande_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decide_par", sa.Uuid(), nullable=True),
        sa.Column("decide_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(successeur_id IS NULL) <> (nom IS NULL)", name=op.f("ck_remplacement_successeur")
        ),
        sa.CheckConstraint(
            "etat <> 'acceptee' OR decide_par <> demande_par",
            name=op.f("ck_remplacement_deux_agents"),
        ),
        sa.ForeignKeyConstraint(
            ["organisme_id"], ["organisme.id"], name=op.f("fk_remplacement_organisme_id_organisme")
        ),
        sa.ForeignKeyConstraint(
            ["successeur_id"],
            ["rattachement.id"],
            name=op.f("fk_remplacement_successeur_id_rattachement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remplacement")),
    )
    op.create_index(op.f("ix_remplacement_organisme_id"), "remplacement", ["organisme_id"])
    op.create_index(
        "ix_remplacement_en_attente",
        "remplacement",
        ["organisme_id"],
        unique=True,
        postgresql_where=sa.text("etat = 'en_attente'"),
        sqlite_where=sa.text("etat = 'en_attente'"),
    )


def _operations() -> None:
    op.create_table(
        "operation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "genre",
            _enumeration("genredoperation", "mot_de_passe", "fin_de_service"),
            nullable=False,
        ),
        sa.Column("service", sa.String(length=40), nullable=True),
        sa.Column("motif", sa.String(length=500), nullable=False),
        sa.Column("par", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("faits", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("curseur", sa.Uuid(), nullable=True),
        sa.Column("finie_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation")),
    )
    op.create_index(
        "ix_operation_en_cours",
        "operation",
        ["genre", "service"],
        postgresql_where=sa.text("finie_at IS NULL"),
        sqlite_where=sa.text("finie_at IS NULL"),
    )


def downgrade() -> None:
    """Undo."""
    for table in ("operation", "remplacement", "suspension", "transition_de_convention"):
        op.drop_table(table)
    with op.batch_alter_table("rattachement", schema=None) as batch_op:
        batch_op.drop_index("ix_rattachement_administrateur")
        batch_op.drop_index("ix_rattachement_cree")
    op.drop_column("organisme", "delegation_retiree_at")
    with op.batch_alter_table("contrat_de_service", schema=None) as batch_op:
        batch_op.drop_column("clos_at")
    with op.batch_alter_table("convention", schema=None) as batch_op:
        batch_op.drop_index("ix_convention_fin")
        batch_op.drop_index(batch_op.f("ix_convention_renouvelle_id"))
        batch_op.drop_constraint(
            batch_op.f("fk_convention_renouvelle_id_convention"), type_="foreignkey"
        )
        batch_op.drop_column("renouvelle_id")
        batch_op.drop_column("resiliation")
    # What the Caf prepared, or gave up, opened nothing: for the code of before it is a draft.
    op.execute(
        "UPDATE convention SET etat = 'brouillon' WHERE etat IN ('a_signer', 'refusee', 'abandonnee')"
    )
    _etats(_AVANT)
