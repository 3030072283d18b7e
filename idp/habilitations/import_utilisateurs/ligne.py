"""A line of a file of users: its cells become an ``UtilisateurDeclare``, or every reason why not."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from idp.contact import parse_email, parse_name, parse_phone
from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.models import Mobilite
from idp.habilitations.organismes.lignes_nommees import LigneEnLecture, extrait, keyword
from idp.printable import parse_identifiant

_ECRITURES = ("%d/%m/%Y", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%d-%m-%Y", "%d.%m.%Y")
_ENTRE_DEUX_GROUPES = re.compile(r"[|;\n]")


@dataclass(frozen=True, slots=True)
class UtilisateurDeclare:
    """A person as the file says them, every field canonical; ``identifiant`` names a user who exists."""

    identifiant: str | None
    nom: str
    prenom: str
    email: str
    telephone: str | None
    ouverture: date | None
    cloture: date | None
    mobilite: Mobilite
    groupes: tuple[UUID, ...]


class Groupes:
    """The groupes that an actor may give, found by their code or their name, however they are typed."""

    def __init__(self, offerts: Iterable[GroupeACocher]) -> None:
        self._nommes: defaultdict[str, set[UUID]] = defaultdict(set)
        for groupe in offerts:
            for nom in (groupe.code, groupe.libelle):
                self._nommes[_plat(nom)].add(groupe.id)

    def lire(self, cell: str) -> tuple[UUID, ...]:
        """Those that a cell names, once each; raises ``ValueError`` with a sentence."""
        noms = filter(None, map(str.strip, _ENTRE_DEUX_GROUPES.split(cell)))
        return tuple(dict.fromkeys(map(self._trouve, noms)))

    def _trouve(self, nom: str) -> UUID:
        trouves = self._nommes.get(_plat(nom), set())
        if not trouves:
            raise ValueError(
                f"« {extrait(nom)} » n’est pas un groupe que vous pouvez donner : recopiez son code ou son nom."
            )
        if len(trouves) > 1:
            raise ValueError(
                f"Plusieurs groupes s’appellent « {extrait(nom)} » : écrivez son code."
            )
        return next(iter(trouves))


def _plat(nom: str) -> str:
    # Dashes of every length are one: people type « - » where we write « – ».
    return re.sub(r"[\s_‐-―-]+", "", keyword(nom))


def parse_ligne(line: LigneEnLecture, groupes: Groupes) -> UtilisateurDeclare | None:
    """The user of this line; None when ``line.refus`` says why not."""
    connu = line.optional("identifiant", _identifiant)
    lire = line.optional if connu else line.required
    nom, prenom = lire("nom", parse_name), lire("prenom", parse_name)
    email = lire("adresse_mail", parse_email)
    telephone = line.optional("telephone", parse_telephone)
    ouverture, cloture = line.optional("ouverture", _date), line.optional("cloture", _date)
    mobilite = line.optional("poste_de_travail", _mobilite) or Mobilite.SEDENTAIRE
    coches = line.optional("groupes", groupes.lire) or ()
    if line.refus:
        return None
    return UtilisateurDeclare(
        identifiant=connu,
        nom=nom or "",
        prenom=prenom or "",
        email=email or "",
        telephone=telephone,
        ouverture=ouverture,
        cloture=cloture,
        mobilite=mobilite,
        groupes=coches,
    )


def _identifiant(text: str) -> str:
    found = parse_identifiant(text)
    if found is None:
        raise ValueError(
            "Cet identifiant n’existe pas : laissez la case vide pour un nouvel utilisateur."
        )
    return found


def parse_telephone(text: str) -> str:
    """As ``parse_phone``; the zero that a spreadsheet took away at the head of ten digits is given back."""
    chiffres = re.sub(r"\D", "", text)
    return parse_phone(f"0{chiffres}" if chiffres == text and len(chiffres) == 9 else text)


def _date(text: str) -> date:
    for ecriture in _ECRITURES:
        try:
            return datetime.strptime(text, ecriture).date()  # noqa: DTZ007 - a day, in Paris as written
        except ValueError:
            continue
    raise ValueError("Cette date n’est pas lisible. Exemple : 03/06/2026")


def _mobilite(text: str) -> Mobilite:
    mot = keyword(text)
    for mobilite in Mobilite:
        if mot.startswith(mobilite.value):
            return mobilite
    raise ValueError("Le poste de travail est « sédentaire » ou « itinérant ».")
