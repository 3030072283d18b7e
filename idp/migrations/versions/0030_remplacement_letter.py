"""A letter tells an organisme that its administrateur was replaced."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BEFORE = ("identifiant", "secret", "rappel")


def upgrade() -> None:
    """Apply."""
    _allow((*BEFORE, "remplacement"))


def downgrade() -> None:
    """Undo."""
    op.execute(sa.text("DELETE FROM courrier WHERE type = 'remplacement'"))
    lots = "(SELECT id FROM lot_de_courriers WHERE type = 'remplacement')"
    op.execute(sa.text(f"DELETE FROM contenu_de_lot WHERE lot_id IN {lots}"))
    op.execute(sa.text("DELETE FROM lot_de_courriers WHERE type = 'remplacement'"))
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("courrier", "lot_de_courriers"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            name = batch_op.f(f"ck_{table}_typecourrier")
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, sa.text(f"type IN ({listed})"))
