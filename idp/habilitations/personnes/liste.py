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
    CTE,
    false,
    func,
    not_,
    select,
    true,
)

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations import annuaire
from idp.habilitations.delegation import Acteur
from idp.habilitations.en_cours import personne
from idp.habilitations.etats import Etat, etat
from idp.habilitations.groupes import GroupeACocher, cochables
from idp.habilitations.models import Groupe, Habilitation, Mobilite, Rattachement, Role
from idp.habilitations.personnes.filtres import BIENTOT, TOUS, Filtres, trouves

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
    """A page of the users whom the actor may see: five statements at most, whatever their number."""
    offerts = cochables(acteur)
    ici = trouves(acteur, demande.filtres, now, offerts=offerts)
    extrait = _extrait(acteur, ici, demande)
    portee = None if acteur.perimetre is None else [groupe.id for groupe in offerts]
    groupes = _groupes_de(extrait.ids, portee)
    jour = clock.today(now)
    return Page(
        utilisateurs=tuple(
            _vu(rattachement, account, jour, groupes.get(rattachement.id, _AUCUN))
            for rattachement, account in _lignes(extrait.ids)
        ),
        total=min(extrait.total, COMPTES),
        compte_exact=extrait.total <= COMPTES,
        precedente=extrait.precedente,
        suivante=extrait.suivante,
        offerts=tuple(offerts),
    )


@dataclass(frozen=True, slots=True)
class _Extrait:
    """Who is on a page, in its order, out of how many."""

    ids: list[UUID]
    total: int
    precedente: UUID | None = None
    suivante: UUID | None = None


def _extrait(acteur: Acteur, ici: CTE, demande: Demande) -> _Extrait:
    depuis = annuaire.position(acteur, cle_de_tri(demande.tri), demande.apres or demande.avant)
    recule = depuis is not None and demande.apres is None
    total, lus = _lire(ici, demande.tri, depuis, descend=demande.descendant is not recule)
    if recule and len(lus) < PAR_PAGE:
        # The start of the list is reached: a whole page is shown, with who was added at its head.
        depuis, recule = None, False
        total, lus = _lire(ici, demande.tri, None, descend=demande.descendant)
    reste = len(lus) > PAR_PAGE
    ids = lus[:PAR_PAGE]
    if recule:
        ids.reverse()
    if not ids:
        return _Extrait([], total)
    avant, apres = (reste, True) if recule else (depuis is not None, reste)
    return _Extrait(ids, total, ids[0] if avant else None, ids[-1] if apres else None)


def _lire(
    ici: CTE, tri: Tri, depuis: annuaire.Position | None, *, descend: bool
) -> tuple[int, list[UUID]]:
    return annuaire.page(
        ici,
        cle_de_tri(tri, ici.c),
        depuis,
        taille=PAR_PAGE,
        descend=descend,
        comptes=COMPTES,
    )


def _lignes(ids: Sequence[UUID]) -> list[tuple[Rattachement, Account]]:
    rows = db.session.execute(
        select(Rattachement, Account)
        .join(Account, Account.id == Rattachement.account_id)
        .where(Rattachement.id.in_(ids))
    )
    lus = {rattachement.id: (rattachement, account) for rattachement, account in rows}
    return [lus[one] for one in ids]


def cle_de_tri(tri: Tri, des: Any = annuaire.LIGNES) -> annuaire.Cle:
    """By what users are told apart and sorted, in that order; ``des`` are the columns, of the tables if unsaid."""
    # No end comes after every end, and who never connected before everybody.
    premiers: dict[Tri, annuaire.Cle] = {
        Tri.NOM: [],
        Tri.OUVERTURE: [des.ouverture],
        Tri.CLOTURE: [func.coalesce(des.cloture, date.max)],
        Tri.CONNEXION: [func.coalesce(des.last_login_at, clock.LONG_AGO)],
    }
    return [*premiers[tri], *annuaire.noms(des)]


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
