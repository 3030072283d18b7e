"""What pages read of an import: where it is, its lines a page at a time, its report, and what was refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select

from idp.accounts.models import Account
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import pages
from idp.habilitations.agents import AgentVu
from idp.habilitations.import_organismes.contenu import Contenu, desceller
from idp.habilitations.import_organismes.models import (
    EtatDImport,
    ImportOrganismes,
    LigneDImport,
)
from idp.habilitations.import_organismes.portee import ABSENT, visibles
from idp.habilitations.organismes import rapport
from idp.habilitations.organismes.declaration import COLONNES
from idp.habilitations.organismes.fichier import DE_REFUS
from idp.habilitations.organismes.lignes_nommees import FIELD_MAX_CHARS
from idp.habilitations.organismes.plan import Effet

PAR_PAGE = 50
DERNIERS = 30
_LUES_A_LA_FOIS = 1000
TITRES_DE_REFUS = (*COLONNES, *DE_REFUS)
"""The columns of the file of refused lines, which may be corrected and sent again."""


@dataclass(frozen=True, slots=True)
class ImportVu:
    """An import in a list, or at the head of its page."""

    id: UUID
    auteur: str
    le_sien: bool
    fichier: str
    etat: EtatDImport
    motif: str
    octets: int
    lus: int
    lignes: int
    creations: int
    mises_a_jour: int
    inchanges: int
    refus: int
    faites: int
    curseur: int
    created_at: datetime
    ended_at: datetime | None
    efface: bool

    @property
    def a_faire(self) -> int:
        """How many lines of the trial do something."""
        return self.creations + self.mises_a_jour

    def nombre(self, effet: Effet) -> int:
        """How many lines of that effect."""
        return {
            Effet.CREE: self.creations,
            Effet.MIS_A_JOUR: self.mises_a_jour,
            Effet.INCHANGE: self.inchanges,
            Effet.REFUSE: self.refus,
        }[effet]


def derniers(agent: AgentVu, apres: UUID | None = None) -> pages.Page[ImportVu]:
    """Imports, the newest first: one statement."""
    vus = _vus(agent, pages.apres(apres, *_ORDRE), DERNIERS + 1)
    montres = vus[:DERNIERS]
    return pages.page(vus, DERNIERS, montres[-1].id if montres else None)


def lire(agent: AgentVu, import_id: UUID) -> ImportVu:
    """One import: one statement; raises ``NotHere`` for any that the agent may not see."""
    trouves = _vus(agent, ImportOrganismes.id == import_id, 1)
    if not trouves:
        raise NotHere(ABSENT)
    return trouves[0]


_ORDRE = (ImportOrganismes.created_at, ImportOrganismes.id)


def _vus(agent: AgentVu, lesquels: ColumnElement[bool], combien: int) -> list[ImportVu]:
    rows = db.session.execute(
        select(ImportOrganismes, Account)
        .outerjoin(Account, Account.id == ImportOrganismes.account_id)
        .where(visibles(agent), lesquels)
        .order_by(*(part.desc() for part in _ORDRE))
        .limit(combien)
    )
    return [_vu(agent, row, qui) for row, qui in rows]


def _vu(agent: AgentVu, row: ImportOrganismes, qui: Account | None) -> ImportVu:
    return ImportVu(
        id=row.id,
        auteur=qui.display_name if qui else "",
        le_sien=row.account_id == agent.account_id,
        fichier=row.fichier,
        etat=row.etat,
        motif=row.motif or "",
        octets=row.octets,
        lus=row.lus,
        lignes=row.lignes,
        creations=row.creations,
        mises_a_jour=row.mises_a_jour,
        inchanges=row.inchanges,
        refus=row.refus,
        faites=row.faites,
        curseur=row.curseur,
        created_at=row.created_at,
        ended_at=row.ended_at,
        efface=row.erased_at is not None,
    )


@dataclass(frozen=True, slots=True)
class LigneVue:
    """A line, with what becomes of it."""

    effet: Effet
    contenu: Contenu

    @property
    def dits(self) -> list[str]:
        """What changes."""
        return [rapport.dit(changement) for changement in self.contenu.changements]


@dataclass(frozen=True, slots=True)
class PageDeLignes:
    """Some lines; ``suivante`` is the number after which the next page starts."""

    lignes: tuple[LigneVue, ...]
    suivante: int | None


def page(import_id: UUID, *, effet: Effet | None = None, apres: int = 0) -> PageDeLignes:
    """Lines in the order of the file: one statement."""
    rows = _suite(import_id, effet, apres, PAR_PAGE + 1)
    lignes = tuple(LigneVue(row.effet, desceller(row.contenu)) for row in rows[:PAR_PAGE])
    return PageDeLignes(lignes, rows[PAR_PAGE - 1].numero if len(rows) > PAR_PAGE else None)


def _suite(import_id: UUID, effet: Effet | None, apres: int, limit: int) -> Sequence[Any]:
    requete = select(LigneDImport.numero, LigneDImport.effet, LigneDImport.contenu).where(
        LigneDImport.import_id == import_id, LigneDImport.numero > apres
    )
    if effet:
        requete = requete.where(LigneDImport.effet == effet)
    return db.session.execute(requete.order_by(LigneDImport.numero).limit(limit)).all()


def _toutes(import_id: UUID, effet: Effet | None) -> Iterator[LigneVue]:
    apres = 0
    while rows := _suite(import_id, effet, apres, _LUES_A_LA_FOIS):
        for row in rows:
            yield LigneVue(row.effet, desceller(row.contenu))
        apres = rows[-1].numero


def de_rapport(vu: ImportVu) -> Iterator[list[str]]:
    """What each line would do, or did, as the rows of a file, some at a time."""
    mots = rapport.PREVUS if vu.etat is EtatDImport.ESSAI else rapport.FAITS
    for ligne in _toutes(vu.id, None):
        contenu = ligne.contenu
        yield rapport.ligne(contenu.numero, mots[ligne.effet], contenu.declare, contenu.details)


def refusees(import_id: UUID) -> Iterator[list[str]]:
    """The refused lines as rows of a file that may be corrected, each with its reason."""
    for ligne in _toutes(import_id, Effet.REFUSE):
        contenu = ligne.contenu
        cells = [contenu.cells.get(colonne, "") for colonne in COLONNES]
        motifs = " ; ".join(map(rapport.motif, contenu.refus))
        yield [*cells, str(contenu.numero), motifs[:FIELD_MAX_CHARS]]
