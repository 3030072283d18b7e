"""Letters that wait are counted from an index."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

WAITS = "exported_at IS NULL AND etat = 'en_attente'"


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_courrier_en_attente",
        "courrier",
        ["organisme_id", "type", "created_at"],
        postgresql_where=sa.text(WAITS),
        sqlite_where=sa.text(WAITS),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_courrier_en_attente", table_name="courrier")
