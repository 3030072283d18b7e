"""The letters of an organisme are read by it, the newest first."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_courrier_organisme", "courrier", ["organisme_id", "created_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_courrier_organisme", table_name="courrier")
