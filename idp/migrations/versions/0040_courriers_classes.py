"""A letter that came back may be put away; one that is issued again keeps the day of the first one."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

BEFORE = ("en_attente", "a_imprimer", "imprime", "envoye", "retourne", "remplace", "sans_objet")


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origine_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index("ix_courrier_returned_at")
    _allow((*BEFORE, "classe"))
    _index("ix_courrier_revenu", ["returned_at", "id"], "etat = 'retourne'")


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_courrier_revenu", table_name="courrier")
    op.execute(sa.text("UPDATE courrier SET etat = 'retourne' WHERE etat = 'classe'"))
    _allow(BEFORE)
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.drop_column("origine_at")
    _index("ix_courrier_returned_at", ["returned_at"], "returned_at IS NOT NULL")


def _allow(states: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{state}'" for state in states)
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        name = batch_op.f("ck_courrier_etatcourrier")
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.text(f"etat IN ({listed})"))


def _index(name: str, columns: list[str], where: str) -> None:
    rows = sa.text(where)
    op.create_index(name, "courrier", columns, postgresql_where=rows, sqlite_where=rows)
