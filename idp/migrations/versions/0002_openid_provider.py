"""Refresh tokens, requested claims and resources, consents, registered clients, assertions seen."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("oidc_grant", schema=None) as batch_op:
        batch_op.add_column(sa.Column("claims_asked", sa.JSON(), nullable=True))
        batch_op.add_column(
            sa.Column("resources", sa.JSON(), nullable=False, server_default=sa.text("'[]'"))
        )
        batch_op.add_column(
            sa.Column("refresh_family_digest", sa.String(length=64), nullable=True)
        )
        batch_op.add_column(
            sa.Column("refresh_generation", sa.Integer(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("refresh_rotated_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(
            sa.Column("refresh_expires_at", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.create_unique_constraint(
            batch_op.f("uq_oidc_grant_refresh_family_digest"), ["refresh_family_digest"]
        )
        batch_op.create_index("ix_oidc_grant_rattachement", ["rattachement_id"], unique=False)
    # The defaults were for the rows of before: the application always gives these values.
    with op.batch_alter_table("oidc_grant", schema=None) as batch_op:
        batch_op.alter_column("resources", server_default=None)
        batch_op.alter_column("refresh_generation", server_default=None)
    op.create_table(
        "consent",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_consent_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", "client_id", name=op.f("pk_consent")),
    )
    op.create_table(
        "registered_client",
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=True),
        sa.Column("registration_token_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_registered_client")),
    )
    op.create_table(
        "replay_guard",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_replay_guard")),
    )
    op.create_index(
        op.f("ix_replay_guard_expires_at"), "replay_guard", ["expires_at"], unique=False
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table("replay_guard")
    op.drop_table("registered_client")
    op.drop_table("consent")
    with op.batch_alter_table("oidc_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_oidc_grant_rattachement")
        batch_op.drop_constraint(batch_op.f("uq_oidc_grant_refresh_family_digest"), type_="unique")
        for name in (
            *("refresh_expires_at", "refresh_rotated_at", "refresh_generation"),
            *("refresh_family_digest", "resources", "claims_asked"),
        ):
            batch_op.drop_column(name)
