"""Services that were told that what they held of a person is over."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('avis_de_retrait',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('rattachement_id', sa.Uuid(), nullable=False),
    sa.Column('organisme_id', sa.Uuid(), nullable=False),
    sa.Column('nom', sa.String(length=120), nullable=False),
    sa.Column('service', sa.String(length=40), nullable=True),
    sa.Column('motif', sa.Enum('habilitation', 'composition', 'role', 'suspension', 'cloture', 'echeance', name='motifdavis', native_enum=False, create_constraint=True, length=30), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('livraison_id', sa.Uuid(), nullable=True),
    sa.Column('expire_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['livraison_id'], ['outbox.id'], name=op.f('fk_avis_de_retrait_livraison_id_outbox')),
    sa.ForeignKeyConstraint(['organisme_id'], ['organisme.id'], name=op.f('fk_avis_de_retrait_organisme_id_organisme')),
    sa.ForeignKeyConstraint(['rattachement_id'], ['rattachement.id'], name=op.f('fk_avis_de_retrait_rattachement_id_rattachement')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_avis_de_retrait'))
    )
    with op.batch_alter_table('avis_de_retrait', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_avis_de_retrait_decided_at'), ['decided_at'], unique=False)
        batch_op.create_index('ix_avis_de_retrait_organisme', ['organisme_id', 'decided_at', 'id'], unique=False)
        batch_op.create_index('ix_avis_de_retrait_rattachement', ['rattachement_id', 'decided_at', 'id'], unique=False)



def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table('avis_de_retrait', schema=None) as batch_op:
        batch_op.drop_index('ix_avis_de_retrait_rattachement')
        batch_op.drop_index('ix_avis_de_retrait_organisme')
        batch_op.drop_index(batch_op.f('ix_avis_de_retrait_decided_at'))

    op.drop_table('avis_de_retrait')
