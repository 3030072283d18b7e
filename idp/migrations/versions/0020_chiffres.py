"""Figures per caisse and per day, counted from the journal."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "chiffre",
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("caisse_code", sa.String(3), nullable=False),
        sa.Column("mesure", sa.String(30), nullable=False),
        sa.Column("service", sa.String(80), nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "jour", "caisse_code", "mesure", "service", name=op.f("pk_chiffre")
        ),
    )
    op.create_table(
        "chiffres_releves",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "rank", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_chiffres_releves_un")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chiffres_releves")),
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("chiffres_releves")
    op.drop_table("chiffre")
