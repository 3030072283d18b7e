"""Organismes of which nobody can act as administrateur, as the worker finds them."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "sans_administrateur",
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisme_id"],
            ["organisme.id"],
            name=op.f("fk_sans_administrateur_organisme_id_organisme"),
        ),
        sa.PrimaryKeyConstraint("organisme_id", name=op.f("pk_sans_administrateur")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("sans_administrateur")
