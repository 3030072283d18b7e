"""Batches of letters, their sealed content, and what becomes of each letter."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_ALPHABET = "23456789ACEFHJKMNPRTWXY"  # idp/printable.py, as it was then
_ETATS = ("en_attente", "a_imprimer", "imprime", "envoye", "retourne", "remplace")
_AT_ONCE = 5000


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "lot_de_courriers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nom", sa.String(length=60), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "identifiant",
                "secret",
                "rappel",
                name="typecourrier",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("caisse_code", sa.String(length=3), nullable=True),
        sa.Column(
            "etat",
            sa.Enum(
                "preparation",
                "a_imprimer",
                "imprime",
                "envoye",
                name="etatdelot",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("lettres", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("expire_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retire_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retire_par", sa.Uuid(), nullable=True),
        sa.Column("imprime_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("envoye_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["caisse_code"],
            ["caisse.code"],
            name=op.f("fk_lot_de_courriers_caisse_code_caisse"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot_de_courriers")),
    )
    op.create_index(
        "ix_lot_de_courriers_caisse", "lot_de_courriers", ["caisse_code", "created_at"]
    )
    op.create_table(
        "contenu_de_lot",
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("scelle", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["lot_id"],
            ["lot_de_courriers.id"],
            name=op.f("fk_contenu_de_lot_lot_id_lot_de_courriers"),
        ),
        sa.PrimaryKeyConstraint("lot_id", name=op.f("pk_contenu_de_lot")),
    )
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("etat", sa.String(length=30), nullable=False, server_default="en_attente")
        )
        batch_op.add_column(sa.Column("reference", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("lot_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("feuille", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("expire_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True))
    _fill()
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.alter_column(
            "etat",
            existing_type=sa.String(length=30),
            type_=sa.Enum(
                *_ETATS,
                name="etatcourrier",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            existing_nullable=False,
            server_default=None,
        )
        batch_op.alter_column(
            "reference", existing_type=sa.String(length=12), nullable=False
        )
        batch_op.create_unique_constraint(op.f("uq_courrier_reference"), ["reference"])
        batch_op.create_foreign_key(
            op.f("fk_courrier_lot_id_lot_de_courriers"), "lot_de_courriers", ["lot_id"], ["id"]
        )
        batch_op.create_index("ix_courrier_lot", ["lot_id", "feuille"])
        batch_op.create_index(
            "ix_courrier_returned_at",
            ["returned_at"],
            postgresql_where=sa.text("returned_at IS NOT NULL"),
            sqlite_where=sa.text("returned_at IS NOT NULL"),
        )


def _fill() -> None:
    """Letters that left in a batch were printed and sent; each gets a reference."""
    connection = op.get_bind()
    connection.execute(
        sa.text("UPDATE courrier SET etat = 'envoye' WHERE exported_at IS NOT NULL")
    )
    while ids := connection.execute(
        sa.text(f"SELECT id FROM courrier WHERE reference IS NULL LIMIT {_AT_ONCE}")  # noqa: S608
    ).scalars().all():
        connection.execute(
            sa.text("UPDATE courrier SET reference = :reference WHERE id = :id"),
            [{"id": one, "reference": _reference()} for one in ids],
        )


def _reference() -> str:
    body = "".join(secrets.choice(_ALPHABET) for _ in range(11))
    weighted = enumerate(reversed(body), start=2)
    total = sum(weight * _ALPHABET.index(character) for weight, character in weighted)
    return body + _ALPHABET[-total % len(_ALPHABET)]


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("courrier", schema=None) as batch_op:
        batch_op.drop_index("ix_courrier_returned_at")
        batch_op.drop_index("ix_courrier_lot")
        batch_op.drop_constraint(op.f("fk_courrier_lot_id_lot_de_courriers"), type_="foreignkey")
        batch_op.drop_constraint(op.f("uq_courrier_reference"), type_="unique")
        batch_op.drop_constraint(op.f("ck_courrier_etatcourrier"), type_="check")
        for column in ("returned_at", "expire_at", "feuille", "lot_id", "reference", "etat"):
            batch_op.drop_column(column)
    op.drop_table("contenu_de_lot")
    op.drop_table("lot_de_courriers")
