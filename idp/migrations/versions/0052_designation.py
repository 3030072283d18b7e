"""Who was the first to administer an organisme is told to it by letter, and shown to agents for some days."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

BEFORE = ("identifiant", "secret", "rappel", "remplacement")
DESIGNE = "designe_at IS NOT NULL"


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "rattachement", sa.Column("designe_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_index(
        "ix_rattachement_designe",
        "rattachement",
        ["designe_at", "id"],
        postgresql_where=sa.text(DESIGNE),
        sqlite_where=sa.text(DESIGNE),
    )
    _allow((*BEFORE, "designation"))


def downgrade() -> None:
    """Undo."""
    op.execute(sa.text("DELETE FROM courrier WHERE type = 'designation'"))
    lots = "(SELECT id FROM lot_de_courriers WHERE type = 'designation')"
    op.execute(sa.text(f"DELETE FROM contenu_de_lot WHERE lot_id IN {lots}"))
    op.execute(sa.text("DELETE FROM lot_de_courriers WHERE type = 'designation'"))
    _allow(BEFORE)
    op.drop_index("ix_rattachement_designe", table_name="rattachement")
    with op.batch_alter_table("rattachement", schema=None) as batch_op:
        batch_op.drop_column("designe_at")


def _allow(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    for table in ("courrier", "lot_de_courriers"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            name = batch_op.f(f"ck_{table}_typecourrier")
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, sa.text(f"type IN ({listed})"))
