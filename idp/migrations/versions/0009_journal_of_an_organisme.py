"""The journal of one organisme is read in order, by author and by kind, whatever the others hold."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ORGANISME = "organisme_id IS NOT NULL"
_NOT_DAILY = (
    f"{_ORGANISME} AND event NOT IN ('authorization_granted', 'authorization_refused', 'token_issued')"
)
_INDEXES = {
    "ix_journal_organisme": (["organisme_id", "at", "id"], _ORGANISME),
    "ix_journal_gestion": (["organisme_id", "at", "id"], _NOT_DAILY),
    "ix_journal_auteur": (["organisme_id", "actor_id", "at"], _NOT_DAILY),
    "ix_journal_event": (["organisme_id", "event", "at"], _NOT_DAILY),
}


def upgrade() -> None:
    """Apply."""
    op.drop_index("ix_journal_organisme", table_name="journal")
    for name, (columns, rows) in _INDEXES.items():
        op.create_index(
            name, "journal", columns, postgresql_where=sa.text(rows), sqlite_where=sa.text(rows)
        )


def downgrade() -> None:
    """Undo."""
    for name in _INDEXES:
        op.drop_index(name, table_name="journal")
    op.create_index("ix_journal_organisme", "journal", ["organisme_id", "at"])
