"""A suspension says in what capacity it was decided."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("rattachement", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "suspendu_par",
                sa.Enum(
                    "caf",
                    "administrateur",
                    "responsable_habilitation",
                    "programme",
                    name="qualite",
                    native_enum=False,
                    create_constraint=True,
                    length=30,
                ),
                nullable=True,
            )
        )
    # The console only ever suspended by closing; any other suspension was the Caf's.
    op.execute(
        "UPDATE rattachement SET suspendu_par = CASE WHEN cloture IS NULL THEN 'caf' ELSE 'administrateur' END"
        " WHERE suspendu_at IS NOT NULL"
    )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("rattachement", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_rattachement_qualite"), type_="check")
        batch_op.drop_column("suspendu_par")
