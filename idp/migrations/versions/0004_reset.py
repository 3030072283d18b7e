"""A provisional password may answer « Mot de passe oublié »."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BEFORE = ("activation", "email_code")
AFTER = (*BEFORE, "reset")


def upgrade() -> None:
    """Apply."""
    _allow(AFTER)


def downgrade() -> None:
    """Undo; what the former check does not know is deleted."""
    op.execute(sa.text("DELETE FROM challenge WHERE kind = 'reset'"))
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_challenge_challengekind"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_challenge_challengekind"), sa.text(f"kind IN ({listed})")
        )
