"""The caisse that writes to an organisme changes by hand, and what it was is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

BEFORE = ("raison_sociale", "siret", "adresse", "email", "type", "numero")


def upgrade() -> None:
    """Apply."""
    _allow((*BEFORE, "caisse"))


def downgrade() -> None:
    """Undo."""
    op.execute(sa.text("DELETE FROM changement_d_organisme WHERE champ = 'caisse'"))
    _allow(BEFORE)


def _allow(fields: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{field}'" for field in fields)
    with op.batch_alter_table("changement_d_organisme", schema=None) as batch_op:
        name = batch_op.f("ck_changement_d_organisme_champ")
        batch_op.drop_constraint(name, type_="check")
        batch_op.create_check_constraint(name, sa.text(f"champ IN ({listed})"))
