"""« Ce qui se termine »: accounts, groups, mandates, contracts and agreements that end, the soonest first.

One statement a page, whatever the number of users. What ends is what still holds: an access that is closed or
suspended is none. Prolonging goes through ``application.py``, like any other change; contracts are the Caf's.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    String,
    Subquery,
    Uuid,
    cast,
    func,
    literal,
    null,
    select,
    tuple_,
    union_all,
)

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.cibles import visibles
from idp.habilitations.delegation import Acteur
from idp.habilitations.groupes import cochables
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    Mandat,
    Rattachement,
)

BIENTOT = 30
"""Days: what the accueil counts, and the page shows first."""
PAR_PAGE = 25


class Nature(StrEnum):
    """What ends."""

    COMPTE = "compte"
    CONTRAT = "contrat"
    CONVENTION = "convention"
    GROUPE = "groupe"
    MANDAT = "mandat"


@dataclass(frozen=True, slots=True)
class Echeance:
    """One thing, and its last day. ``groupe_id`` for a groupe of a person, ``quoi`` for what is not a person's."""

    fin: date
    nature: Nature
    id: UUID
    rattachement_id: UUID | None
    groupe_id: UUID | None
    quoi: str | None
    personne: str | None


@dataclass(frozen=True, slots=True)
class Curseur:
    """After what a page starts."""

    fin: date
    nature: str
    id: UUID

    def __str__(self) -> str:
        """As an address holds it."""
        return f"{self.fin.isoformat()}.{self.nature}.{self.id}"

    @classmethod
    def lu(cls, texte: str) -> "Curseur | None":
        """The same, read back; None for anything else."""
        try:
            fin, nature, ident = texte.split(".")
            return cls(date.fromisoformat(fin), Nature(nature).value, UUID(ident))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them, the soonest first."""

    echeances: tuple[Echeance, ...]
    suivante: Curseur | None


def lister(
    acteur: Acteur, jour: date, *, jours: int = BIENTOT, apres: Curseur | None = None
) -> Page:
    """What ends within that many days and the actor may see: one statement, two for a responsable."""
    tout = _tout(acteur, jour, jours)
    requete = select(tout).order_by(tout.c.fin, tout.c.nature, tout.c.id).limit(PAR_PAGE + 1)
    if apres is not None:
        ici = tuple_(
            literal(apres.fin, Date), literal(apres.nature, String), literal(apres.id, Uuid)
        )
        requete = requete.where(tuple_(tout.c.fin, tout.c.nature, tout.c.id) > ici)
    lues = [_echeance(row) for row in db.session.execute(requete)]
    derniere = lues[PAR_PAGE - 1] if len(lues) > PAR_PAGE else None
    return Page(
        tuple(lues[:PAR_PAGE]),
        Curseur(derniere.fin, derniere.nature.value, derniere.id) if derniere else None,
    )


def compter(acteur: Acteur, jour: date) -> int:
    """How many there are within thirty days: as many statements."""
    tout = _tout(acteur, jour, BIENTOT)
    return db.session.scalar(select(func.count()).select_from(tout)) or 0


def _tout(acteur: Acteur, jour: date, jours: int) -> Subquery:
    bornes = (jour, jour + timedelta(days=jours))
    siennes = [visibles(acteur), *_ouvertes(jour)]
    # Who holds a groupe that the actor may give is seen by them: nothing else is asked.
    ici = [Rattachement.organisme_id == acteur.organisme_id, *_ouvertes(jour)]
    parts: list[Any] = [_comptes(bornes, siennes), _groupes(acteur, bornes, ici)]
    if acteur.administre:
        parts += [
            _mandats(bornes, siennes),
            _contrats(acteur, bornes),
            _conventions(acteur, bornes),
        ]
    tout: CompoundSelect[Any] = union_all(*parts)
    return tout.subquery()


def _ouvertes(jour: date) -> list[ColumnElement[bool]]:
    # Those to come too: their end may be too soon as well.
    return [
        Account.anonymised_at.is_(None),
        Rattachement.suspendu_at.is_(None),
        Rattachement.cloture.is_(None) | (Rattachement.cloture >= jour),
    ]


def _ligne(
    nature: Nature, fin: Any, ident: Any, *, groupe_id: Any = None, quoi: Any = None
) -> Select[Any]:
    return select(
        fin.label("fin"),
        literal(nature.value, String).label("nature"),
        ident.label("id"),
        Rattachement.id.label("rattachement_id"),
        (cast(null(), Uuid) if groupe_id is None else groupe_id).label("groupe_id"),
        (cast(null(), String) if quoi is None else quoi).label("quoi"),
        Account.given_name.label("given_name"),
        Account.family_name.label("family_name"),
        Account.identifiant.label("identifiant"),
    )


def _de_personne(requete: Select[Any], siennes: list[ColumnElement[bool]]) -> Select[Any]:
    return requete.join(Account, Account.id == Rattachement.account_id).where(*siennes)


def _comptes(bornes: tuple[date, date], siennes: list[ColumnElement[bool]]) -> Select[Any]:
    ligne = _ligne(Nature.COMPTE, Rattachement.cloture, Rattachement.id).select_from(Rattachement)
    return _de_personne(ligne, siennes).where(Rattachement.cloture.between(*bornes))


def _groupes(
    acteur: Acteur, bornes: tuple[date, date], siennes: list[ColumnElement[bool]]
) -> Select[Any]:
    ligne = _ligne(
        Nature.GROUPE,
        Habilitation.fin,
        Habilitation.id,
        groupe_id=Habilitation.groupe_id,
        quoi=Groupe.libelle,
    )
    requete = _de_personne(
        ligne.select_from(Habilitation)
        .join(Rattachement, Rattachement.id == Habilitation.rattachement_id)
        .join(Groupe, Groupe.id == Habilitation.groupe_id),
        siennes,
    ).where(Habilitation.fin.between(*bornes))
    if acteur.perimetre is None:
        return requete
    return requete.where(Habilitation.groupe_id.in_([groupe.id for groupe in cochables(acteur)]))


def _mandats(bornes: tuple[date, date], siennes: list[ColumnElement[bool]]) -> Select[Any]:
    ligne = _ligne(Nature.MANDAT, Mandat.fin, Mandat.id).select_from(Mandat)
    return _de_personne(
        ligne.join(Rattachement, Rattachement.id == Mandat.rattachement_id), siennes
    ).where(Mandat.ended_at.is_(None), Mandat.fin.between(*bornes))


def _contrats(acteur: Acteur, bornes: tuple[date, date]) -> Select[Any]:
    return _sans_personne(
        Nature.CONTRAT, ContratDeService.fin, ContratDeService.id, ContratDeService.service
    ).where(
        ContratDeService.convention_id == Convention.id,
        Convention.organisme_id == acteur.organisme_id,
        ContratDeService.fin.between(*bornes),
    )


def _conventions(acteur: Acteur, bornes: tuple[date, date]) -> Select[Any]:
    return _sans_personne(
        Nature.CONVENTION, Convention.fin, Convention.id, Convention.libelle
    ).where(Convention.organisme_id == acteur.organisme_id, Convention.fin.between(*bornes))


def _sans_personne(nature: Nature, fin: Any, ident: Any, quoi: Any) -> Select[Any]:
    rien = cast(null(), String)
    return select(
        fin.label("fin"),
        literal(nature.value, String).label("nature"),
        ident.label("id"),
        cast(null(), Uuid).label("rattachement_id"),
        cast(null(), Uuid).label("groupe_id"),
        quoi.label("quoi"),
        rien.label("given_name"),
        rien.label("family_name"),
        rien.label("identifiant"),
    )


def _echeance(row: Any) -> Echeance:
    nom = " ".join(filter(None, (row.given_name, row.family_name)))
    return Echeance(
        fin=row.fin,
        nature=Nature(row.nature),
        id=row.id,
        rattachement_id=row.rattachement_id,
        groupe_id=row.groupe_id,
        quoi=row.quoi,
        personne=nom or row.identifiant,
    )
