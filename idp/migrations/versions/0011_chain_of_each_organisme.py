"""What tells of rights is numbered and chained in its organisme too, so that nothing can be left out of a proof."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "journal_head",
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("organisme_id", name=op.f("pk_journal_head")),
    )
    op.add_column("journal", sa.Column("organisme_rank", sa.Integer(), nullable=True))
    op.add_column("journal", sa.Column("organisme_previous", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_journal_organisme_rank",
        "journal",
        ["organisme_id", "organisme_rank"],
        unique=True,
        postgresql_where=sa.text("organisme_rank IS NOT NULL"),
        sqlite_where=sa.text("organisme_rank IS NOT NULL"),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_journal_organisme_rank", table_name="journal")
    op.drop_column("journal", "organisme_previous")
    op.drop_column("journal", "organisme_rank")
    op.drop_table("journal_head")
    # Their contents no longer say what their hashes were made of: the worker seals the journal again.
    op.execute(sa.text("UPDATE journal SET rank = NULL, previous_hash = NULL, hash = NULL"))
