"""One operation of a kind, and one batch of letters of a type for a caisse, under way at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None
UNDER_WAY = "finie_at IS NULL"
EVERYWHERE = "finie_at IS NULL AND service IS NULL"
PREPARATION = "etat = 'preparation'"


def upgrade() -> None:
    """Apply."""
    # Of two of a kind, the second did the same: it is over. A batch in preparation holds no letter yet.
    op.execute(
        "UPDATE operation SET finie_at = at WHERE finie_at IS NULL AND EXISTS (SELECT 1 FROM operation AS autre"
        " WHERE autre.finie_at IS NULL AND autre.genre = operation.genre"
        " AND coalesce(autre.service, '') = coalesce(operation.service, '') AND autre.id < operation.id)"
    )
    op.execute(
        "DELETE FROM lot_de_courriers WHERE etat = 'preparation' AND EXISTS (SELECT 1 FROM lot_de_courriers AS autre"
        " WHERE autre.etat = 'preparation' AND autre.type = lot_de_courriers.type"
        " AND autre.caisse_code = lot_de_courriers.caisse_code AND autre.id < lot_de_courriers.id)"
    )
    op.drop_index(
        "ix_operation_en_cours",
        "operation",
        postgresql_where=sa.text(UNDER_WAY),
        sqlite_where=sa.text(UNDER_WAY),
    )
    _index("ix_operation_en_cours", "operation", ["genre", "service"], UNDER_WAY)
    _index("ix_operation_en_cours_partout", "operation", ["genre"], EVERYWHERE)
    _index(
        "ix_lot_de_courriers_en_preparation",
        "lot_de_courriers",
        ["caisse_code", "type"],
        PREPARATION,
    )


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(
        name,
        table,
        columns,
        unique=True,
        postgresql_where=sa.text(where),
        sqlite_where=sa.text(where),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_lot_de_courriers_en_preparation", "lot_de_courriers")
    op.drop_index("ix_operation_en_cours_partout", "operation")
    op.drop_index("ix_operation_en_cours", "operation")
    op.create_index(
        "ix_operation_en_cours",
        "operation",
        ["genre", "service"],
        postgresql_where=sa.text(UNDER_WAY),
        sqlite_where=sa.text(UNDER_WAY),
    )
