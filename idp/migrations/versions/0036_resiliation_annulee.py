"""A résiliation that is announced remembers the end that the convention had.

Of those announced before, the end is not known: cancelled, they leave the convention without one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("convention", schema=None) as batch_op:
        batch_op.add_column(sa.Column("fin_avant_resiliation", sa.Date(), nullable=True))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("convention", schema=None) as batch_op:
        batch_op.drop_column("fin_avant_resiliation")
