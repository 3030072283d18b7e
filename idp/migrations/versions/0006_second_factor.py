"""Second factor, trusted browsers, bounded sessions, agents of the Caf, and the dates of the purge."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "agent",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "gestionnaire",
                "superviseur",
                "national",
                name="roleagent",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("caisses", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_agent_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_agent")),
    )
    op.create_table(
        "factor_removal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("motif", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_factor_removal_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["agreed_by"], ["account.id"], name=op.f("fk_factor_removal_agreed_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_factor_removal_asked_by_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_factor_removal")),
    )
    with op.batch_alter_table("factor_removal", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_factor_removal_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "passkey",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("synced", sa.Boolean(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_passkey_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_account_id"), ["account_id"], unique=False)

    op.create_table(
        "passkey_ceremony",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_passkey_ceremony_account_id_account")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_passkey_ceremony")),
    )
    with op.batch_alter_table("passkey_ceremony", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_passkey_ceremony_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_passkey_ceremony_expires_at"), ["expires_at"], unique=False
        )

    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recovery_code_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "totp",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_seed", sa.LargeBinary(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_totp_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_totp")),
    )
    with op.batch_alter_table("totp", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_totp_account_id"), ["account_id"], unique=False)

    op.create_table(
        "trusted_browser",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_trusted_browser_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_browser")),
        sa.UniqueConstraint("digest", name=op.f("uq_trusted_browser_digest")),
    )
    with op.batch_alter_table("trusted_browser", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_trusted_browser_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_trusted_browser_expires_at"), ["expires_at"], unique=False
        )

    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("factor_failures", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(
            sa.Column("factor_blocked_until", sa.DateTime(timezone=True), nullable=True)
        )
        batch_op.add_column(sa.Column("factor_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("last_rattachement_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("mail_refused_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("mail_refusal", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("idle_warned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("anonymised_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_account_closed", ["closed_at"], unique=False)
        batch_op.create_index("ix_account_last_login", ["last_login_at"], unique=False)

    with op.batch_alter_table("browser_session", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "awaiting",
                sa.Enum(
                    "second_factor",
                    "enrolment",
                    "textes",
                    name="awaiting",
                    native_enum=False,
                    create_constraint=True,
                    length=30,
                ),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column("idle_s", sa.Integer(), server_default="1800", nullable=False)
        )
        batch_op.add_column(sa.Column("idle_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("address", sa.String(length=45), nullable=True))

    # Sessions opened before are over: people sign in again.
    op.execute(sa.text("UPDATE browser_session SET idle_until = last_seen_at"))
    with op.batch_alter_table("browser_session", schema=None) as batch_op:
        batch_op.alter_column(
            "idle_until", existing_type=sa.DateTime(timezone=True), nullable=False
        )
    op.execute(sa.text("UPDATE account SET closed_at = CURRENT_TIMESTAMP WHERE state = 'clos'"))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("browser_session", schema=None) as batch_op:
        batch_op.drop_column("address")
        batch_op.drop_column("idle_until")
        batch_op.drop_column("idle_s")
        batch_op.drop_constraint(batch_op.f("ck_browser_session_awaiting"), type_="check")
        batch_op.drop_column("awaiting")

    # Not made again: SQLite would forget its index on an expression.
    with op.batch_alter_table("account", schema=None, recreate="never") as batch_op:
        batch_op.drop_index("ix_account_last_login")
        batch_op.drop_index("ix_account_closed")
        batch_op.drop_column("anonymised_at")
        batch_op.drop_column("closed_at")
        batch_op.drop_column("idle_warned_at")
        batch_op.drop_column("mail_refusal")
        batch_op.drop_column("mail_refused_at")
        batch_op.drop_column("last_rattachement_id")
        batch_op.drop_column("factor_asked_at")
        batch_op.drop_column("factor_blocked_until")
        batch_op.drop_column("factor_failures")

    op.drop_table("trusted_browser")
    op.drop_table("totp")
    op.drop_table("recovery_code")
    op.drop_table("passkey_ceremony")
    op.drop_table("passkey")
    op.drop_table("factor_removal")
    op.drop_table("agent")
