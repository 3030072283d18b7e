"""What everything of the population is drawn with, and what is remembered of what was drawn."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

from bulk import Bulk

from idp import clock
from idp.accounts.models import AccountState
from idp.habilitations.delegation import Role

SEED = 20_260_603
HOUR = timedelta(hours=1)
YEARS = timedelta(days=3 * 365)


class Tirage:
    """One source of chance, one instant, one way to the database."""

    def __init__(self, bulk: Bulk, now: datetime) -> None:
        self.hasard = Random(SEED)
        self.bulk = bulk
        self.now = now
        self.jour = clock.today(now)

    def uuid(self) -> UUID:
        return UUID(int=self.hasard.getrandbits(128), version=4)

    def midi(self, jour: date) -> datetime:
        return self.now.replace(year=jour.year, month=jour.month, day=jour.day, hour=11)


@dataclass(frozen=True, slots=True)
class GroupeTire:
    """A group, and what it opens: itself, or the components of a sous-groupe."""

    id: UUID
    code: str
    bases: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Personne:
    """Somebody in an organisme."""

    account_id: UUID
    rattachement_id: UUID
    role: Role
    etat: AccountState
    ouverture: date
    cloture: date | None
    depuis: datetime


@dataclass(frozen=True, slots=True)
class MandatTire:
    """What a responsable may give."""

    id: UUID
    responsable: Personne
    groupes: tuple[GroupeTire, ...]
    depuis: datetime


@dataclass(slots=True)
class Lieu:
    """An organisme, its groups (those of the Caf, then its own) and its people."""

    id: UUID
    raison_sociale: str
    domaine: str
    contrats: dict[str, UUID] = field(default_factory=dict)
    groupes: list[GroupeTire] = field(default_factory=list)
    personnes: list[Personne] = field(default_factory=list)
    mandats: list[MandatTire] = field(default_factory=list)

    @property
    def administrateur(self) -> Personne:
        """The first of them."""
        return self.personnes[0]
