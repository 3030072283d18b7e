"""The journal forgets what is old and its chain still holds; accounts are found by how long they were idle."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("salt", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("content_hash", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    # The hashes are made otherwise: the worker seals the journal again from its first row.
    op.execute(sa.text("UPDATE journal SET rank = NULL, previous_hash = NULL, hash = NULL"))
    op.create_index(
        "ix_journal_not_erased",
        "journal",
        ["event", "at"],
        postgresql_where=sa.text("erased_at IS NULL"),
        sqlite_where=sa.text("erased_at IS NULL"),
    )
    op.create_index(
        "ix_account_idle_since",
        "account",
        [sa.text("coalesce(last_login_at, activated_at, created_at)")],
        postgresql_where=sa.text("anonymised_at IS NULL"),
        sqlite_where=sa.text("anonymised_at IS NULL"),
    )
    op.create_index("ix_account_anonymised", "account", ["anonymised_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_account_anonymised", table_name="account")
    op.drop_index("ix_account_idle_since", table_name="account")
    op.drop_index("ix_journal_not_erased", table_name="journal")
    op.execute(sa.text("UPDATE journal SET rank = NULL, previous_hash = NULL, hash = NULL"))
    with op.batch_alter_table("journal", schema=None, recreate="never") as batch_op:
        batch_op.drop_column("erased_at")
        batch_op.drop_column("content_hash")
        batch_op.drop_column("salt")
