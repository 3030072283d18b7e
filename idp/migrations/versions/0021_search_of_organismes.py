"""Organismes are found by the words of their raison sociale and by their mail, people by their names."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_FROM = "ÀÁÂÃÄÅàáâãäåÇçÈÉÊËèéêëÌÍÎÏìíîïÑñÒÓÔÕÖòóôõöÙÚÛÜùúûüÝýÿŒÆ’'-./,&()\u00a0"
_TO = "aaaaaaaaaaaacceeeeeeeeiiiiiiiinnoooooooooouuuuuuuuyyyœæ          "


def _folded(column: str) -> str:
    # As idp/folding.py made it then.
    if op.get_bind().dialect.name == "postgresql":
        before = _FROM.replace("'", "''")
        return f"lower(translate({column}::text COLLATE \"C\", '{before}', '{_TO}'))"
    return f"mcp_folded({column})"


def upgrade() -> None:
    """Apply."""
    words = sa.Computed(f"' ' || {_folded('raison_sociale')}", persisted=True)
    with op.batch_alter_table("organisme") as batch:
        batch.add_column(sa.Column("mots", sa.String(length=201), words, nullable=False))
    op.create_index("ix_organisme_mots", "organisme", ["mots", "id"])
    op.create_index("ix_organisme_email_lower", "organisme", [sa.text("lower(email)")])
    op.create_index(
        "ix_account_nom",
        "account",
        [
            sa.text(_folded("family_name")),
            sa.text(_folded("coalesce(given_name, '')")),
            "id",
        ],
    )


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_account_nom", table_name="account")
    op.drop_index("ix_organisme_email_lower", table_name="organisme")
    op.drop_index("ix_organisme_mots", table_name="organisme")
    with op.batch_alter_table("organisme") as batch:
        batch.drop_column("mots")
