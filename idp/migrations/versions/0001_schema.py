"""Every table of the first version."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identifiant", sa.String(length=20), nullable=False),
        sa.Column("sub", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "prepare",
                "en_attente",
                "activation",
                "actif",
                "suspendu",
                "clos",
                name="accountstate",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("civility", sa.String(length=5), nullable=True),
        sa.Column("family_name", sa.String(length=80), nullable=True),
        sa.Column("given_name", sa.String(length=80), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("password_change_required", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("informed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("identifiant", name=op.f("uq_account_identifiant")),
        sa.UniqueConstraint("sub", name=op.f("uq_account_sub")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(
            "ix_account_email_lower", [sa.literal_column("lower(email)")], unique=False
        )

    op.create_table(
        "caisse",
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column("departements", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_caisse")),
    )
    op.create_table(
        "journal",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("organisme_id", sa.Uuid(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("rank", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("hash", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("rank", name=op.f("uq_journal_rank")),
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("ix_journal_account", ["account_id", "at"], unique=False)
        batch_op.create_index("ix_journal_organisme", ["organisme_id", "at"], unique=False)
        batch_op.create_index(
            "ix_journal_unsealed", ["id"], unique=False, postgresql_where=sa.text("rank IS NULL")
        )

    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_due",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
        )

    op.create_table(
        "acceptation_texte",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "texte",
            sa.Enum(
                "regles_usage",
                "conditions_utilisation",
                name="texte",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.String(length=10), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_acceptation_texte_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_acceptation_texte")),
        sa.UniqueConstraint(
            "account_id",
            "texte",
            "version",
            name=op.f("uq_acceptation_texte_account_id_texte_version"),
        ),
    )
    op.create_table(
        "browser_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("sid", sa.String(length=43), nullable=False),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amr", sa.JSON(), nullable=False),
        sa.Column("acr", sa.String(length=20), nullable=False),
        sa.Column("rattachement_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_browser_session_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_browser_session_digest")),
        sa.UniqueConstraint("sid", name=op.f("uq_browser_session_sid")),
    )
    with op.batch_alter_table("browser_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_browser_session_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "challenge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "activation",
                "email_code",
                name="challengekind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("digest", sa.String(length=255), nullable=False),
        sa.Column("target", sa.String(length=254), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_challenge_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
    )
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.create_index(
            "ix_challenge_account", ["account_id", "kind", "created_at"], unique=False
        )

    op.create_table(
        "organisme",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "personne_morale",
                "personne_physique",
                name="typeorganisme",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("raison_sociale", sa.String(length=200), nullable=False),
        sa.Column("siret", sa.String(length=14), nullable=True),
        sa.Column("adresse", sa.JSON(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("caisse_code", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("suspendu_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["caisse_code"], ["caisse.code"], name=op.f("fk_organisme_caisse_code_caisse")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisme")),
    )
    with op.batch_alter_table("organisme", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisme_caisse_code"), ["caisse_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_organisme_siret"), ["siret"], unique=False)

    op.create_table(
        "convention",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column("libelle", sa.String(length=200), nullable=False),
        sa.Column(
            "etat",
            sa.Enum(
                "brouillon",
                "validee",
                "suspendue",
                "resiliee",
                "echue",
                name="etatconvention",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.CheckConstraint("fin IS NULL OR fin >= debut", name=op.f("ck_convention_dates")),
        sa.ForeignKeyConstraint(
            ["organisme_id"], ["organisme.id"], name=op.f("fk_convention_organisme_id_organisme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convention")),
    )
    with op.batch_alter_table("convention", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_convention_organisme_id"), ["organisme_id"], unique=False
        )

    op.create_table(
        "courrier",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "identifiant",
                "secret",
                name="typecourrier",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lot", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_courrier_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisme_id"], ["organisme.id"], name=op.f("fk_courrier_organisme_id_organisme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courrier")),
    )
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.create_index(
            "ix_courrier_a_exporter", ["exported_at", "type", "created_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_courrier_account_id"), ["account_id"], unique=False)

    op.create_table(
        "numero_utilisateur",
        sa.Column("valeur", sa.String(length=14), nullable=False),
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column("caisse_code", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["caisse_code"], ["caisse.code"], name=op.f("fk_numero_utilisateur_caisse_code_caisse")
        ),
        sa.ForeignKeyConstraint(
            ["organisme_id"],
            ["organisme.id"],
            name=op.f("fk_numero_utilisateur_organisme_id_organisme"),
        ),
        sa.PrimaryKeyConstraint("valeur", name=op.f("pk_numero_utilisateur")),
    )
    with op.batch_alter_table("numero_utilisateur", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_numero_utilisateur_organisme_id"), ["organisme_id"], unique=False
        )

    op.create_table(
        "rattachement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "administrateur",
                "responsable_habilitation",
                "utilisateur",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("ouverture", sa.Date(), nullable=False),
        sa.Column("cloture", sa.Date(), nullable=True),
        sa.Column(
            "mobilite",
            sa.Enum(
                "sedentaire",
                "itinerant",
                name="mobilite",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("suspendu_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "cloture IS NULL OR cloture >= ouverture", name=op.f("ck_rattachement_dates")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_rattachement_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisme_id"], ["organisme.id"], name=op.f("fk_rattachement_organisme_id_organisme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rattachement")),
        sa.UniqueConstraint(
            "account_id", "organisme_id", name=op.f("uq_rattachement_account_id_organisme_id")
        ),
    )
    with op.batch_alter_table("rattachement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_rattachement_organisme", ["organisme_id", "created_at", "id"], unique=False
        )

    op.create_table(
        "contrat_de_service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("convention_id", sa.Uuid(), nullable=False),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.Column("suspendu_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["convention_id"],
            ["convention.id"],
            name=op.f("fk_contrat_de_service_convention_id_convention"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contrat_de_service")),
        sa.UniqueConstraint(
            "convention_id", "service", name=op.f("uq_contrat_de_service_convention_id_service")
        ),
    )
    op.create_table(
        "oidc_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("sid", sa.String(length=43), nullable=False),
        sa.Column("rattachement_id", sa.Uuid(), nullable=True),
        sa.Column("client_id", sa.String(length=80), nullable=False),
        sa.Column("redirect_uri", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("nonce", sa.String(length=2048), nullable=True),
        sa.Column("auth_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acr", sa.String(length=20), nullable=False),
        sa.Column("amr", sa.JSON(), nullable=False),
        sa.Column("code_challenge", sa.String(length=43), nullable=True),
        sa.Column("code_digest", sa.String(length=64), nullable=False),
        sa.Column("code_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("access_token_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_oidc_grant_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["rattachement_id"],
            ["rattachement.id"],
            name=op.f("fk_oidc_grant_rattachement_id_rattachement"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["browser_session.id"],
            name=op.f("fk_oidc_grant_session_id_browser_session"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oidc_grant")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_oidc_grant_code_digest")),
    )
    with op.batch_alter_table("oidc_grant", schema=None) as batch_op:
        batch_op.create_index("ix_oidc_grant_account", ["account_id"], unique=False)
        batch_op.create_index("ix_oidc_grant_session", ["session_id"], unique=False)

    op.create_table(
        "groupe",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contrat_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("libelle", sa.String(length=120), nullable=False),
        sa.Column(
            "type_logement",
            sa.Enum(
                "conventionne",
                "prive",
                name="typelogement",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("zone", sa.String(length=3), nullable=False),
        sa.Column("profil", sa.String(length=20), nullable=True),
        sa.Column("actif", sa.Boolean(), nullable=False),
        sa.Column("suspendu_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contrat_id"],
            ["contrat_de_service.id"],
            name=op.f("fk_groupe_contrat_id_contrat_de_service"),
        ),
        sa.ForeignKeyConstraint(["zone"], ["caisse.code"], name=op.f("fk_groupe_zone_caisse")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groupe")),
        sa.UniqueConstraint("contrat_id", "code", name=op.f("uq_groupe_contrat_id_code")),
    )
    op.create_table(
        "habilitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rattachement_id", sa.Uuid(), nullable=False),
        sa.Column("groupe_id", sa.Uuid(), nullable=False),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["groupe_id"], ["groupe.id"], name=op.f("fk_habilitation_groupe_id_groupe")
        ),
        sa.ForeignKeyConstraint(
            ["rattachement_id"],
            ["rattachement.id"],
            name=op.f("fk_habilitation_rattachement_id_rattachement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_habilitation")),
        sa.UniqueConstraint(
            "rattachement_id", "groupe_id", name=op.f("uq_habilitation_rattachement_id_groupe_id")
        ),
    )
    with op.batch_alter_table("habilitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_habilitation_groupe_id"), ["groupe_id"], unique=False)



def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("habilitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_habilitation_groupe_id"))

    op.drop_table("habilitation")
    op.drop_table("groupe")
    with op.batch_alter_table("oidc_grant", schema=None) as batch_op:
        batch_op.drop_index("ix_oidc_grant_session")
        batch_op.drop_index("ix_oidc_grant_account")

    op.drop_table("oidc_grant")
    op.drop_table("contrat_de_service")
    with op.batch_alter_table("rattachement", schema=None) as batch_op:
        batch_op.drop_index("ix_rattachement_organisme")

    op.drop_table("rattachement")
    with op.batch_alter_table("numero_utilisateur", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_numero_utilisateur_organisme_id"))

    op.drop_table("numero_utilisateur")
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_courrier_account_id"))
        batch_op.drop_index("ix_courrier_a_exporter")

    op.drop_table("courrier")
    with op.batch_alter_table("convention", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convention_organisme_id"))

    op.drop_table("convention")
    with op.batch_alter_table("organisme", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisme_siret"))
        batch_op.drop_index(batch_op.f("ix_organisme_caisse_code"))

    op.drop_table("organisme")
    with op.batch_alter_table("challenge", schema=None) as batch_op:
        batch_op.drop_index("ix_challenge_account")

    op.drop_table("challenge")
    with op.batch_alter_table("browser_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_browser_session_account_id"))

    op.drop_table("browser_session")
    op.drop_table("acceptation_texte")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_due",
            postgresql_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
            sqlite_where=sa.text("done_at IS NULL AND failed_at IS NULL"),
        )

    op.drop_table("outbox")
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_index("ix_journal_unsealed", postgresql_where=sa.text("rank IS NULL"))
        batch_op.drop_index("ix_journal_organisme")
        batch_op.drop_index("ix_journal_account")

    op.drop_table("journal")
    op.drop_table("caisse")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index("ix_account_email_lower")

    op.drop_table("account")
