"""Views that agents open of what a partner sees."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "vue_partenaire",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agent_id", sa.Uuid(), nullable=False),
        sa.Column("rattachement_id", sa.Uuid(), nullable=False),
        sa.Column("motif", sa.String(length=500), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["account.id"], name=op.f("fk_vue_partenaire_agent_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["rattachement_id"],
            ["rattachement.id"],
            name=op.f("fk_vue_partenaire_rattachement_id_rattachement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vue_partenaire")),
    )
    op.create_index("ix_vue_partenaire_opened", "vue_partenaire", ["opened_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("vue_partenaire")
