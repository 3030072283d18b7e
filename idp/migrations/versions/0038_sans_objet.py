"""A letter that would open nothing any more is left out of the batches."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

BEFORE = ("en_attente", "a_imprimer", "imprime", "envoye", "retourne", "remplace")


def upgrade() -> None:
    """Apply."""
    _allow((*BEFORE, "sans_objet"))


def downgrade() -> None:
    """Undo."""
    op.execute(sa.text("UPDATE courrier SET etat = 'remplace' WHERE etat = 'sans_objet'"))
    _allow(BEFORE)


def _allow(states: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{state}'" for state in states)
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        name = batch_op.f("ck_courrier_etatcourrier")
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.text(f"etat IN ({listed})"))
