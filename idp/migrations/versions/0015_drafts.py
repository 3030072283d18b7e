"""What was typed in a form whose session had ended is kept for an hour, sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "draft",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_draft_account_id_account")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_draft")),
    )
    op.create_index("ix_draft_account", "draft", ["account_id", "created_at"])
    op.create_index("ix_draft_created_at", "draft", ["created_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("draft")
