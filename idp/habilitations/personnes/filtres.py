"""Which users of an organisme are asked for: the search and the filters of « Mes utilisateurs ».

One select, from what somebody may see and asks: the list pages it (``liste.py``), and whatever else tells of the
same users (an export) starts from it too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, and_, case, or_, select

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.calendar_months import add_months
from idp.errors import NotHere
from idp.habilitations.cibles import visibles
from idp.habilitations.delegation import Acteur
from idp.habilitations.en_cours import place_close
from idp.habilitations.etats import Etat
from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.models import Composante, Habilitation, Rattachement, Role
from idp.printable import normalise

MOTS_CHERCHES = 5
BIENTOT = timedelta(days=30)
"""What ends within that time is shown as ending soon; who did not connect after it is shown as absent."""


class Connexion(StrEnum):
    """Who does not come, or never came."""

    TROIS_MOIS = "3-mois"
    SIX_MOIS = "6-mois"
    DOUZE_MOIS = "12-mois"
    JAMAIS = "jamais"


MOIS: Mapping[Connexion, int] = MappingProxyType(
    {Connexion.TROIS_MOIS: 3, Connexion.SIX_MOIS: 6, Connexion.DOUZE_MOIS: 12}
)


@dataclass(frozen=True, slots=True)
class Filtres:
    """What is asked for; without any, everybody."""

    recherche: str = ""
    etat: Etat | None = None
    groupe: UUID | None = None
    role: Role | None = None
    connexion: Connexion | None = None
    fin_proche: bool = False
    mail_refuse: bool = False


TOUS = Filtres()


def utilisateurs_filtres(
    acteur: Acteur, filtres: Filtres, now: datetime, *, offerts: Iterable[GroupeACocher]
) -> Select[Rattachement, Account]:
    """The users whom the actor may see and who answer these filters, in no order.

    ``offerts`` are the groupes that the actor may give (``groupes.cochables``): a filter by any other raises
    ``NotHere``, whoever holds it.
    """
    requete = select(Rattachement, Account).join(Account, Account.id == Rattachement.account_id)
    if filtres == TOUS:
        # Whoever else narrows them (to a groupe) is not made to gather everybody first.
        return requete.where(visibles(acteur), Account.anonymised_at.is_(None))
    ici = trouves(acteur, filtres, now, offerts=offerts)
    return requete.where(Rattachement.id.in_(select(ici.c.id)))


def trouves(
    acteur: Acteur, filtres: Filtres, now: datetime, *, offerts: Iterable[GroupeACocher]
) -> CTE:
    """The same, as ids beside what a list is sorted by."""
    ici = _visibles(acteur, clock.today(now))
    return (
        select(ici)
        .where(
            *_mots(ici, filtres.recherche),
            *_conditions(ici, filtres, now),
            *_du_groupe(ici, filtres.groupe, offerts),
        )
        .cte("trouves")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _visibles(acteur: Acteur, jour: date) -> CTE:
    # Gathered first, and by itself: a filter on people alone would have the planner go through the accounts of the
    # whole country rather than through those of the organisme.
    return (
        select(
            Rattachement.id,
            Rattachement.role,
            Rattachement.ouverture,
            Rattachement.cloture,
            Rattachement.created_at,
            _etat(jour).label("etat"),
            Account.identifiant,
            Account.family_name,
            Account.given_name,
            Account.email,
            Account.last_login_at,
            Account.mail_refused_at,
        )
        .join(Account, Account.id == Rattachement.account_id)
        .where(visibles(acteur), Account.anonymised_at.is_(None))
        .cte("ici")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )


def _mots(ici: CTE, recherche: str) -> list[ColumnElement[bool]]:
    # Each word must be found in a name or the address, or begin the identifiant however it is typed;
    # % and _ are plain characters.
    champs = (ici.c.family_name, ici.c.given_name, ici.c.email)
    return [
        or_(
            *(champ.icontains(mot, autoescape=True) for champ in champs),
            ici.c.identifiant.startswith(normalise(mot) or mot, autoescape=True),
        )
        for mot in recherche.split()[:MOTS_CHERCHES]
    ]


def _conditions(ici: CTE, filtres: Filtres, now: datetime) -> list[ColumnElement[bool]]:
    jour = clock.today(now)
    conditions: list[ColumnElement[bool]] = []
    if filtres.etat:
        conditions.append(ici.c.etat == filtres.etat)
    if filtres.role:
        conditions.append(ici.c.role == filtres.role)
    if filtres.connexion:
        conditions += [_absents(ici, filtres.connexion, now), ici.c.etat != Etat.CLOS]
    if filtres.fin_proche:
        conditions += [
            ici.c.cloture.between(jour, jour + BIENTOT),
            ici.c.etat != Etat.CLOS,
        ]
    if filtres.mail_refuse:
        conditions.append(ici.c.mail_refused_at.is_not(None))
    return conditions


def _etat(jour: date) -> ColumnElement[str]:
    # etats.etat, as the database says it.
    attendus = (AccountState.PREPARE, AccountState.EN_ATTENTE, AccountState.ACTIVATION)
    return case(
        (
            or_(Account.state == AccountState.CLOS, place_close(Rattachement, jour)),
            Etat.CLOS.value,
        ),
        (
            or_(Rattachement.suspendu_at.is_not(None), Account.state == AccountState.SUSPENDU),
            Etat.SUSPENDU.value,
        ),
        (Rattachement.ouverture > jour, Etat.A_VENIR.value),
        (Account.state.in_(attendus), Etat.ATTENDU.value),
        else_=Etat.ACTIF.value,
    )


def _absents(ici: CTE, connexion: Connexion, now: datetime) -> ColumnElement[bool]:
    jour = clock.today(now)
    if connexion is Connexion.JAMAIS:
        return and_(
            ici.c.last_login_at.is_(None),
            ici.c.created_at < now - BIENTOT,
            ici.c.ouverture < jour - BIENTOT,
        )
    depuis = clock.start_of_day(add_months(jour, -MOIS[connexion]))
    return ici.c.last_login_at < depuis


def _du_groupe(
    ici: CTE, groupe_id: UUID | None, offerts: Iterable[GroupeACocher]
) -> list[ColumnElement[bool]]:
    """Who was given this groupe, or a sous-groupe that comprises it."""
    if groupe_id is None:
        return []
    if groupe_id not in {groupe.id for groupe in offerts}:
        raise NotHere("Ce groupe n’existe pas, ou n’est pas de ceux que vous gérez.")
    compris = select(Composante.sous_groupe_id).where(Composante.base_id == groupe_id)
    return [
        ici.c.id.in_(
            select(Habilitation.rattachement_id).where(
                or_(Habilitation.groupe_id == groupe_id, Habilitation.groupe_id.in_(compris))
            )
        )
    ]
