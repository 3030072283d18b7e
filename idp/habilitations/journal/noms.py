"""Who and what the lines of a journal name: read for a whole page at once, four statements whatever its length.

The reader is told of the people of their organisme alone. An agent is « la Caf », whoever they are, but to other
agents (``pour_la_caf``); somebody who was anonymised has no name any more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, exists, select

from idp import audit
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.acteurs import PROGRAMME
from idp.habilitations.delegation import Acteur
from idp.habilitations.journal import phrases
from idp.habilitations.models import (
    Agent,
    ContratDeService,
    Convention,
    Groupe,
    Mandat,
    Rattachement,
)
from idp.services import services

CAF = "la Caf"
SUPPRIMEE = "une personne dont le compte a été supprimé"
INCONNUE = "une personne qui n’est pas de votre organisme"
AUTOMATIQUE = "Mon Compte Partenaire"
QUELQU_UN = "quelqu’un"


@dataclass(frozen=True, slots=True)
class Lu:
    """One row of the journal, as it was read."""

    id: int
    at: datetime
    event: str
    actor_kind: str
    actor_id: UUID | None
    account_id: UUID | None
    data: Mapping[str, Any]
    rank: int | None
    hash: str | None


@dataclass(frozen=True, slots=True)
class Personne:
    """Somebody of the organisme; ``rattachement_id`` leads to their file, None when there is none to show."""

    nom: str
    rattachement_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Noms:
    """The names that some lines need."""

    soi: UUID | None
    personnes: Mapping[UUID, Personne]
    programmes: Mapping[UUID, str]
    groupes: Mapping[str, str]
    services: Mapping[str, str]

    def auteur(self, lu: Lu) -> str:
        """Who acts, without their verb."""
        if lu.actor_kind == PROGRAMME:
            nom = self.programmes.get(lu.actor_id) if lu.actor_id else None
            return f"le programme {nom}" if nom else "un programme de votre organisme"
        if lu.actor_id is not None:
            return self.personnes.get(lu.actor_id, Personne(SUPPRIMEE)).nom
        return _SANS_COMPTE.get(lu.actor_kind, QUELQU_UN)

    def personne(self, lu: Lu) -> Personne | None:
        """Whom it is about; None when it is nobody."""
        if lu.account_id is None:
            return None
        return self.personnes.get(lu.account_id, Personne(SUPPRIMEE))

    def programme(self, lu: Lu) -> str:
        """The program whose mandate it is about; nothing when it is about none."""
        mandat_id = _mandat(lu.data)
        return self.programmes.get(mandat_id, "") if mandat_id else ""

    def est_soi(self, lu: Lu) -> bool:
        """Whether the reader did it."""
        return lu.actor_id is not None and lu.actor_id == self.soi


_SANS_COMPTE = {audit.COMMAND_LINE.kind: CAF, audit.WORKER.kind: AUTOMATIQUE}


def noms(acteur: Acteur, lus: Sequence[Lu], *, pour_la_caf: bool = False) -> Noms:
    """Those that these lines need."""
    comptes = {lu.account_id for lu in lus} | {
        lu.actor_id for lu in lus if lu.actor_kind != PROGRAMME
    }
    mandats = {lu.actor_id for lu in lus if lu.actor_kind == PROGRAMME}
    mandats |= {_mandat(lu.data) for lu in lus}
    codes = {code for lu in lus for code in phrases.codes(lu.data)}
    return Noms(
        soi=acteur.account_id,
        personnes=_personnes(acteur.organisme_id, comptes - {None}, pour_la_caf),
        programmes=_programmes(acteur.organisme_id, mandats - {None}),
        groupes=_groupes(acteur.organisme_id, codes),
        services={code: service.nom for code, service in services().items()},
    )


def _mandat(data: Mapping[str, Any]) -> UUID | None:
    text = data.get("mandat_id")
    return UUID(text) if text else None


def _personnes(
    organisme_id: UUID, comptes: set[UUID | None], pour_la_caf: bool
) -> dict[UUID, Personne]:
    rows = db.session.execute(
        select(
            Account.id,
            Account.given_name,
            Account.family_name,
            Account.identifiant,
            Account.anonymised_at,
            Rattachement.id.label("rattachement_id"),
            exists().where(Agent.account_id == Account.id).label("agent"),
        )
        .outerjoin(
            Rattachement,
            and_(Rattachement.account_id == Account.id, Rattachement.organisme_id == organisme_id),
        )
        .where(Account.id.in_(comptes))
    )
    return {row.id: _personne(row, pour_la_caf) for row in rows}


def _personne(row: Any, pour_la_caf: bool) -> Personne:
    if row.anonymised_at is not None:
        return Personne(SUPPRIMEE)
    nom = " ".join(filter(None, (row.given_name, row.family_name))) or row.identifiant
    if row.rattachement_id is None and row.agent:
        return Personne(f"{CAF} ({nom})" if pour_la_caf else CAF)
    return Personne(nom, row.rattachement_id) if row.rattachement_id else Personne(INCONNUE)


def _programmes(organisme_id: UUID, mandats: set[UUID | None]) -> dict[UUID, str]:
    rows = db.session.execute(
        select(Mandat.id, Mandat.programme).where(
            Mandat.id.in_(mandats), Mandat.organisme_id == organisme_id
        )
    )
    return {row.id: row.programme or "" for row in rows}


def _groupes(organisme_id: UUID, codes: set[str]) -> dict[str, str]:
    rows = db.session.execute(
        select(Groupe.code, Groupe.libelle)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .where(Convention.organisme_id == organisme_id, Groupe.code.in_(codes))
    )
    return {row.code: row.libelle for row in rows}
