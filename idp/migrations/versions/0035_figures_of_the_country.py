"""Figures of the whole country beside those of each caisse, in a table keyed in the order in which it is read."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

PAYS = "*"


def upgrade() -> None:
    """Apply."""
    _create("chiffre_du_jour", "caisse_code", "jour")
    _copy("chiffre", "chiffre_du_jour")
    op.execute(
        sa.text(
            "INSERT INTO chiffre_du_jour (caisse_code, jour, mesure, service, nombre)"
            " SELECT :pays, jour, mesure, service, SUM(nombre) FROM chiffre GROUP BY jour, mesure, service"
        ).bindparams(pays=PAYS)
    )
    op.drop_table("chiffre")


def downgrade() -> None:
    """Undo."""
    op.execute(
        sa.text("DELETE FROM chiffre_du_jour WHERE caisse_code = :pays").bindparams(pays=PAYS)
    )
    _create("chiffre", "jour", "caisse_code")
    _copy("chiffre_du_jour", "chiffre")
    op.drop_table("chiffre_du_jour")


def _create(table: str, *first: str) -> None:
    op.create_table(
        table,
        sa.Column("caisse_code", sa.String(3), nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("mesure", sa.String(30), nullable=False),
        sa.Column("service", sa.String(80), nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(*first, "mesure", "service", name=op.f(f"pk_{table}")),
    )


def _copy(source: str, target: str) -> None:
    names = "caisse_code, jour, mesure, service, nombre"
    op.execute(sa.text(f"INSERT INTO {target} ({names}) SELECT {names} FROM {source}"))
