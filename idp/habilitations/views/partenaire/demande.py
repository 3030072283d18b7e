"""The query string of « Mes utilisateurs »: read, written again for a link, and told as filters to take away.

What is not understood is ignored: nobody is told off for an address that they kept. The file of a user carries the
same words, so that one comes back to the list as it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from idp.habilitations.delegation import Role
from idp.habilitations.etats import Etat
from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.personnes.filtres import TOUS, Connexion, Filtres
from idp.habilitations.personnes.liste import Demande, Tri
from idp.habilitations.personnes.mots import CONNEXIONS, ETATS, ROLES

RECHERCHE_MAX = 100
_OUI = "oui"
Enumeration = TypeVar("Enumeration", bound=StrEnum)

TRIS = {
    "nom": "Nom, de A à Z",
    "-nom": "Nom, de Z à A",
    "ouverture": "Date d’ouverture, la plus ancienne d’abord",
    "-ouverture": "Date d’ouverture, la plus récente d’abord",
    "cloture": "Date de clôture, la plus proche d’abord",
    "-cloture": "Date de clôture, la plus lointaine d’abord",
    "connexion": "Dernière connexion, la plus ancienne d’abord",
    "-connexion": "Dernière connexion, la plus récente d’abord",
}


def lire(args: Mapping[str, str]) -> Demande:
    """What a query string asks for."""
    tri = args.get("tri", "")
    return Demande(
        filtres=Filtres(
            recherche=args.get("q", "").strip()[:RECHERCHE_MAX],
            etat=_parmi(Etat, args.get("etat")),
            groupe=_uuid(args.get("groupe")),
            role=_parmi(Role, args.get("role")),
            connexion=_parmi(Connexion, args.get("connexion")),
            fin_proche=args.get("fin") == _OUI,
            mail_refuse=args.get("mail") == _OUI,
        ),
        tri=_parmi(Tri, tri.removeprefix("-")) or Tri.NOM,
        descendant=tri.startswith("-"),
        apres=_uuid(args.get("apres")),
        avant=_uuid(args.get("avant")),
    )


def ecrire(demande: Demande) -> str:
    """The query string that asks for it, with its « ? »; empty when nothing is asked for."""
    filtres = demande.filtres
    dits = {
        "q": filtres.recherche,
        "etat": filtres.etat,
        "groupe": filtres.groupe,
        "role": filtres.role,
        "connexion": filtres.connexion,
        "fin": _OUI if filtres.fin_proche else None,
        "mail": _OUI if filtres.mail_refuse else None,
        "tri": tri if (tri := tri_dit(demande)) != Tri.NOM else None,
        "apres": demande.apres,
        "avant": demande.avant,
    }
    query = urlencode({name: str(value) for name, value in dits.items() if value})
    return f"?{query}" if query else ""


def tri_dit(demande: Demande) -> str:
    """Its order, in the words of the query string."""
    return ("-" if demande.descendant else "") + demande.tri


def _parmi(kind: type[Enumeration], text: str | None) -> Enumeration | None:
    return next((member for member in kind if member == text), None)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Puce:
    """A filter in force: its words, and the query string of the list without it."""

    nom: str
    valeur: str
    sans: str


@dataclass(frozen=True, slots=True)
class Tete:
    """A column by which the list is sorted, or may be; ``sens`` is its ``aria-sort``."""

    sens: str
    vers: str


@dataclass(frozen=True, slots=True)
class Liens:
    """Where the list leads from this page of it: query strings, each with its « ? »."""

    demande: Demande

    @property
    def ici(self) -> str:
        """This very page."""
        return ecrire(self.demande)

    def page(self, *, apres: UUID | None = None, avant: UUID | None = None) -> str:
        """A neighbour."""
        return ecrire(replace(self.demande, apres=apres, avant=avant))

    def exporter(self, kind: str) -> str:
        """All of its pages, as a file of that format."""
        query = ecrire(self._debut)
        return f"{query}&format={kind}" if query else f"?format={kind}"

    def tete(self, nom: str) -> Tete:
        """The head of a column: pressed again, it turns the order."""
        tri, demande = Tri(nom), self._debut
        if tri is not demande.tri:
            return Tete("none", ecrire(replace(demande, tri=tri, descendant=False)))
        sens = "descending" if demande.descendant else "ascending"
        return Tete(sens, ecrire(replace(demande, descendant=not demande.descendant)))

    def puces(self, offerts: tuple[GroupeACocher, ...]) -> list[Puce]:
        """The filters in force, in the order of the form; the search is not one of them."""
        filtres = self.demande.filtres
        noms = {groupe.id: groupe.libelle for groupe in offerts}
        puces: list[Puce] = []
        if filtres.etat:
            puces.append(Puce("État", ETATS[filtres.etat], self._sans(etat=None)))
        if filtres.groupe:
            puces.append(Puce("Groupe", noms[filtres.groupe], self._sans(groupe=None)))
        if filtres.role:
            puces.append(Puce("Rôle", ROLES[filtres.role], self._sans(role=None)))
        if filtres.connexion:
            dit = CONNEXIONS[filtres.connexion]
            puces.append(Puce("Connexion", dit, self._sans(connexion=None)))
        if filtres.fin_proche:
            sans = self._sans(fin_proche=False)
            puces.append(Puce("Date de clôture", "Dans les 30 jours", sans))
        if filtres.mail_refuse:
            puces.append(Puce("Adresse mail", "Non distribuée", self._sans(mail_refuse=False)))
        return puces

    @property
    def sans_filtre(self) -> str:
        """The same search and order, without any filter."""
        recherche = self.demande.filtres.recherche
        return ecrire(replace(self._debut, filtres=replace(TOUS, recherche=recherche)))

    @property
    def sans_recherche(self) -> str:
        """The same filters, whatever the names."""
        return self._sans(recherche="")

    @property
    def _debut(self) -> Demande:
        return replace(self.demande, apres=None, avant=None)

    def _sans(self, **changes: object) -> str:
        debut = self._debut
        return ecrire(replace(debut, filtres=replace(debut.filtres, **changes)))  # type: ignore[arg-type]
