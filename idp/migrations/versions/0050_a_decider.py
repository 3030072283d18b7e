"""What waits for a second agent, and who asks the Caf, are read from an index."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

WAITS = "etat = 'en_attente'"
ASKS_THE_CAF = "etat = 'en_attente' AND voie = 'caf'"


def upgrade() -> None:
    """Apply."""
    _index("ix_remplacement_a_decider", "remplacement", ["demande_at", "id"], WAITS)
    _index("ix_succession_a_la_caf", "succession", ["asked_at", "id"], ASKS_THE_CAF)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_succession_a_la_caf", table_name="succession")
    op.drop_index("ix_remplacement_a_decider", table_name="remplacement")


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where)
    )
