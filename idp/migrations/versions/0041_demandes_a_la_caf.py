"""Who asked the Caf to administer is accepted by two agents; why a second agent refused is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("remplacement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("succession_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("refus", sa.String(length=500), nullable=True))
        batch_op.create_index(batch_op.f("ix_remplacement_succession_id"), ["succession_id"])
        batch_op.create_foreign_key(
            batch_op.f("fk_remplacement_succession_id_succession"),
            "succession",
            ["succession_id"],
            ["id"],
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("remplacement", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_remplacement_succession_id_succession"), type_="foreignkey"
        )
        batch_op.drop_index(batch_op.f("ix_remplacement_succession_id"))
        batch_op.drop_column("refus")
        batch_op.drop_column("succession_id")
