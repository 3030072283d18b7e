"""What an agent should look at among the organismes of their caisses: read from rows, some at a time.

Bursts of creation of users (so many in one hour, in one organisme), and administrateurs who have not signed in
for a year; organismes that nobody administers are in ``sans_administrateur.py``. Each list costs one statement,
whatever the size of the base.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    desc,
    extract,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.en_cours import place_ouverte
from idp.habilitations.models import Organisme, Rattachement, Role
from idp.habilitations.perimetre import supervises

L = TypeVar("L")
PAR_PAGE = 25
RAFALE_SUR = timedelta(days=7)
DORMEUR = timedelta(days=365)
HEURE_MAX_CHARS = 10


@dataclass(frozen=True, slots=True)
class Rafale:
    """Many users created in one hour; ``heure`` is its beginning."""

    organisme_id: UUID
    raison_sociale: str
    heure: datetime
    nombre: int


@dataclass(frozen=True, slots=True)
class Dormeur:
    """An administrateur who has not signed in for long."""

    organisme_id: UUID
    raison_sociale: str
    rattachement_id: UUID
    nom: str
    derniere_connexion: datetime | None


@dataclass(frozen=True, slots=True)
class Page(Generic[L]):
    """Some of a list; ``suivante`` is what to give back to read on, None at the end."""

    lignes: tuple[L, ...]
    suivante: str | None


def rafales(agent: AgentVu, seuil: int, now: datetime, apres: str | None = None) -> Page[Rafale]:
    """The hours of the last week in which ``seuil`` users or more were created in one organisme, the newest
    first."""
    seconde = extract("epoch", Rattachement.created_at)
    heure = (seconde - seconde % 3600).label("heure")
    nombre = func.count()
    lues = (
        select(Organisme.id, Organisme.raison_sociale, heure, nombre.label("nombre"))
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(
            Rattachement.created_by.is_not(None),
            Rattachement.created_at > now - RAFALE_SUR,
            supervises(agent),
        )
        .group_by(Organisme.id, Organisme.raison_sociale, heure)
        .having(nombre >= seuil)
        .order_by(desc(heure), Organisme.id)
        .limit(PAR_PAGE + 1)
    )
    depuis = _heure_et_id(apres)
    if depuis is not None:
        instant, organisme_id = literal(depuis[0], BigInteger), depuis[1]
        lues = lues.having(
            or_(heure < instant, and_(heure == instant, Organisme.id > organisme_id))
        )
    rows = db.session.execute(lues).all()
    lignes = [
        Rafale(row.id, row.raison_sociale, datetime.fromtimestamp(int(row.heure), UTC), row.nombre)
        for row in rows
    ]
    return paginer(lignes, lambda une: f"{int(une.heure.timestamp())}.{une.organisme_id}")


def dormeurs(agent: AgentVu, now: datetime, apres: str | None = None) -> Page[Dormeur]:
    """The administrateurs who have not signed in for a year, by organisme."""
    vu_le = func.coalesce(Account.last_login_at, Account.activated_at, Account.created_at)
    ou: list[ColumnElement[bool]] = []
    depuis = lire_uuid(apres)
    if depuis is not None:
        position = db.session.execute(
            select(Organisme.mots, Organisme.id, Rattachement.id)
            .join(Rattachement, Rattachement.organisme_id == Organisme.id)
            .where(Rattachement.id == depuis, supervises(agent))
        ).one_or_none()
        if position is not None:
            ou.append(tuple_(Organisme.mots, Organisme.id, Rattachement.id) > tuple_(*position))
    rows = db.session.execute(
        select(Organisme.id, Organisme.raison_sociale, Rattachement.id, Account)
        .join(Rattachement, Rattachement.organisme_id == Organisme.id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            supervises(agent),
            Rattachement.role == Role.ADMINISTRATEUR,
            place_ouverte(Rattachement, clock.today(now)),
            Account.state == AccountState.ACTIF,
            vu_le < now - DORMEUR,
            *ou,
        )
        .order_by(Organisme.mots, Organisme.id, Rattachement.id)
        .limit(PAR_PAGE + 1)
    )
    lignes = [
        Dormeur(organisme_id, raison, place_id, account.display_name, account.last_login_at)
        for organisme_id, raison, place_id, account in rows
    ]
    return paginer(lignes, lambda un: str(un.rattachement_id))


def paginer(lignes: Sequence[L], position: Callable[[L], str]) -> Page[L]:
    reste = len(lignes) > PAR_PAGE
    vues = tuple(lignes[:PAR_PAGE])
    return Page(vues, position(vues[-1]) if reste else None)


def lire_uuid(texte: str | None) -> UUID | None:
    try:
        return UUID(texte) if texte else None
    except ValueError:
        return None


def _heure_et_id(texte: str | None) -> tuple[int, UUID] | None:
    heure, _point, organisme = (texte or "").partition(".")
    organisme_id = lire_uuid(organisme)
    # Ten digits tell every hour of three centuries; a database counts no further than it counts.
    lue = heure.isdecimal() and len(heure) <= HEURE_MAX_CHARS
    return (int(heure), organisme_id) if lue and organisme_id else None
