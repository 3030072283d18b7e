"""What ends by its date is found by it, and the days of which services were told are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('fins_dites',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('jour', sa.Date(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_fins_dites_une')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fins_dites'))
    )
    with op.batch_alter_table('habilitation', schema=None) as batch_op:
        batch_op.create_index('ix_habilitation_fin', ['fin'], unique=False, postgresql_where=sa.text('fin IS NOT NULL'), sqlite_where=sa.text('fin IS NOT NULL'))
        batch_op.create_index('ix_habilitation_rattachement_fin', ['rattachement_id', 'fin'], unique=False, postgresql_where=sa.text('fin IS NOT NULL'), sqlite_where=sa.text('fin IS NOT NULL'))

    with op.batch_alter_table('rattachement', schema=None) as batch_op:
        batch_op.create_index('ix_rattachement_cloture', ['cloture'], unique=False, postgresql_where=sa.text('cloture IS NOT NULL'), sqlite_where=sa.text('cloture IS NOT NULL'))
        batch_op.create_index('ix_rattachement_organisme_cloture', ['organisme_id', 'cloture'], unique=False, postgresql_where=sa.text('cloture IS NOT NULL'), sqlite_where=sa.text('cloture IS NOT NULL'))



def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table('rattachement', schema=None) as batch_op:
        batch_op.drop_index('ix_rattachement_organisme_cloture', postgresql_where=sa.text('cloture IS NOT NULL'), sqlite_where=sa.text('cloture IS NOT NULL'))
        batch_op.drop_index('ix_rattachement_cloture', postgresql_where=sa.text('cloture IS NOT NULL'), sqlite_where=sa.text('cloture IS NOT NULL'))

    with op.batch_alter_table('habilitation', schema=None) as batch_op:
        batch_op.drop_index('ix_habilitation_rattachement_fin', postgresql_where=sa.text('fin IS NOT NULL'), sqlite_where=sa.text('fin IS NOT NULL'))
        batch_op.drop_index('ix_habilitation_fin', postgresql_where=sa.text('fin IS NOT NULL'), sqlite_where=sa.text('fin IS NOT NULL'))

    op.drop_table('fins_dites')
