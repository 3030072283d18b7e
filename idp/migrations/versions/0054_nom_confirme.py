"""A name that an agent changed is confirmed by a second one, as an address is."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None
INDEX, TABLE = "ix_changement_d_organisme_a_confirmer", "changement_d_organisme"
BEFORE = "champ = 'adresse' AND confirme_at IS NULL"
AFTER = "champ IN ('adresse', 'raison_sociale') AND confirme_at IS NULL"


def upgrade() -> None:
    """Apply."""
    # What was changed until now was not to be confirmed.
    op.execute(
        "UPDATE changement_d_organisme SET confirme_at = at"
        " WHERE champ <> 'adresse' AND confirme_at IS NULL"
    )
    _index(BEFORE, AFTER)


def downgrade() -> None:
    """Undo."""
    _index(AFTER, BEFORE)


def _index(before: str, after: str) -> None:
    op.drop_index(
        INDEX, TABLE, postgresql_where=sa.text(before), sqlite_where=sa.text(before)
    )
    rows = sa.text(after)
    op.create_index(INDEX, TABLE, ["organisme_id"], postgresql_where=rows, sqlite_where=rows)
