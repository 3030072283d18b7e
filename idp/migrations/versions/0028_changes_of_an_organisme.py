"""What an organisme was: each change of its name, SIRET or addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "changement_d_organisme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column(
            "champ",
            sa.Enum(
                "raison_sociale",
                "siret",
                "adresse",
                "email",
                name="champ",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("avant", sa.String(length=300), nullable=True),
        sa.Column("apres", sa.String(length=300), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("par", sa.Uuid(), nullable=True),
        sa.Column("motif", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisme_id"],
            ["organisme.id"],
            name=op.f("fk_changement_d_organisme_organisme_id_organisme"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_changement_d_organisme")),
    )
    op.create_index(
        "ix_changement_d_organisme_organisme",
        "changement_d_organisme",
        ["organisme_id", "at", "id"],
    )
    op.create_index(
        "ix_changement_d_organisme_avant", "changement_d_organisme", ["champ", "avant"]
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("changement_d_organisme")
