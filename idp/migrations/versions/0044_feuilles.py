"""How many sheets a letter takes is known to who puts it in its envelope."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("courrier", sa.Column("feuilles", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.drop_column("feuilles")
