"""The last errors that clients were answered."""

import sqlalchemy as sa
from alembic import op

from idp.db import UtcDateTime

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "client_error",
        sa.Column("client_id", sa.String(80), nullable=False),
        sa.Column("endpoint", sa.String(200), nullable=False),
        sa.Column("error", sa.String(200), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("first_at", UtcDateTime(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "endpoint", "error", name=op.f("pk_client_error")),
    )
    op.create_index("ix_client_error_last_at", "client_error", ["last_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("client_error")
