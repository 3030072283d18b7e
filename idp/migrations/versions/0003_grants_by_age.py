"""Grants are found by their age, to be deleted."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_index("ix_oidc_grant_created_at", "oidc_grant", ["created_at"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_oidc_grant_created_at", "oidc_grant")
