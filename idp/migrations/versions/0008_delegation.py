"""Mandates, sous-groupes, successions; a right names in what capacity it was given."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "mandat",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column("rattachement_id", sa.Uuid(), nullable=True),
        sa.Column("programme", sa.String(length=80), nullable=True),
        sa.Column("peut_creer", sa.Boolean(), nullable=False),
        sa.Column("debut", sa.Date(), nullable=False),
        sa.Column("fin", sa.Date(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(rattachement_id IS NULL) <> (programme IS NULL)", name=op.f("ck_mandat_mandataire")
        ),
        sa.CheckConstraint("fin IS NULL OR fin >= debut", name=op.f("ck_mandat_dates")),
        sa.ForeignKeyConstraint(
            ["organisme_id"], ["organisme.id"], name=op.f("fk_mandat_organisme_id_organisme")
        ),
        sa.ForeignKeyConstraint(
            ["rattachement_id"],
            ["rattachement.id"],
            name=op.f("fk_mandat_rattachement_id_rattachement"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandat")),
    )
    with op.batch_alter_table("mandat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mandat_organisme_id"), ["organisme_id"], unique=False)
        batch_op.create_index(
            "ix_mandat_rattachement",
            ["rattachement_id"],
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "succession",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column("candidat_id", sa.Uuid(), nullable=False),
        sa.Column(
            "voie",
            sa.Enum(
                "proposition",
                "cooptation",
                "caf",
                name="voie",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "etat",
            sa.Enum(
                "en_attente",
                "acceptee",
                "refusee",
                "annulee",
                name="etatsuccession",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("motif", sa.String(length=500), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidat_id"],
            ["rattachement.id"],
            name=op.f("fk_succession_candidat_id_rattachement"),
        ),
        sa.ForeignKeyConstraint(
            ["organisme_id"], ["organisme.id"], name=op.f("fk_succession_organisme_id_organisme")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_succession")),
    )
    with op.batch_alter_table("succession", schema=None) as batch_op:
        batch_op.create_index(
            "ix_succession_candidat",
            ["candidat_id"],
            unique=True,
            postgresql_where=sa.text("etat = 'en_attente'"),
            sqlite_where=sa.text("etat = 'en_attente'"),
        )
        batch_op.create_index(
            batch_op.f("ix_succession_organisme_id"), ["organisme_id"], unique=False
        )

    op.create_table(
        "composante",
        sa.Column("sous_groupe_id", sa.Uuid(), nullable=False),
        sa.Column("base_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["base_id"], ["groupe.id"], name=op.f("fk_composante_base_id_groupe")
        ),
        sa.ForeignKeyConstraint(
            ["sous_groupe_id"], ["groupe.id"], name=op.f("fk_composante_sous_groupe_id_groupe")
        ),
        sa.PrimaryKeyConstraint("sous_groupe_id", "base_id", name=op.f("pk_composante")),
    )
    with op.batch_alter_table("composante", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_composante_base_id"), ["base_id"], unique=False)

    op.create_table(
        "perimetre_responsable",
        sa.Column("mandat_id", sa.Uuid(), nullable=False),
        sa.Column("groupe_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["groupe_id"], ["groupe.id"], name=op.f("fk_perimetre_responsable_groupe_id_groupe")
        ),
        sa.ForeignKeyConstraint(
            ["mandat_id"], ["mandat.id"], name=op.f("fk_perimetre_responsable_mandat_id_mandat")
        ),
        sa.PrimaryKeyConstraint("mandat_id", "groupe_id", name=op.f("pk_perimetre_responsable")),
    )
    with op.batch_alter_table("perimetre_responsable", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_perimetre_responsable_groupe_id"), ["groupe_id"], unique=False
        )

    with op.batch_alter_table("groupe", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("sous_groupe", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("created_by", sa.Uuid(), nullable=True))
        batch_op.alter_column("zone", existing_type=sa.VARCHAR(length=3), nullable=True)
        batch_op.create_check_constraint(
            batch_op.f("ck_groupe_zone"), "sous_groupe OR zone IS NOT NULL"
        )

    with op.batch_alter_table("habilitation", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "granted_as",
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
                server_default="caf",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("mandat_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_habilitation_mandat_id"), ["mandat_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_habilitation_mandat_id_mandat"), "mandat", ["mandat_id"], ["id"]
        )

    op.execute(
        sa.text(
            "UPDATE habilitation SET granted_as = 'administrateur' WHERE granted_by IS NOT NULL"
        )
    )
    with op.batch_alter_table("rattachement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("demande", sa.Uuid(), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f("uq_rattachement_organisme_id_demande"), ["organisme_id", "demande"]
        )


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("rattachement", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_rattachement_organisme_id_demande"), type_="unique")
        batch_op.drop_column("demande")

    with op.batch_alter_table("habilitation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_habilitation_mandat_id_mandat"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_habilitation_mandat_id"))
        batch_op.drop_column("mandat_id")
        batch_op.drop_constraint(batch_op.f("ck_habilitation_qualite"), type_="check")
        batch_op.drop_column("granted_as")

    with op.batch_alter_table("perimetre_responsable", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_perimetre_responsable_groupe_id"))

    op.drop_table("perimetre_responsable")
    with op.batch_alter_table("composante", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_composante_base_id"))

    op.drop_table("composante")
    # What a former version could not say is lost: sous-groupes, and with them what was ticked there.
    op.execute(
        sa.text(
            "DELETE FROM habilitation WHERE groupe_id IN (SELECT id FROM groupe WHERE sous_groupe)"
        )
    )
    op.execute(sa.text("DELETE FROM groupe WHERE sous_groupe"))
    with op.batch_alter_table("groupe", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_groupe_zone"), type_="check")
        batch_op.alter_column("zone", existing_type=sa.VARCHAR(length=3), nullable=False)
        batch_op.drop_column("created_by")
        batch_op.drop_column("created_at")
        batch_op.drop_column("sous_groupe")

    with op.batch_alter_table("succession", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_succession_organisme_id"))
        batch_op.drop_index(
            "ix_succession_candidat",
            postgresql_where=sa.text("etat = 'en_attente'"),
            sqlite_where=sa.text("etat = 'en_attente'"),
        )

    op.drop_table("succession")
    with op.batch_alter_table("mandat", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_mandat_rattachement",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_mandat_organisme_id"))

    op.drop_table("mandat")
