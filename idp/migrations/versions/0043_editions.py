"""A campaign is the reminder of a month: of one month, nobody is reminded twice."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: those of before are the reminders of the month in which they were prepared."""
    with op.batch_alter_table("campagne", schema=None) as batch_op:
        batch_op.add_column(sa.Column("edition", sa.Date(), nullable=True))
    postgresql = op.get_bind().dialect.name == "postgresql"
    month = "date_trunc('month', created_at)::date" if postgresql else "strftime('%Y-%m-01', created_at)"
    op.execute(sa.text(f"UPDATE campagne SET edition = {month}"))  # noqa: S608 - one of two constants
    with op.batch_alter_table("campagne", schema=None) as batch_op:
        batch_op.alter_column("edition", existing_type=sa.Date(), nullable=False)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("campagne", schema=None) as batch_op:
        batch_op.drop_column("edition")
