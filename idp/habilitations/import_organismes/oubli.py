"""What is forgotten: a file that nobody validated, the lines of an import that is over, then the import."""

from datetime import datetime

from sqlalchemy import update

from idp.db import db
from idp.habilitations.anciens_imports import anciens
from idp.habilitations.import_organismes.depot import oublier_le_contenu, supprimer
from idp.habilitations.import_organismes.models import EtatDImport, ImportOrganismes

NON_VALIDES = (EtatDImport.LECTURE, EtatDImport.ESSAI)
AT_ONCE = 1


def oublier(now: datetime, *, limit: int = AT_ONCE) -> int:
    """Forget what is too old, one file at a time: each may hold a hundred thousand lines. Returns how many."""
    trouves = anciens(ImportOrganismes, NON_VALIDES, now, limit=limit)
    oublier_le_contenu(trouves.finis)
    db.session.execute(
        update(ImportOrganismes).where(ImportOrganismes.id.in_(trouves.finis)).values(erased_at=now)
    )
    supprimer([*trouves.essais, *trouves.vieux])
    return trouves.nombre
