"""What is forgotten: a trial that nobody validated, the lines of an import that is over, then the import."""

from datetime import datetime

from sqlalchemy import delete, update

from idp.db import db
from idp.habilitations.anciens_imports import anciens
from idp.habilitations.import_utilisateurs.essai import supprimer
from idp.habilitations.import_utilisateurs.models import (
    EtatImport,
    ImportUtilisateurs,
    LigneImport,
)

AT_ONCE = 5


def oublier(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Forget what is too old, some imports at a time; returns how many."""
    trouves = anciens(ImportUtilisateurs, (EtatImport.ESSAI,), now, limit=limit)
    db.session.execute(delete(LigneImport).where(LigneImport.import_id.in_(trouves.finis)))
    db.session.execute(
        update(ImportUtilisateurs)
        .where(ImportUtilisateurs.id.in_(trouves.finis))
        .values(erased_at=now)
    )
    supprimer([*trouves.essais, *trouves.vieux])
    return trouves.nombre
