"""What is forgotten: a trial that nobody validated, the lines of an import that is over, then the import."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, select, update

from idp.db import db
from idp.habilitations.import_utilisateurs.essai import supprimer
from idp.habilitations.import_utilisateurs.models import (
    EtatImport,
    ImportUtilisateurs,
    LigneImport,
)

ESSAI_GARDE = timedelta(days=7)
LIGNES_GARDEES = timedelta(days=30)
IMPORT_GARDE = timedelta(days=365)
AT_ONCE = 5


def oublier(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Forget what is too old, some imports at a time; returns how many."""
    essais = _anciens(
        and_(
            ImportUtilisateurs.etat == EtatImport.ESSAI,
            ImportUtilisateurs.created_at <= now - ESSAI_GARDE,
        ),
        limit,
    )
    finis = _anciens(
        and_(
            ImportUtilisateurs.erased_at.is_(None),
            ImportUtilisateurs.ended_at <= now - LIGNES_GARDEES,
        ),
        limit,
    )
    vieux = _anciens(ImportUtilisateurs.ended_at <= now - IMPORT_GARDE, limit)
    db.session.execute(delete(LigneImport).where(LigneImport.import_id.in_(finis)))
    db.session.execute(
        update(ImportUtilisateurs).where(ImportUtilisateurs.id.in_(finis)).values(erased_at=now)
    )
    supprimer([*essais, *vieux])
    return len({*essais, *finis, *vieux})


def _anciens(lesquels: ColumnElement[bool], limit: int) -> list[UUID]:
    return list(
        db.session.scalars(
            select(ImportUtilisateurs.id)
            .where(lesquels)
            .order_by(ImportUtilisateurs.created_at)
            .limit(limit)
        )
    )
