"""« Mes utilisateurs »: the users who answer some filters (``filtres.py``), in an order, a page at a time.

Pages start after, or end before, a user who was shown (never a count of rows): who is added or closed meanwhile
shifts nothing. A page costs the same whatever the number of users and of their groupes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    false,
    func,
    literal,
    not_,
    select,
    true,
    tuple_,
)

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations.delegation import Acteur
from idp.habilitations.etats import Etat, Personne, etat
from idp.habilitations.filtres import BIENTOT, TOUS, Filtres, utilisateurs_filtres
from idp.habilitations.groupes import GroupeACocher, cochables
from idp.habilitations.models import Groupe, Habilitation, Mobilite, Rattachement, Role

PAR_PAGE = 25
GROUPES_NOMMES = 3
COMPTES = 10_000
"""Past that many users, they are not counted one by one."""


class Tri(StrEnum):
    """By what users are sorted; by their names when that is equal."""

    NOM = "nom"
    OUVERTURE = "ouverture"
    CLOTURE = "cloture"
    CONNEXION = "connexion"


@dataclass(frozen=True, slots=True)
class Demande:
    """A page of a list: ``apres`` and ``avant`` are the users (their rattachement) that it follows or precedes."""

    filtres: Filtres = TOUS
    tri: Tri = Tri.NOM
    descendant: bool = False
    apres: UUID | None = None
    avant: UUID | None = None


@dataclass(frozen=True, slots=True)
class UtilisateurVu:
    """A line of the list; ``groupes`` are the names of the first ones that the reader may know."""

    rattachement_id: UUID
    identifiant: str
    nom: str
    prenom: str
    email: str
    mail_refuse_le: datetime | None
    etat: Etat
    role: Role
    ouverture: date
    cloture: date | None
    mobilite: Mobilite
    derniere_connexion: datetime | None
    finit_bientot: bool
    groupes: tuple[str, ...] = ()
    autres_groupes: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """``precedente`` and ``suivante`` are the users before whom, and after whom, the neighbours are."""

    utilisateurs: tuple[UtilisateurVu, ...]
    total: int
    compte_exact: bool
    precedente: UUID | None
    suivante: UUID | None
    offerts: tuple[GroupeACocher, ...]
    """The groupes of the reader, by which they may filter."""


def lister(acteur: Acteur, demande: Demande, now: datetime) -> Page:
    """A page of the users whom the actor may see: five statements, whatever their number."""
    offerts = cochables(acteur)
    trouves = utilisateurs_filtres(acteur, demande.filtres, now, offerts=offerts)
    total = _compter(trouves)
    rows, precedente, suivante = _page(trouves, demande, acteur.organisme_id)
    portee = None if acteur.perimetre is None else [groupe.id for groupe in offerts]
    groupes = _groupes_de([row[0].id for row in rows], portee)
    jour = clock.today(now)
    return Page(
        utilisateurs=tuple(_vu(*row, jour, groupes.get(row[0].id, _AUCUN)) for row in rows),
        total=min(total, COMPTES),
        compte_exact=total <= COMPTES,
        precedente=precedente,
        suivante=suivante,
        offerts=tuple(offerts),
    )


def _compter(trouves: Select[Rattachement, Account]) -> int:
    some = trouves.with_only_columns(Rattachement.id).limit(COMPTES + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(some)) or 0


Ligne = Row[Rattachement, Account]


def _page(
    trouves: Select[Rattachement, Account], demande: Demande, organisme_id: UUID
) -> tuple[list[Ligne], UUID | None, UUID | None]:
    """The lines, then the first and the last of them when something precedes or follows."""
    cle = cle_de_tri(demande.tri)
    depuis = _position(cle, demande.apres or demande.avant, organisme_id)
    recule = depuis is not None and demande.apres is None
    lus = _lire(trouves, cle, depuis, descend=demande.descendant is not recule)
    if recule and len(lus) <= PAR_PAGE:
        # The start of the list is reached: a whole page is shown, with who was added at its head.
        depuis, recule = None, False
        lus = _lire(trouves, cle, None, descend=demande.descendant)
    reste = len(lus) > PAR_PAGE
    rows = lus[:PAR_PAGE]
    if recule:
        rows.reverse()
    if not rows:
        return [], None, None
    avant, apres = (reste, True) if recule else (depuis is not None, reste)
    return rows, rows[0][0].id if avant else None, rows[-1][0].id if apres else None


def _lire(
    trouves: Select[Rattachement, Account],
    cle: list[ColumnElement[Any]],
    depuis: Sequence[object] | None,
    *,
    descend: bool,
) -> list[Ligne]:
    if depuis is not None:
        la = tuple_(*(literal(value, part.type) for value, part in zip(depuis, cle, strict=True)))
        trouves = trouves.where(tuple_(*cle) < la if descend else tuple_(*cle) > la)
    ordre = [part.desc() if descend else part.asc() for part in cle]
    return list(db.session.execute(trouves.order_by(*ordre).limit(PAR_PAGE + 1)))


def cle_de_tri(tri: Tri) -> list[ColumnElement[Any]]:
    """By what users are told apart and sorted, in that order."""
    # No end comes after every end, and who never connected before everybody.
    premiers: dict[Tri, list[ColumnElement[Any]]] = {
        Tri.NOM: [],
        Tri.OUVERTURE: [Rattachement.ouverture.expression],
        Tri.CLOTURE: [func.coalesce(Rattachement.cloture, date.max)],
        Tri.CONNEXION: [func.coalesce(Account.last_login_at, clock.LONG_AGO)],
    }
    return [
        *premiers[tri],
        func.lower(func.coalesce(Account.family_name, "")),
        func.lower(func.coalesce(Account.given_name, "")),
        Rattachement.id.expression,
    ]


def _position(
    cle: list[ColumnElement[Any]], rattachement_id: UUID | None, organisme_id: UUID
) -> Sequence[object] | None:
    if rattachement_id is None:
        return None
    return db.session.execute(
        select(*cle)
        .join(Account, Account.id == Rattachement.account_id)
        .where(Rattachement.id == rattachement_id, Rattachement.organisme_id == organisme_id)
    ).one_or_none()


_Groupes = tuple[tuple[str, ...], int]
_AUCUN: _Groupes = ((), 0)


def _groupes_de(
    rattachements: Sequence[UUID], portee: Sequence[UUID] | None
) -> dict[UUID, _Groupes]:
    """The names of the first groupes of each, and how many others there are; those out of ``portee`` are only
    counted."""
    connu = true() if portee is None else Groupe.id.in_(portee)
    tenus = (
        select(
            Habilitation.rattachement_id,
            Groupe.libelle,
            connu.label("connu"),
            func.row_number()
            .over(
                partition_by=Habilitation.rattachement_id,
                order_by=(not_(connu), Groupe.libelle, Groupe.id),
            )
            .label("rang"),
            func.count().over(partition_by=Habilitation.rattachement_id).label("total"),
        )
        .join(Groupe, Groupe.id == Habilitation.groupe_id)
        .where(Habilitation.rattachement_id.in_(rattachements) if rattachements else false())
        .subquery()
    )
    lus: dict[UUID, _Groupes] = {}
    for row in db.session.execute(
        select(tenus).where(tenus.c.rang <= GROUPES_NOMMES).order_by(tenus.c.rang)
    ):
        noms = lus.get(row.rattachement_id, _AUCUN)[0]
        if row.connu:
            noms += (row.libelle,)
        lus[row.rattachement_id] = (noms, row.total - len(noms))
    return lus


def _vu(
    rattachement: Rattachement, account: Account, jour: date, groupes: _Groupes
) -> UtilisateurVu:
    dit = etat(personne(rattachement, account), jour)
    cloture = rattachement.cloture
    return UtilisateurVu(
        rattachement_id=rattachement.id,
        identifiant=account.identifiant,
        nom=account.family_name or "",
        prenom=account.given_name or "",
        email=account.email or "",
        mail_refuse_le=account.mail_refused_at,
        etat=dit,
        role=rattachement.role,
        ouverture=rattachement.ouverture,
        cloture=cloture,
        mobilite=rattachement.mobilite,
        derniere_connexion=account.last_login_at,
        finit_bientot=dit is not Etat.CLOS and cloture is not None and cloture <= jour + BIENTOT,
        groupes=groupes[0],
        autres_groupes=groupes[1],
    )


def personne(rattachement: Rattachement, account: Account) -> Personne:
    """Two rows as ``etats.py`` sees them."""
    return Personne(
        attendu=account.state
        in (AccountState.PREPARE, AccountState.EN_ATTENTE, AccountState.ACTIVATION),
        compte_suspendu=account.state is AccountState.SUSPENDU,
        compte_clos=account.state is AccountState.CLOS,
        ouverture=rattachement.ouverture,
        cloture=rattachement.cloture,
        suspendue=rattachement.suspendu_at is not None,
    )
