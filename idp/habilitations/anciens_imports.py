"""How long imports are kept, those of users and those of organismes alike, and which are older than that."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select

from idp.db import db

ESSAI_GARDE = timedelta(days=7)
LIGNES_GARDEES = timedelta(days=30)
IMPORT_GARDE = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Anciens:
    """Trials that nobody validated, imports over for long that still have their lines, and those to delete."""

    essais: list[UUID]
    finis: list[UUID]
    vieux: list[UUID]

    @property
    def nombre(self) -> int:
        """How many imports they are."""
        return len({*self.essais, *self.finis, *self.vieux})


def anciens(modele: Any, essais: Collection[Any], now: datetime, *, limit: int) -> Anciens:
    """At most ``limit`` of each, the oldest first; ``essais`` are the states of one that is not validated."""

    def lus(lesquels: ColumnElement[bool]) -> list[UUID]:
        requete = select(modele.id).where(lesquels).order_by(modele.created_at).limit(limit)
        return list(db.session.scalars(requete))

    return Anciens(
        essais=lus(and_(modele.etat.in_(essais), modele.created_at <= now - ESSAI_GARDE)),
        finis=lus(and_(modele.erased_at.is_(None), modele.ended_at <= now - LIGNES_GARDEES)),
        vieux=lus(modele.ended_at <= now - IMPORT_GARDE),
    )
