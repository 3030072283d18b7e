"""Two organismes that are one: who was put into whom, and what moved."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    # Not in a batch, which would copy the table, and cannot copy a column that the database makes.
    op.add_column("organisme", sa.Column("fusionne_dans", sa.Uuid(), nullable=True))
    op.create_table(
        "fusion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("garde_id", sa.Uuid(), nullable=False),
        sa.Column("absorbe_id", sa.Uuid(), nullable=False),
        sa.Column("motif", sa.String(length=500), nullable=False),
        sa.Column("par", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("defaite_par", sa.Uuid(), nullable=True),
        sa.Column("defaite_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("defaite_motif", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["garde_id"], ["organisme.id"], name=op.f("fk_fusion_garde_id_organisme")
        ),
        sa.ForeignKeyConstraint(
            ["absorbe_id"], ["organisme.id"], name=op.f("fk_fusion_absorbe_id_organisme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fusion")),
    )
    op.create_index("ix_fusion_garde_id", "fusion", ["garde_id"])
    op.create_index(
        "ix_fusion_absorbe",
        "fusion",
        ["absorbe_id"],
        unique=True,
        postgresql_where=sa.text("defaite_at IS NULL"),
        sqlite_where=sa.text("defaite_at IS NULL"),
    )
    genre = sa.Enum(
        "numero",
        "convention",
        "place",
        "programme",
        "double",
        name="genre",
        native_enum=False,
        create_constraint=True,
        length=30,
    )
    op.create_table(
        "ligne_de_fusion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("fusion_id", sa.Uuid(), nullable=False),
        sa.Column("genre", genre, nullable=False),
        sa.Column("ligne_id", sa.Uuid(), nullable=True),
        sa.Column("valeur", sa.String(length=14), nullable=True),
        sa.Column("avant", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["fusion_id"], ["fusion.id"], name=op.f("fk_ligne_de_fusion_fusion_id_fusion")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ligne_de_fusion")),
    )
    op.create_index(
        "ix_ligne_de_fusion_fusion", "ligne_de_fusion", ["fusion_id", "genre", "ligne_id"]
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("ligne_de_fusion")
    op.drop_table("fusion")
    op.drop_column("organisme", "fusionne_dans")
