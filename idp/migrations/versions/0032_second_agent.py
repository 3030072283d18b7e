"""Which national agent created an agent: the two are not two people to decide together."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cree_par", sa.Uuid(), nullable=True))
    # The journal tells it of those who are there already.
    op.execute(
        "UPDATE agent SET cree_par = (SELECT fait.actor_id FROM journal AS fait"
        " WHERE fait.event = 'agent_cree' AND fait.account_id = agent.account_id"
        " AND fait.actor_kind = 'person' ORDER BY fait.id LIMIT 1)"
    )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("agent", schema=None) as batch_op:
        batch_op.drop_column("cree_par")
