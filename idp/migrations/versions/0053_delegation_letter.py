"""A letter tells an organisme that no mail would reach that its delegation is withdrawn, or given back, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

BEFORE = ("identifiant", "secret", "rappel", "remplacement", "designation")
NEW = ("delegation_retiree", "delegation_rendue")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.add_column(sa.Column("motif", sa.String(length=500), nullable=True))
        batch_op.alter_column("account_id", existing_type=sa.Uuid(), nullable=True)
    _allow((*BEFORE, *NEW))


def downgrade() -> None:
    """Undo."""
    new = f"({', '.join(map(repr, NEW))})"
    op.execute(sa.text(f"DELETE FROM courrier WHERE type IN {new}"))
    lots = f"(SELECT id FROM lot_de_courriers WHERE type IN {new})"
    op.execute(sa.text(f"DELETE FROM contenu_de_lot WHERE lot_id IN {lots}"))
    op.execute(sa.text(f"DELETE FROM lot_de_courriers WHERE type IN {new}"))
    _allow(BEFORE)
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.alter_column("account_id", existing_type=sa.Uuid(), nullable=False)
        batch_op.drop_column("motif")


def _allow(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("courrier", "lot_de_courriers"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            name = batch_op.f(f"ck_{table}_typecourrier")
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, sa.text(f"type IN ({listed})"))
