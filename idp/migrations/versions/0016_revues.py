"""Reviews: who was reviewed, what they held, what was answered, and the signed summary."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table('revue',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('organisme_id', sa.Uuid(), nullable=False),
    sa.Column('etat', sa.Enum('ouverte', 'application', 'close', name='etatrevue', native_enum=False, create_constraint=True, length=30), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.Uuid(), nullable=True),
    sa.Column('echeance', sa.Date(), nullable=False),
    sa.Column('rappel', sa.Integer(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Uuid(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('document_sha256', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['organisme_id'], ['organisme.id'], name=op.f('fk_revue_organisme_id_organisme')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revue'))
    )
    with op.batch_alter_table('revue', schema=None) as batch_op:
        batch_op.create_index('ix_revue_echeance', ['etat', 'echeance'], unique=False)
        batch_op.create_index('ix_revue_en_cours', ['organisme_id'], unique=True, postgresql_where=sa.text("etat <> 'close'"), sqlite_where=sa.text("etat <> 'close'"))
        batch_op.create_index('ix_revue_organisme', ['organisme_id', 'opened_at'], unique=False)

    op.create_table('document_de_revue',
    sa.Column('revue_id', sa.Uuid(), nullable=False),
    sa.Column('contenu', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['revue_id'], ['revue.id'], name=op.f('fk_document_de_revue_revue_id_revue'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('revue_id', name=op.f('pk_document_de_revue'))
    )
    op.create_table('ligne_de_revue',
    sa.Column('revue_id', sa.Uuid(), nullable=False),
    sa.Column('rattachement_id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('rang', sa.Integer(), nullable=False),
    sa.Column('risque', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('administrateur', 'responsable_habilitation', 'utilisateur', name='role', native_enum=False, create_constraint=True, length=30), nullable=False),
    sa.Column('cree_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ouverture', sa.Date(), nullable=False),
    sa.Column('cloture', sa.Date(), nullable=True),
    sa.Column('suspendu', sa.Boolean(), nullable=False),
    sa.Column('derniere_connexion_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('mail_refuse', sa.Boolean(), nullable=False),
    sa.Column('groupes', sa.Integer(), nullable=False),
    sa.Column('delegues', sa.Integer(), nullable=False),
    sa.Column('sans_donneur', sa.Integer(), nullable=False),
    sa.Column('decision', sa.Enum('garder', 'retirer', name='decision', native_enum=False, create_constraint=True, length=30), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('issue', sa.Enum('gardee', 'retiree', 'caduque', 'maintenue', 'partie', 'refusee', name='issue', native_enum=False, create_constraint=True, length=30), nullable=True),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('restored_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('restored_by', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['rattachement_id'], ['rattachement.id'], name=op.f('fk_ligne_de_revue_rattachement_id_rattachement'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['revue_id'], ['revue.id'], name=op.f('fk_ligne_de_revue_revue_id_revue'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('revue_id', 'rattachement_id', name=op.f('pk_ligne_de_revue'))
    )
    with op.batch_alter_table('ligne_de_revue', schema=None) as batch_op:
        batch_op.create_index('ix_ligne_de_revue_rang', ['revue_id', 'rang'], unique=True)
        batch_op.create_index(batch_op.f('ix_ligne_de_revue_rattachement_id'), ['rattachement_id'], unique=False)

    op.create_table('droit_revu',
    sa.Column('revue_id', sa.Uuid(), nullable=False),
    sa.Column('rattachement_id', sa.Uuid(), nullable=False),
    sa.Column('groupe_id', sa.Uuid(), nullable=False),
    sa.Column('service', sa.String(length=40), nullable=False),
    sa.Column('libelle', sa.String(length=120), nullable=False),
    sa.Column('debut', sa.Date(), nullable=False),
    sa.Column('fin', sa.Date(), nullable=True),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('granted_by', sa.Uuid(), nullable=True),
    sa.Column('granted_as', sa.Enum('caf', 'administrateur', 'responsable_habilitation', 'programme', name='qualite', native_enum=False, create_constraint=True, length=30), nullable=False),
    sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['revue_id', 'rattachement_id'], ['ligne_de_revue.revue_id', 'ligne_de_revue.rattachement_id'], name=op.f('fk_droit_revu_revue_id_ligne_de_revue'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('revue_id', 'rattachement_id', 'groupe_id', name=op.f('pk_droit_revu'))
    )


def downgrade() -> None:
    """Undo."""
    op.drop_table('droit_revu')
    with op.batch_alter_table('ligne_de_revue', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ligne_de_revue_rattachement_id'))
        batch_op.drop_index('ix_ligne_de_revue_rang')

    op.drop_table('ligne_de_revue')
    op.drop_table('document_de_revue')
    with op.batch_alter_table('revue', schema=None) as batch_op:
        batch_op.drop_index('ix_revue_organisme')
        batch_op.drop_index('ix_revue_en_cours', postgresql_where=sa.text("etat <> 'close'"), sqlite_where=sa.text("etat <> 'close'"))
        batch_op.drop_index('ix_revue_echeance')

    op.drop_table('revue')
