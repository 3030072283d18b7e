"""What is forgotten: a file that nobody validated, the lines of an import that is over, then the import."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update

from idp.db import db
from idp.habilitations.import_organismes.depot import oublier_le_contenu, supprimer
from idp.habilitations.import_organismes.models import EtatDImport, ImportOrganismes

ESSAI_GARDE = timedelta(days=7)
LIGNES_GARDEES = timedelta(days=30)
IMPORT_GARDE = timedelta(days=365)
AT_ONCE = 1


def oublier(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Forget what is too old, one file at a time: each may hold a hundred thousand lines. Returns how many."""
    essais = _anciens(
        and_(
            ImportOrganismes.etat.in_((EtatDImport.LECTURE, EtatDImport.ESSAI)),
            ImportOrganismes.created_at <= now - ESSAI_GARDE,
        ),
        limit,
    )
    finis = _anciens(
        and_(
            ImportOrganismes.erased_at.is_(None),
            ImportOrganismes.ended_at <= now - LIGNES_GARDEES,
        ),
        limit,
    )
    vieux = _anciens(ImportOrganismes.ended_at <= now - IMPORT_GARDE, limit)
    oublier_le_contenu(finis)
    db.session.execute(
        update(ImportOrganismes).where(ImportOrganismes.id.in_(finis)).values(erased_at=now)
    )
    supprimer([*essais, *vieux])
    return len({*essais, *finis, *vieux})


def _anciens(lesquels: ColumnElement[bool], limit: int) -> list[UUID]:
    return list(
        db.session.scalars(
            select(ImportOrganismes.id)
            .where(lesquels)
            .order_by(ImportOrganismes.created_at)
            .limit(limit)
        )
    )
