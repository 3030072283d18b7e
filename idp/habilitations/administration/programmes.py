"""Programs of a partner that act in its console, as its administrateur sees them; mandated in ``mandats.py``.

How a program proves who it is belongs to ``idp/scim``.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Groupe, Mandat, PerimetreResponsable


@dataclass(frozen=True, slots=True)
class ProgrammeVu:
    """A program; ``groupes`` are the names of those that it may tick."""

    mandat_id: UUID
    nom: str
    peut_creer: bool
    debut: date
    fin: date | None
    mandate_par: str
    mandate_le: datetime
    retire_le: datetime | None
    groupes: tuple[str, ...]

    def agit(self, jour: date) -> bool:
        """Whether it may act that day."""
        return self.retire_le is None and (self.fin is None or jour <= self.fin)


def lister(acteur: Acteur) -> list[ProgrammeVu]:
    """Those of the organisme, the ones that are not withdrawn first, then the last mandated: two statements."""
    rows = db.session.execute(
        select(Mandat, Account)
        .outerjoin(Account, Account.id == Mandat.granted_by)
        .where(Mandat.organisme_id == acteur.organisme_id, Mandat.programme.is_not(None))
        .order_by(Mandat.ended_at.is_not(None), Mandat.granted_at.desc(), Mandat.id)
    ).all()
    groupes = _groupes([mandat.id for mandat, _account in rows])
    return [
        ProgrammeVu(
            mandat_id=mandat.id,
            nom=mandat.programme or "",
            peut_creer=mandat.peut_creer,
            debut=mandat.debut,
            fin=mandat.fin,
            mandate_par=account.display_name if account else "",
            mandate_le=mandat.granted_at,
            retire_le=mandat.ended_at,
            groupes=tuple(groupes[mandat.id]),
        )
        for mandat, account in rows
    ]


def _groupes(mandats: Collection[UUID]) -> defaultdict[UUID, list[str]]:
    noms: defaultdict[UUID, list[str]] = defaultdict(list)
    rows = db.session.execute(
        select(PerimetreResponsable.mandat_id, Groupe.libelle)
        .join(Groupe, Groupe.id == PerimetreResponsable.groupe_id)
        .where(PerimetreResponsable.mandat_id.in_(mandats))
        .order_by(Groupe.libelle)
    )
    for mandat_id, libelle in rows:
        noms[mandat_id].append(libelle)
    return noms
