"""Campaigns, their recipients, and the letter of a reminder."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BEFORE = ("identifiant", "secret")
AFTER = (*BEFORE, "rappel")


def _one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=30)


def _counter(name: str) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=False)


def upgrade() -> None:
    """Apply."""
    _allow(AFTER)
    op.create_index(
        "ix_account_mail_refused",
        "account",
        ["mail_refused_at"],
        postgresql_where=sa.text("mail_refused_at IS NOT NULL"),
        sqlite_where=sa.text("mail_refused_at IS NOT NULL"),
    )
    op.create_table(
        "campagne",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("titre", sa.String(length=120), nullable=False),
        sa.Column(
            "etat",
            _one_of(
                "etatcampagne",
                "preparation",
                "prete",
                "en_cours",
                "en_pause",
                "terminee",
                "arretee",
            ),
            nullable=False,
        ),
        sa.Column("caisses", sa.JSON(), nullable=False),
        sa.Column(
            "type_organisme",
            _one_of("typeorganisme", "personne_morale", "personne_physique"),
            nullable=True,
        ),
        sa.Column("service", sa.String(length=40), nullable=True),
        sa.Column(
            "connexions", _one_of("connexions", "toutes", "jamais", "pas_depuis"), nullable=False
        ),
        sa.Column("depuis", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("launched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("launched_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _counter("tour"),
        sa.Column("curseur", sa.Uuid(), nullable=True),
        _counter("courriels"),
        _counter("courriers"),
        _counter("sans_voie"),
        _counter("envoyes"),
        _counter("prepares"),
        _counter("ecartes"),
        _counter("refuses"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campagne")),
    )
    op.create_index("ix_campagne_created", "campagne", ["created_at"])
    op.create_table(
        "campagne_destinataire",
        sa.Column("campagne_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisme_id", sa.Uuid(), nullable=False),
        sa.Column("voie", _one_of("voie", "courriel", "courrier", "aucune"), nullable=False),
        sa.Column(
            "etat",
            _one_of("etatenvoi", "a_envoyer", "envoye", "refuse", "ecarte", "sans_voie"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["campagne_id"],
            ["campagne.id"],
            name=op.f("fk_campagne_destinataire_campagne_id_campagne"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_campagne_destinataire_account_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["organisme_id"],
            ["organisme.id"],
            name=op.f("fk_campagne_destinataire_organisme_id_organisme"),
        ),
        sa.PrimaryKeyConstraint(
            "campagne_id", "account_id", name=op.f("pk_campagne_destinataire")
        ),
    )
    op.create_index("ix_campagne_destinataire_account", "campagne_destinataire", ["account_id"])
    for name, columns, etat in (
        ("a_envoyer", ["campagne_id", "voie", "account_id"], "a_envoyer"),
        ("refuse", ["campagne_id", "account_id"], "refuse"),
    ):
        op.create_index(
            f"ix_campagne_destinataire_{name}",
            "campagne_destinataire",
            columns,
            postgresql_where=sa.text(f"etat = '{etat}'"),
            sqlite_where=sa.text(f"etat = '{etat}'"),
        )


def downgrade() -> None:
    """Undo; letters that the former check does not know are deleted."""
    op.drop_table("campagne_destinataire")
    op.drop_table("campagne")
    op.drop_index("ix_account_mail_refused", "account")
    op.execute(sa.text("DELETE FROM courrier WHERE type = 'rappel'"))
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_courrier_typecourrier"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_courrier_typecourrier"), sa.text(f"type IN ({listed})")
        )
