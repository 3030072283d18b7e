"""Files of organismes sent by agents: the file until it is read, then its sealed lines."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "import_organismes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("national", sa.Boolean(), nullable=False),
        sa.Column("fichier", sa.String(length=80), nullable=False),
        sa.Column(
            "etat",
            sa.Enum(
                "lecture",
                "essai",
                "en_cours",
                "termine",
                "annule",
                "arrete",
                "refuse",
                name="etatdimport",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("motif", sa.String(length=1000), nullable=True),
        sa.Column("octets", sa.Integer(), nullable=False),
        sa.Column("lus", sa.Integer(), nullable=False),
        sa.Column("curseur", sa.Integer(), nullable=False),
        sa.Column("lignes", sa.Integer(), nullable=False),
        sa.Column("creations", sa.Integer(), nullable=False),
        sa.Column("mises_a_jour", sa.Integer(), nullable=False),
        sa.Column("inchanges", sa.Integer(), nullable=False),
        sa.Column("refus", sa.Integer(), nullable=False),
        sa.Column("faites", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_organismes")),
    )
    op.create_index("ix_import_organismes_created_at", "import_organismes", ["created_at"])
    op.create_index(
        "ix_import_organismes_a_oublier",
        "import_organismes",
        ["created_at"],
        postgresql_where=sa.text("erased_at IS NULL"),
        sqlite_where=sa.text("erased_at IS NULL"),
    )
    op.create_table(
        "caisse_d_import",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("caisse_code", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_organismes.id"],
            name=op.f("fk_caisse_d_import_import_id_import_organismes"),
        ),
        sa.PrimaryKeyConstraint("import_id", "caisse_code", name=op.f("pk_caisse_d_import")),
    )
    op.create_table(
        "morceau_d_import",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("rang", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("contenu", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_organismes.id"],
            name=op.f("fk_morceau_d_import_import_id_import_organismes"),
        ),
        sa.PrimaryKeyConstraint("import_id", "rang", name=op.f("pk_morceau_d_import")),
    )
    op.create_table(
        "ligne_d_import",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("numero", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "effet",
            sa.Enum(
                "cree",
                "mis_a_jour",
                "inchange",
                "refuse",
                name="effet",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("contenu", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_organismes.id"],
            name=op.f("fk_ligne_d_import_import_id_import_organismes"),
        ),
        sa.PrimaryKeyConstraint("import_id", "numero", name=op.f("pk_ligne_d_import")),
    )
    op.create_index(
        "ix_ligne_d_import_effet", "ligne_d_import", ["import_id", "effet", "numero"]
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("ligne_d_import")
    op.drop_table("morceau_d_import")
    op.drop_table("caisse_d_import")
    op.drop_table("import_organismes")
