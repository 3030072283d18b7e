"""Deliveries tell for which client they are, in clear: a client that is away hides no other."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

WAITS = "target IS NOT NULL AND done_at IS NULL"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("target", sa.String(80), nullable=True))
        batch_op.create_index(
            "ix_outbox_target",
            ["target", "created_at"],
            postgresql_where=sa.text(WAITS),
            sqlite_where=sa.text(WAITS),
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_target")
        batch_op.drop_column("target")
