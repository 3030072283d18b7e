"""The week in which an organisme was last told of what ends soon."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table("rappel_d_echeances",
    sa.Column("organisme_id", sa.Uuid(), nullable=False),
    sa.Column("lundi", sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(["organisme_id"], ["organisme.id"], name=op.f("fk_rappel_d_echeances_organisme_id_organisme")),
    sa.PrimaryKeyConstraint("organisme_id", name=op.f("pk_rappel_d_echeances"))
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("rappel_d_echeances")
