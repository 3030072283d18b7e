"""The journal of an organisme: who did what to whom, newest first, a page at a time by key.

Only rows that bear this organisme: what its people do elsewhere, or at sign-in, is not its business (minimise).
Sentences are in ``phrases.py``, names in ``noms.py``; what is kept and for how long, in ``idp/audit.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    literal,
    or_,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from idp import audit, clock
from idp.accounts.history import key_of
from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import UtcDateTime, db
from idp.habilitations.acteurs import PROGRAMME
from idp.habilitations.delegation import Acteur
from idp.habilitations.journal import phrases
from idp.habilitations.journal.faits import Fait, Famille, majuscule
from idp.habilitations.journal.noms import Lu, Noms, Personne, noms
from idp.habilitations.models import Agent, Mandat, Rattachement
from idp.printable import normalise

PAR_PAGE = 25
PERSONNES_MAX = 200
"""Past that many people for a name, it is to be said better."""
MOTS_CHERCHES = 5
_LOT = 1000

Cle = tuple[datetime, int]


class Origine(StrEnum):
    """Who acts, when it is not somebody named."""

    ORGANISME = "organisme"
    CAF = "caf"
    PROGRAMME = "programme"
    AUTOMATIQUE = "automatique"


@dataclass(frozen=True, slots=True)
class Filtre:
    """What the reader asks for; days are those of Paris, both included."""

    personne: str = ""
    auteur: str = ""
    origine: Origine | None = None
    famille: Famille | None = None
    du: date | None = None
    au: date | None = None
    fiche: UUID | None = None
    """The rattachement of one person, from their file."""

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return self != Filtre()


@dataclass(frozen=True, slots=True)
class Ligne:
    """One event as it is read; ``empreinte`` is its hash once it is sealed."""

    cle: str
    at: datetime
    event: str
    phrase: str
    detail: str
    auteur: str
    personne: Personne | None
    rang: int | None
    empreinte: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """The newest first; ``precedente`` and ``suivante`` are keys, None at an end."""

    lignes: tuple[Ligne, ...]
    precedente: str | None
    suivante: str | None
    vague: bool = False
    """Whether a name is borne by too many people: some of their lines may be missing."""


@dataclass(frozen=True, slots=True)
class _Choisies:
    """The rows of a filter."""

    conditions: tuple[ColumnElement[bool], ...]
    vague: bool


def page(
    acteur: Acteur,
    filtre: Filtre,
    *,
    apres: Cle | None = None,
    avant: Cle | None = None,
    pour_la_caf: bool = False,
) -> Page:
    """The lines older than ``apres``, or newer than ``avant``, else the newest; agents are named when it is
    ``pour_la_caf``."""
    choisies = _choisies(acteur.organisme_id, filtre)
    vers_le_haut = avant is not None and apres is None
    lus = _lire(_suite(choisies, avant if vers_le_haut else apres, vers_le_haut))
    montrees = lus[:PAR_PAGE]
    de_plus = len(lus) > PAR_PAGE
    if vers_le_haut:
        montrees = montrees[::-1]
    lignes = lues(acteur, montrees, pour_la_caf=pour_la_caf)
    plus_recentes = de_plus if vers_le_haut else apres is not None
    plus_anciennes = bool(lignes) if vers_le_haut else de_plus
    return Page(
        lignes,
        precedente=lignes[0].cle if lignes and plus_recentes else None,
        suivante=lignes[-1].cle if lignes and plus_anciennes else None,
        vague=choisies.vague,
    )


def toutes(acteur: Acteur, filtre: Filtre, *, pour_la_caf: bool = False) -> Iterator[Ligne]:
    """Every line of a filter, the newest first, some at a time: memory stays flat."""
    choisies = _choisies(acteur.organisme_id, filtre)
    apres: Cle | None = None
    while True:
        lus = _lire(_suite(choisies, apres, False, lot=_LOT))
        yield from lues(acteur, lus, pour_la_caf=pour_la_caf)
        if len(lus) < _LOT:
            return
        apres = (lus[-1].at, lus[-1].id)


def _lire(requete: Select[*tuple[Any, ...]]) -> list[Lu]:
    return [Lu(*row) for row in db.session.execute(requete)]


def _suite(
    choisies: _Choisies, depuis: Cle | None, vers_le_haut: bool, *, lot: int = PAR_PAGE + 1
) -> Select[*tuple[Any, ...]]:
    requete = select(
        JournalEntry.id,
        JournalEntry.at,
        JournalEntry.event,
        JournalEntry.actor_kind,
        JournalEntry.actor_id,
        JournalEntry.account_id,
        JournalEntry.data,
        JournalEntry.rank,
        JournalEntry.hash,
    ).where(*choisies.conditions)
    cle = (JournalEntry.at, JournalEntry.id)
    if depuis is not None:
        borne = tuple_(literal(depuis[0], UtcDateTime), literal(depuis[1]))
        requete = requete.where(tuple_(*cle) > borne if vers_le_haut else tuple_(*cle) < borne)
    ordre = cle if vers_le_haut else (JournalEntry.at.desc(), JournalEntry.id.desc())
    return requete.order_by(*ordre).limit(lot)


def _choisies(organisme_id: UUID, filtre: Filtre) -> _Choisies:
    conditions = [JournalEntry.organisme_id == organisme_id, _de_la_famille(filtre.famille)]
    vague = False
    for colonne, recherche in (
        (JournalEntry.account_id, filtre.personne),
        (JournalEntry.actor_id, filtre.auteur),
    ):
        if recherche:
            trouves = _nommes(organisme_id, recherche)
            conditions.append(colonne.in_(trouves[:PERSONNES_MAX]))
            vague = vague or len(trouves) > PERSONNES_MAX
    if filtre.fiche is not None:
        conditions.append(JournalEntry.account_id == _de_la_fiche(organisme_id, filtre.fiche))
    if filtre.origine is not None:
        conditions.append(_de_l_origine(organisme_id, filtre.origine))
    if filtre.du is not None:
        conditions.append(JournalEntry.at >= clock.start_of_day(filtre.du))
    if filtre.au is not None:
        conditions.append(JournalEntry.at < clock.end_of_day(filtre.au))
    return _Choisies(tuple(conditions), vague)


def _de_la_famille(famille: Famille | None) -> ColumnElement[bool]:
    if famille is Famille.SERVICES:
        return JournalEntry.event.in_(phrases.de(famille))
    gestion: ColumnElement[bool] = text(audit.NOT_DAILY)  # type: ignore[assignment] # SQL, word for word
    return gestion if famille is None else gestion & JournalEntry.event.in_(phrases.de(famille))


def _nommes(organisme_id: UUID, recherche: str) -> Sequence[UUID]:
    return db.session.scalars(
        select(Rattachement.account_id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            Rattachement.organisme_id == organisme_id,
            *map(_porte, recherche.split()[:MOTS_CHERCHES]),
        )
        .limit(PERSONNES_MAX + 1)
    ).all()


def _porte(mot: str) -> ColumnElement[bool]:
    # As in « Mes utilisateurs »: in a name, or at the head of the identifiant however it is typed.
    return or_(
        Account.family_name.icontains(mot, autoescape=True),
        Account.given_name.icontains(mot, autoescape=True),
        Account.identifiant.startswith(normalise(mot) or mot, autoescape=True),
    )


def _de_la_fiche(organisme_id: UUID, rattachement_id: UUID) -> UUID | None:
    return db.session.scalar(
        select(Rattachement.account_id).where(
            Rattachement.id == rattachement_id, Rattachement.organisme_id == organisme_id
        )
    )


_AGENTS = select(Agent.account_id)


def _de_l_origine(organisme_id: UUID, origine: Origine) -> ColumnElement[bool]:
    """Each says who the author is, or that there is none: that is what the index finds them by."""
    if origine is Origine.CAF:
        return JournalEntry.id.in_(_de_la_caf(organisme_id))
    if origine is Origine.ORGANISME:
        return (JournalEntry.actor_kind == "person") & JournalEntry.actor_id.not_in(_AGENTS)
    if origine is Origine.PROGRAMME:
        mandats = select(Mandat.id).where(
            Mandat.organisme_id == organisme_id, Mandat.programme.is_not(None)
        )
        return (JournalEntry.actor_kind == PROGRAMME) & JournalEntry.actor_id.in_(mandats)
    return (JournalEntry.actor_kind == audit.WORKER.kind) & JournalEntry.actor_id.is_(None)


def _de_la_caf(organisme_id: UUID) -> CompoundSelect[int]:
    # By no author, then by agents: « or » would read every line of the organisme.
    ligne = aliased(JournalEntry)
    ici = select(ligne.id).where(ligne.organisme_id == organisme_id, text(audit.NOT_DAILY))
    return union_all(
        ici.where(ligne.actor_kind == audit.COMMAND_LINE.kind, ligne.actor_id.is_(None)),
        ici.where(ligne.actor_id.in_(_AGENTS)),
    )


def lues(acteur: Acteur, lus: Sequence[Lu], *, pour_la_caf: bool = False) -> tuple[Ligne, ...]:
    """Rows in words, as this reader is told of them."""
    tous = noms(acteur, lus, pour_la_caf=pour_la_caf)
    return tuple(_ligne(lu, tous) for lu in lus)


def _ligne(lu: Lu, tous: Noms) -> Ligne:
    personne = tous.personne(lu)
    fait = Fait(
        event=lu.event,
        data=lu.data,
        auteur=tous.auteur(lu),
        vous=tous.est_soi(lu),
        personne=_de_la_phrase(personne, soi=lu.account_id == tous.soi),
        groupes=tous.groupes,
        services=tous.services,
        programme=tous.programme(lu),
    )
    return Ligne(
        cle=key_of(lu.at, lu.id),
        at=lu.at,
        event=lu.event,
        phrase=phrases.dite(fait),
        detail=phrases.detail(fait),
        auteur="Vous" if fait.vous else majuscule(fait.auteur),
        personne=personne,
        rang=lu.rank,
        empreinte=lu.hash,
    )


def _de_la_phrase(personne: Personne | None, *, soi: bool) -> str:
    if personne is None:
        return ""
    return f"{personne.nom} (vous)" if soi else personne.nom
