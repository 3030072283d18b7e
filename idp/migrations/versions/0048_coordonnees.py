"""How to reach a caisse: where its letters come back to, its telephone, its support mailbox."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

COLUMNS = (
    ("adresse_postale", sa.JSON()),
    ("telephone", sa.String(length=20)),
    ("email_support", sa.String(length=254)),
)


def upgrade() -> None:
    """Apply."""
    for name, kind in COLUMNS:
        op.add_column("caisse", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("caisse", schema=None) as batch_op:
        for name, _kind in COLUMNS:
            batch_op.drop_column(name)
