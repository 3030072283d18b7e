"""An address that came with another organisme is told from one that was changed: it is never « put back »."""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("changement_d_organisme", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("par_reunion", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("changement_d_organisme", schema=None) as batch_op:
        batch_op.drop_column("par_reunion")
