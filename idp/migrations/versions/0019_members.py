"""Who is in a groupe is read from an index alone."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_habilitation_groupe", "habilitation", ["groupe_id", "rattachement_id"])
    op.drop_index("ix_habilitation_groupe_id", table_name="habilitation")


def downgrade() -> None:
    """Undo."""
    op.create_index("ix_habilitation_groupe_id", "habilitation", ["groupe_id"])
    op.drop_index("ix_habilitation_groupe", table_name="habilitation")
