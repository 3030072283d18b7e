"""The search of the agents: organismes of their caisses, and people in them, a page at a time by key.

What was typed is understood in ``saisie.py``. A number, an address or an identifiant is looked up whole; a raison
sociale by the beginning of each of its words, a person by the beginning of their names.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from idp.accounts.models import Account
from idp.db import db
from idp.folding import folded
from idp.habilitations.agents import AgentVu
from idp.habilitations.en_cours import contrat_en_cours
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
    Role,
    TypeOrganisme,
)
from idp.habilitations.organismes.models import Champ, ChangementDOrganisme
from idp.habilitations.organismes.saisie import Nom, Saisie, noms_possibles
from idp.habilitations.perimetre import supervises

PAR_PAGE = 25
_LOT = 1000
_APRES_TOUT = "\uffff"

_ID: ColumnElement[UUID] = Organisme.id.expression
_PLACE: ColumnElement[UUID] = Rattachement.id.expression

T = TypeVar("T")
Cle = Sequence[ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Depuis:
    """Where a page starts: after, or before, a line that was shown."""

    apres: UUID | None = None
    avant: UUID | None = None


DEBUT = Depuis()


class EtatDOrganisme(StrEnum):
    """Where an organisme is, as the filter names it."""

    OUVERT = "ouvert"
    SUSPENDU = "suspendu"
    REUNI = "reuni"


@dataclass(frozen=True, slots=True)
class Choix:
    """What narrows the organismes; ``service`` is that of a contrat in force on the day ``au``."""

    type: TypeOrganisme | None = None
    caisse: str = ""
    etat: EtatDOrganisme | None = None
    service: str = ""
    au: date | None = None

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return self != Choix(au=self.au)


TOUS = Choix()


@dataclass(frozen=True, slots=True)
class OrganismeTrouve:
    """A line of the organismes."""

    id: UUID
    raison_sociale: str
    type: TypeOrganisme
    siret: str | None
    ville: str
    adresse: tuple[str, ...]
    email: str
    caisse: str
    suspendu: bool
    reuni: bool
    """Whether it was put into another one."""
    numeros: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PersonneTrouvee:
    """A line of the people: somebody in an organisme."""

    id: UUID
    """Of the rattachement."""
    organisme_id: UUID
    raison_sociale: str
    nom: str
    identifiant: str
    role: Role


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some lines; ``precedente`` and ``suivante`` are those before which, and after which, the neighbours are."""

    lignes: tuple[T, ...] = ()
    precedente: UUID | None = None
    suivante: UUID | None = None


@dataclass(frozen=True, slots=True)
class Resultat:
    """What a search finds."""

    organismes: Page[OrganismeTrouve] = field(default_factory=Page)
    personnes: Page[PersonneTrouvee] = field(default_factory=Page)


def chercher(
    agent: AgentVu,
    saisie: Saisie,
    *,
    organismes: Depuis = DEBUT,
    personnes: Depuis = DEBUT,
    choix: Choix = TOUS,
) -> Resultat:
    """What an agent finds in their caisses; five statements at most, whatever is found.

    No people where organismes are narrowed: they have no such things.
    """
    conditions = [*_de_l_organisme(saisie), *_choisis(choix)] if saisie.d_organisme else []
    return Resultat(
        organismes=_organismes(agent, conditions, organismes) if conditions else Page(),
        personnes=_personnes(agent, saisie, personnes)
        if saisie.de_personne and not choix
        else Page(),
    )


def tous(agent: AgentVu, depuis: Depuis = DEBUT, choix: Choix = TOUS) -> Page[OrganismeTrouve]:
    """Every organisme of their caisses that is so, by name."""
    return _organismes(agent, _choisis(choix), depuis)


def trouves(agent: AgentVu, saisie: Saisie | None, choix: Choix) -> Iterator[OrganismeTrouve]:
    """Every organisme that is found, by name, some at a time: memory stays flat."""
    conditions = _choisis(choix)
    if saisie is not None:
        if not saisie.d_organisme:
            return
        conditions = [*_de_l_organisme(saisie), *conditions]
    depuis = DEBUT
    while True:
        page = _organismes(agent, conditions, depuis, combien=_LOT)
        yield from page.lignes
        if page.suivante is None:
            return
        depuis = Depuis(apres=page.suivante)


def _choisis(choix: Choix) -> list[ColumnElement[bool]]:
    lesquels: list[ColumnElement[bool]] = []
    if choix.type:
        lesquels.append(Organisme.type == choix.type)
    if choix.caisse:
        numero = exists().where(
            NumeroUtilisateur.organisme_id == Organisme.id,
            NumeroUtilisateur.caisse_code == choix.caisse,
        )
        lesquels.append(or_(Organisme.caisse_code == choix.caisse, numero))
    if choix.etat:
        lesquels.append(_DE_L_ETAT[choix.etat])
    if choix.service and choix.au:
        contrat = exists().where(
            Convention.organisme_id == Organisme.id,
            ContratDeService.convention_id == Convention.id,
            ContratDeService.service == choix.service,
            contrat_en_cours(choix.au),
        )
        lesquels.append(contrat)
    return lesquels


_DE_L_ETAT: Mapping[EtatDOrganisme, ColumnElement[bool]] = {
    EtatDOrganisme.OUVERT: and_(Organisme.suspendu_at.is_(None), Organisme.fusionne_dans.is_(None)),
    EtatDOrganisme.SUSPENDU: Organisme.suspendu_at.is_not(None),
    EtatDOrganisme.REUNI: Organisme.fusionne_dans.is_not(None),
}


def _organismes(
    agent: AgentVu,
    conditions: Sequence[ColumnElement[bool]],
    depuis: Depuis,
    *,
    combien: int = PAR_PAGE,
) -> Page[OrganismeTrouve]:
    requete = select(
        Organisme.id,
        Organisme.raison_sociale,
        Organisme.type,
        Organisme.siret,
        Organisme.adresse,
        Organisme.email,
        Organisme.caisse_code,
        Organisme.suspendu_at,
        Organisme.fusionne_dans,
    ).where(supervises(agent), *conditions)
    page = _page(requete, (Organisme.mots.expression, _ID), _ID, depuis, combien=combien)
    numeros = _numeros([row.id for row in page.lignes])
    lignes = tuple(
        OrganismeTrouve(
            id=row.id,
            raison_sociale=row.raison_sociale,
            type=row.type,
            siret=row.siret,
            ville=row.adresse[-1] if row.adresse else "",
            adresse=tuple(row.adresse or ()),
            email=row.email or "",
            caisse=row.caisse_code,
            suspendu=row.suspendu_at is not None,
            reuni=row.fusionne_dans is not None,
            numeros=tuple(numeros.get(row.id, ())),
        )
        for row in page.lignes
    )
    return Page(lignes, page.precedente, page.suivante)


def _de_l_organisme(saisie: Saisie) -> list[ColumnElement[bool]]:
    if saisie.mots:
        return [Organisme.mots.contains(f" {mot}", autoescape=True) for mot in saisie.mots]
    return [Organisme.id.in_(union(*_designes(saisie)))]


def _designes(saisie: Saisie) -> Iterator[Select[UUID]]:
    siret = Organisme.siret
    if saisie.numero:
        numero = NumeroUtilisateur.valeur == saisie.numero
        yield select(NumeroUtilisateur.organisme_id).where(numero)
    if saisie.siret:
        yield select(Organisme.id).where(siret == saisie.siret)
        # One of before: the organisme has moved since.
        yield select(ChangementDOrganisme.organisme_id).where(
            ChangementDOrganisme.champ == Champ.SIRET, ChangementDOrganisme.avant == saisie.siret
        )
    if saisie.siren:
        # Digits alone: whatever the order of the database, these bound them.
        bornes = siret.between(f"{saisie.siren}00000", f"{saisie.siren}99999")
        yield select(Organisme.id).where(bornes)
    if saisie.email:
        yield select(Organisme.id).where(func.lower(Organisme.email) == saisie.email)


def _numeros(ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    rows = db.session.execute(
        select(NumeroUtilisateur.organisme_id, NumeroUtilisateur.valeur)
        .where(NumeroUtilisateur.organisme_id.in_(ids))
        .order_by(NumeroUtilisateur.valeur)
    )
    lus: dict[UUID, list[str]] = {}
    for row in rows:
        lus.setdefault(row.organisme_id, []).append(row.valeur)
    return lus


_NOM = folded(Account.family_name)
_PRENOM = folded(func.coalesce(Account.given_name, ""))


def _personnes(agent: AgentVu, saisie: Saisie, depuis: Depuis) -> Page[PersonneTrouvee]:
    requete = (
        select(
            Rattachement.id,
            Rattachement.organisme_id,
            Rattachement.role,
            Organisme.raison_sociale,
            Account.family_name,
            Account.given_name,
            Account.identifiant,
        )
        .select_from(Account)
        .join(Rattachement, Rattachement.account_id == Account.id)
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(supervises(agent), Account.anonymised_at.is_(None), _de_la_personne(saisie))
    )
    # Whoever has no name yet is found by an address or an identifiant alone.
    nom = _NOM if saisie.mots else folded(func.coalesce(Account.family_name, ""))
    cle = (nom, _PRENOM, Account.id.expression, _PLACE)
    page = _page(requete, cle, _PLACE, depuis)
    return Page(tuple(map(_personne, page.lignes)), page.precedente, page.suivante)


def _de_la_personne(saisie: Saisie) -> ColumnElement[bool]:
    if saisie.identifiant:
        return Account.identifiant == saisie.identifiant
    if saisie.email:
        return func.lower(Account.email) == saisie.email
    possibles = list(map(_se_nomme, noms_possibles(saisie.mots)))
    if len(possibles) == 1:
        return possibles[0]
    return Account.id.in_(union(*(select(Account.id).where(possible) for possible in possibles)))


def _se_nomme(cherche: Nom) -> ColumnElement[bool]:
    nom = _NOM.in_([cherche.nom]) if cherche.entier else _commence(_NOM, cherche.nom)
    return nom & _commence(_PRENOM, cherche.prenom) if cherche.prenom else nom


def _commence(champ: ColumnElement[str], debut: str) -> ColumnElement[bool]:
    return champ.between(debut, debut + _APRES_TOUT)


def _personne(row: Row[Any]) -> PersonneTrouvee:
    return PersonneTrouvee(
        id=row.id,
        organisme_id=row.organisme_id,
        raison_sociale=row.raison_sociale,
        nom=" ".join(filter(None, (row.given_name, row.family_name))),
        identifiant=row.identifiant,
        role=row.role,
    )


def _page(
    requete: Select[*tuple[Any, ...]],
    cle: Cle,
    par: ColumnElement[UUID],
    depuis: Depuis,
    *,
    combien: int = PAR_PAGE,
) -> Page[Row[Any]]:
    """The rows of a page in the order of ``cle``; ``par`` is the column that tells them apart."""
    recule = depuis.avant is not None and depuis.apres is None
    la = _position(requete, cle, par, depuis.apres or depuis.avant)
    lus = _lire(requete, cle, la, recule=recule and la is not None, combien=combien)
    if recule and len(lus) <= combien:
        # The start of the list is reached: a whole page is shown.
        la, recule = None, False
        lus = _lire(requete, cle, None, recule=False, combien=combien)
    reste = len(lus) > combien
    lignes = lus[:combien][::-1] if recule else lus[:combien]
    if not lignes:
        return Page()
    avant, apres = (reste, True) if recule else (la is not None, reste)
    return Page(
        tuple(lignes),
        precedente=lignes[0].id if avant else None,
        suivante=lignes[-1].id if apres else None,
    )


def _position(
    requete: Select[*tuple[Any, ...]], cle: Cle, par: ColumnElement[UUID], ligne: UUID | None
) -> Sequence[Any] | None:
    if ligne is None:
        return None
    return db.session.execute(requete.with_only_columns(*cle).where(par == ligne)).one_or_none()


def _lire(
    requete: Select[*tuple[Any, ...]],
    cle: Cle,
    la: Sequence[Any] | None,
    *,
    recule: bool,
    combien: int,
) -> list[Row[Any]]:
    if la is not None:
        borne = tuple_(*(literal(value, part.type) for value, part in zip(la, cle, strict=True)))
        requete = requete.where(tuple_(*cle) < borne if recule else tuple_(*cle) > borne)
    ordre = [part.desc() if recule else part.asc() for part in cle]
    return list(db.session.execute(requete.order_by(*ordre).limit(combien + 1)))
