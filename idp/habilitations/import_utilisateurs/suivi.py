"""What pages read of an import: where it is, its lines a page at a time, and what was refused.

An administrateur sees the imports of their organisme, a responsable those that they sent.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from idp.accounts.models import Account
from idp.db import db
from idp.errors import NotHere
from idp.habilitations.delegation import Acteur
from idp.habilitations.import_utilisateurs.contenu import Contenu, desceller
from idp.habilitations.import_utilisateurs.models import (
    EtatImport,
    ImportUtilisateurs,
    LigneImport,
)
from idp.habilitations.import_utilisateurs.plan import Verdict
from idp.habilitations.organismes.lignes_nommees import keyword
from idp.habilitations.personnes.colonnes import LUES, TITRES

PAR_PAGE = 50
DERNIERS = 30
_LUES_A_LA_FOIS = 500

ABSENT = "Cet import n’existe pas, ou n’est plus là."


def des_siens(acteur: Acteur) -> ColumnElement[bool]:
    """Those that this actor may see, of ``ImportUtilisateurs``."""
    ici = ImportUtilisateurs.organisme_id == acteur.organisme_id
    return (
        ici if acteur.administre else and_(ici, ImportUtilisateurs.account_id == acteur.account_id)
    )


def a_faire(import_id: UUID) -> ColumnElement[bool]:
    """The lines of an import that are still to be done."""
    return and_(
        LigneImport.import_id == import_id,
        LigneImport.faite_at.is_(None),
        LigneImport.verdict.in_((Verdict.CREATION, Verdict.AJOUT)),
    )


@dataclass(frozen=True, slots=True)
class Comptes:
    """How many lines of each verdict: of all, and of those that were done."""

    tous: Counter[Verdict] = field(default_factory=Counter)
    faits: Counter[Verdict] = field(default_factory=Counter)


def compter(import_id: UUID) -> Comptes:
    """One statement."""
    comptes = Comptes()
    rows = db.session.execute(
        select(LigneImport.verdict, LigneImport.faite_at.is_not(None), func.count())
        .where(LigneImport.import_id == import_id)
        .group_by(LigneImport.verdict, LigneImport.faite_at.is_not(None))
    )
    for verdict, faite, nombre in rows:
        comptes.tous[verdict] += nombre
        if faite:
            comptes.faits[verdict] += nombre
    return comptes


@dataclass(frozen=True, slots=True)
class ImportVu:
    """An import in a list, or at the head of its page."""

    id: UUID
    auteur: str
    le_sien: bool
    fichier: str
    etat: EtatImport
    lignes: int
    creations: int
    ajouts: int
    inchanges: int
    refus: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    efface: bool

    def nombre(self, verdict: Verdict) -> int:
        """How many lines of that verdict."""
        return {
            Verdict.CREATION: self.creations,
            Verdict.AJOUT: self.ajouts,
            Verdict.INCHANGE: self.inchanges,
            Verdict.REFUS: self.refus,
        }[verdict]


def derniers(acteur: Acteur) -> list[ImportVu]:
    """The last imports, the newest first: one statement."""
    return _vus(acteur, ImportUtilisateurs.id.is_not(None))


def lire(acteur: Acteur, import_id: UUID) -> ImportVu:
    """One import: one statement; raises ``NotHere`` for any that the actor may not see."""
    trouves = _vus(acteur, ImportUtilisateurs.id == import_id)
    if not trouves:
        raise NotHere(ABSENT)
    return trouves[0]


def _vus(acteur: Acteur, lesquels: ColumnElement[bool]) -> list[ImportVu]:
    rows = db.session.execute(
        select(ImportUtilisateurs, Account)
        .outerjoin(Account, Account.id == ImportUtilisateurs.account_id)
        .where(des_siens(acteur), lesquels)
        .order_by(ImportUtilisateurs.created_at.desc(), ImportUtilisateurs.id)
        .limit(DERNIERS)
    )
    return [_vu(acteur, row, auteur) for row, auteur in rows]


def _vu(acteur: Acteur, row: ImportUtilisateurs, auteur: Account | None) -> ImportVu:
    return ImportVu(
        id=row.id,
        auteur=auteur.display_name if auteur else "",
        le_sien=row.account_id == acteur.account_id,
        fichier=row.fichier,
        etat=row.etat,
        lignes=row.lignes,
        creations=row.creations,
        ajouts=row.ajouts,
        inchanges=row.inchanges,
        refus=row.refus,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        efface=row.erased_at is not None,
    )


@dataclass(frozen=True, slots=True)
class LigneVue:
    """A line, with what becomes of it."""

    verdict: Verdict
    faite: bool
    contenu: Contenu

    @property
    def qui(self) -> str:
        """The person, as the file names them."""
        cells = self.contenu.cells
        return " ".join(filter(None, (cells.get("prenom"), cells.get("nom"))))


@dataclass(frozen=True, slots=True)
class PageDeLignes:
    """Some lines; ``suivante`` is the number after which the next page starts."""

    lignes: tuple[LigneVue, ...]
    suivante: int | None


def page(import_id: UUID, *, verdict: Verdict | None = None, apres: int = 0) -> PageDeLignes:
    """Lines in the order of the file: one statement."""
    rows = _suite(import_id, verdict, apres, PAR_PAGE + 1)
    lignes = tuple(
        LigneVue(row.verdict, row.faite_at is not None, desceller(row.contenu))
        for row in rows[:PAR_PAGE]
    )
    return PageDeLignes(lignes, rows[PAR_PAGE - 1].numero if len(rows) > PAR_PAGE else None)


def _suite(import_id: UUID, verdict: Verdict | None, apres: int, limit: int) -> Sequence[Any]:
    requete = select(
        LigneImport.numero, LigneImport.verdict, LigneImport.faite_at, LigneImport.contenu
    ).where(LigneImport.import_id == import_id, LigneImport.numero > apres)
    if verdict:
        requete = requete.where(LigneImport.verdict == verdict)
    return db.session.execute(requete.order_by(LigneImport.numero).limit(limit)).all()


def refusees(import_id: UUID) -> Iterator[list[str]]:
    """The refused lines as rows of a file that may be corrected and sent again, some hundreds at a time."""
    apres = 0
    while rows := _suite(import_id, Verdict.REFUS, apres, _LUES_A_LA_FOIS):
        for row in rows:
            yield _a_corriger(desceller(row.contenu))
        apres = rows[-1].numero


def _a_corriger(contenu: Contenu) -> list[str]:
    cells = [contenu.cells.get(keyword(titre), "") for titre in LUES]
    colonnes = dict.fromkeys(TITRES.get(refus.colonne, "") for refus in contenu.refus)
    motifs = " ".join(refus.motif for refus in contenu.refus)
    return [*cells, str(contenu.numero), ", ".join(filter(None, colonnes)), motifs]
