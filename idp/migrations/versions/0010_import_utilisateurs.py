"""Files of users: imports, and their sealed lines."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "import_utilisateurs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column("rattachement_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("fichier", sa.String(length=80), nullable=False),
        sa.Column(
            "etat",
            sa.Enum(
                "essai",
                "en_cours",
                "termine",
                "annule",
                "arrete",
                name="etatimport",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("lignes", sa.Integer(), nullable=False),
        sa.Column("creations", sa.Integer(), nullable=False),
        sa.Column("ajouts", sa.Integer(), nullable=False),
        sa.Column("inchanges", sa.Integer(), nullable=False),
        sa.Column("refus", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisme_id"],
            ["organisme.id"],
            name=op.f("fk_import_utilisateurs_organisme_id_organisme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_utilisateurs")),
    )
    op.create_index(
        "ix_import_utilisateurs_organisme", "import_utilisateurs", ["organisme_id", "created_at"]
    )
    op.create_index(
        "ix_import_utilisateurs_a_oublier",
        "import_utilisateurs",
        ["created_at"],
        postgresql_where=sa.text("erased_at IS NULL"),
        sqlite_where=sa.text("erased_at IS NULL"),
    )
    op.create_table(
        "ligne_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "creation",
                "ajout",
                "inchange",
                "refus",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("contenu", sa.LargeBinary(), nullable=False),
        sa.Column("faite_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_utilisateurs.id"],
            name=op.f("fk_ligne_import_import_id_import_utilisateurs"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ligne_import")),
        sa.UniqueConstraint("import_id", "numero", name=op.f("uq_ligne_import_import_id_numero")),
    )
    op.create_index(
        "ix_ligne_import_a_faire",
        "ligne_import",
        ["import_id", "numero"],
        postgresql_where=sa.text("faite_at IS NULL"),
        sqlite_where=sa.text("faite_at IS NULL"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("ligne_import")
    op.drop_table("import_utilisateurs")
