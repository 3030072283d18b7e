"""What somebody did on purpose is found by who did it."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

DONE_ON_PURPOSE = (
    "actor_id IS NOT NULL AND event NOT IN ('authorization_granted', 'authorization_refused', 'token_issued',"
    " 'sign_in_succeeded', 'sign_in_refused', 'second_factor_shown')"
)


def upgrade() -> None:
    """Apply."""
    op.create_index(
        "ix_journal_actor",
        "journal",
        ["actor_id", "at", "id"],
        postgresql_where=sa.text(DONE_ON_PURPOSE),
        sqlite_where=sa.text(DONE_ON_PURPOSE),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_journal_actor", table_name="journal")
