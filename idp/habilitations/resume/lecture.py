"""What there is to see today for an agent, heading by heading: their first page and their mail say the same.

Each heading is counted in its own room.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.habilitations.agents import AgentVu
from idp.habilitations.assistance import moyen_perdu
from idp.habilitations.supervision import a_voir
from idp.habilitations.supervision.a_voir import BORNE, Quoi

MOYENS_PERDUS = ("Moyens perdus qui attendent un second agent", "/caf/assistance")
RUBRIQUES: Mapping[Quoi, tuple[str, str]] = {
    Quoi.ADRESSES: ("Adresses à confirmer", "/caf/courriers/adresses"),
    Quoi.CONVENTIONS: (
        "Conventions qui finissent dans les 30 jours",
        "/caf/conventions-qui-finissent",
    ),
    Quoi.REMPLACEMENTS: ("Administrateurs à remplacer, à décider", "/caf/supervision"),
    Quoi.SUCCESSIONS: ("Demandes de devenir administrateur", "/caf/supervision"),
    Quoi.SUSPENSIONS: ("Suspensions en vigueur", "/caf/supervision/suspensions"),
    Quoi.SANS_ADMINISTRATEUR: ("Organismes sans administrateur", "/caf/supervision"),
}


@dataclass(frozen=True, slots=True)
class Rubrique:
    """How many there are of something, what it is called and the page that lists it."""

    nombre: int
    mots: str
    adresse: str

    @property
    def combien(self) -> str:
        """The number, as far as it is counted."""
        return str(self.nombre) if self.nombre < BORNE else f"plus de {BORNE - 1}"


def rubriques(agent: AgentVu, now: datetime) -> list[Rubrique]:
    """Nothing of what there is none of; two statements."""
    perdus = len(moyen_perdu.en_attente(agent, now))
    autres = [
        Rubrique(nombre, *RUBRIQUES[quoi]) for quoi, nombre in a_voir.compter(agent, now).items()
    ]
    return [Rubrique(perdus, *MOYENS_PERDUS), *autres] if perdus else autres
