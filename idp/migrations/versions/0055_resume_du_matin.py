"""Whether an agent is told each morning of what there is to see, and the last day when they were looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("resume", sa.Boolean(), server_default=sa.true(), nullable=False)
        )
        batch_op.add_column(sa.Column("resume_le", sa.Date(), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.drop_column("resume_le")
        batch_op.drop_column("resume")
