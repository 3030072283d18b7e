"""A changed address is confirmed by a second agent before identifiers are sent to it."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None
WHERE = "champ = 'adresse' AND confirme_at IS NULL"


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("changement_d_organisme", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirme_par", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("confirme_at", sa.DateTime(timezone=True), nullable=True))
    # Of those of the files of caisses until now, nobody knows who sent them.
    op.execute("UPDATE changement_d_organisme SET confirme_at = at WHERE par IS NULL")
    op.create_index(
        "ix_changement_d_organisme_a_confirmer",
        "changement_d_organisme",
        ["organisme_id"],
        postgresql_where=sa.text(WHERE),
        sqlite_where=sa.text(WHERE),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index(
        "ix_changement_d_organisme_a_confirmer",
        "changement_d_organisme",
        postgresql_where=sa.text(WHERE),
        sqlite_where=sa.text(WHERE),
    )
    with op.batch_alter_table("changement_d_organisme", schema=None) as batch_op:
        batch_op.drop_column("confirme_at")
        batch_op.drop_column("confirme_par")
