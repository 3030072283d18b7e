"""Programs of partners: how each proves who it is, and what it says of the users that it manages."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "scim_client",
        sa.Column("mandat_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("jwks", sa.JSON(), nullable=True),
        sa.Column("jwks_uri", sa.Text(), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["mandat_id"], ["mandat.id"], name=op.f("fk_scim_client_mandat_id_mandat")
        ),
        sa.PrimaryKeyConstraint("mandat_id", name=op.f("pk_scim_client")),
        sa.UniqueConstraint("client_id", name=op.f("uq_scim_client_client_id")),
    )
    op.create_table(
        "scim_resource",
        sa.Column("mandat_id", sa.Uuid(), nullable=False),
        sa.Column("rattachement_id", sa.Uuid(), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["mandat_id"], ["mandat.id"], name=op.f("fk_scim_resource_mandat_id_mandat")
        ),
        sa.ForeignKeyConstraint(
            ["rattachement_id"],
            ["rattachement.id"],
            name=op.f("fk_scim_resource_rattachement_id_rattachement"),
        ),
        sa.PrimaryKeyConstraint("mandat_id", "rattachement_id", name=op.f("pk_scim_resource")),
    )
    op.create_index(
        "uq_scim_resource_external_id", "scim_resource", ["mandat_id", "external_id"], unique=True
    )
    op.create_index("ix_scim_resource_rattachement", "scim_resource", ["rattachement_id"])


def downgrade() -> None:
    """Undo."""
    op.drop_table("scim_resource")
    op.drop_table("scim_client")
