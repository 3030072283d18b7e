"""How often each address and network knocks at the doors that are open to all."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "knocks",
        sa.Column("door", sa.String(length=40), nullable=False),
        sa.Column("place", sa.String(length=50), nullable=False),
        sa.Column("window_s", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("door", "place", "window_s", "starts_at", name=op.f("pk_knocks")),
    )
    op.create_index(op.f("ix_knocks_starts_at"), "knocks", ["starts_at"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("knocks")
