"""Suspensions in force are read from an index; a kind of act is found in that of who acts."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

EN_VIGUEUR = "levee_at IS NULL AND organisme_id IS NOT NULL"
DONE_ON_PURPOSE = (
    "actor_id IS NOT NULL AND event NOT IN ('authorization_granted', 'authorization_refused', 'token_issued',"
    " 'sign_in_succeeded', 'sign_in_refused', 'second_factor_shown')"
)


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_suspension_en_vigueur",
        "suspension",
        ["at", "id"],
        postgresql_where=sa.text(EN_VIGUEUR),
        sqlite_where=sa.text(EN_VIGUEUR),
    )
    _of_who_acts(["actor_id", "at", "id", "event"])


def downgrade() -> None:
    """Undo."""
    _of_who_acts(["actor_id", "at", "id"])
    op.drop_index("ix_suspension_en_vigueur", table_name="suspension")


def _of_who_acts(columns: list[str]) -> None:
    op.drop_index("ix_journal_actor", table_name="journal")
    op.create_index(
        "ix_journal_actor",
        "journal",
        columns,
        postgresql_where=sa.text(DONE_ON_PURPOSE),
        sqlite_where=sa.text(DONE_ON_PURPOSE),
    )
