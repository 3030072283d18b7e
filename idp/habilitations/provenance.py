"""By whom a right was given, in what capacity and under which mandate: what each tick says of itself.

What to add to a statement on ``Habilitation``, and what is read of it;
``templates/habilitations/_provenance.html`` says it in words.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.orm import aliased

from idp.accounts.models import Account
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import Habilitation, Mandat

OUBLIE = "une personne dont le compte est effacé"

_donneur, _mandant = aliased(Account, name="donneur"), aliased(Account, name="mandant")
_mandat = aliased(Mandat, name="mandat")


@dataclass(frozen=True, slots=True)
class MandatCite:
    """The mandate under which a right was given, by ``par``; ``programme`` is its mandataire when not a person."""

    id: UUID
    programme: str | None
    par: str
    donne_le: datetime
    debut: date
    fin: date | None
    termine_le: datetime | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who ticked, when and as what; ``par`` is None when it was the Caf or a program."""

    qualite: Qualite
    par: str | None
    le: datetime
    mandat: MandatCite | None


def avec_provenance(requete: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """The same statement, of ``Habilitation``, with what ``lue`` reads."""
    return (
        requete.add_columns(Habilitation.granted_as, Habilitation.granted_at)
        .add_columns(_donneur, _mandat, _mandant)
        .outerjoin(_donneur, _donneur.id == Habilitation.granted_by)
        .outerjoin(_mandat, _mandat.id == Habilitation.mandat_id)
        .outerjoin(_mandant, _mandant.id == _mandat.granted_by)
    )


def lue(row: Row[Any]) -> Provenance:
    """What a row of that statement says."""
    qualite: Qualite = row.granted_as
    personne = qualite in (Qualite.ADMINISTRATEUR, Qualite.RESPONSABLE_HABILITATION)
    return Provenance(
        qualite=qualite,
        par=_nom(row.donneur) if personne else None,
        le=row.granted_at,
        mandat=_cite(row.mandat, row.mandant) if row.mandat else None,
    )


def _cite(mandat: Mandat, mandant: Account | None) -> MandatCite:
    return MandatCite(
        id=mandat.id,
        programme=mandat.programme,
        par=_nom(mandant),
        donne_le=mandat.granted_at,
        debut=mandat.debut,
        fin=mandat.fin,
        termine_le=mandat.ended_at,
    )


def _nom(account: Account | None) -> str:
    oublie = account is None or account.anonymised_at is not None
    return OUBLIE if account is None or oublie else account.display_name
