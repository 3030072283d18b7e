"""An event of the journal as it is told, and the words that its sentences share; values in, words out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


class Famille(StrEnum):
    """What an action is about, as the filter of the page names it."""

    PERSONNES = "personnes"
    GROUPES = "groupes"
    DELEGATION = "delegation"
    REVUE = "revue"
    SUPERVISION = "supervision"
    DOSSIER = "dossier"
    DONNEES = "donnees"
    SERVICES = "services"


FAMILLES: Mapping[Famille, str] = {
    Famille.PERSONNES: "Utilisateurs créés, modifiés ou clos",
    Famille.GROUPES: "Groupes d’habilitation cochés ou retirés",
    Famille.DELEGATION: "Administrateurs, responsables et programmes",
    Famille.REVUE: "Revue des habilitations",
    Famille.SUPERVISION: "Interventions de la Caf",
    Famille.DOSSIER: "Dossier de l’organisme et courriers",
    Famille.DONNEES: "Imports, exports et preuves",
    Famille.SERVICES: "Ouvertures de services",
}


@dataclass(frozen=True, slots=True)
class Fait:
    """One event, its people and what it names already told by their names."""

    event: str
    data: Mapping[str, Any]
    auteur: str
    vous: bool
    """Whether the reader did it."""
    personne: str
    groupes: Mapping[str, str]
    """What a groupe is called, by its code."""
    services: Mapping[str, str]
    programme: str = ""
    """The program whose mandate the event is about."""

    def groupe(self, code: object) -> str:
        """The name of a groupe; its code when it is no longer there."""
        return self.groupes.get(str(code), str(code))


def majuscule(texte: str) -> str:
    """With the capital of a beginning."""
    return texte[:1].upper() + texte[1:]


def enumeres(mots: Iterable[str]) -> str:
    """« a, b et c »."""
    liste = list(mots)
    if len(liste) < 2:
        return "".join(liste)
    return f"{', '.join(liste[:-1])} et {liste[-1]}"


def jour(texte: object) -> str:
    """A day of an event (ISO 8601) as it is read; the text itself when it is none."""
    try:
        return date.fromisoformat(str(texte)).strftime("%d/%m/%Y")
    except ValueError:
        return str(texte)
