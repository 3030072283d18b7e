"""The agents that a national agent found, as a file to take away; that it was taken is in the journal."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from idp import audit, clock
from idp.errors import Refusal
from idp.habilitations import agents
from idp.habilitations.agents import AgentVu
from idp.habilitations.effectif import AgentListe
from idp.habilitations.events import AgentsExportes
from idp.habilitations.models import RoleAgent
from idp.printable import format_identifiant
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

COLONNES = (
    "Nom",
    "Identifiant",
    "Adresse mail",
    "Rôle",
    "Caisses",
    "Agent depuis le",
    "Dernière connexion",
    "Parti le",
)
ROLES = {
    RoleAgent.GESTIONNAIRE: "Gestionnaire des partenaires",
    RoleAgent.SUPERVISEUR: "Superviseur",
    RoleAgent.NATIONAL: "Agent national",
}


def exporter(
    par: AgentVu, trouves: Iterable[AgentListe], format_: Format, *, now: datetime
) -> Iterator[bytes]:
    """Those who were found (``effectif.tous``), in the order of the page."""
    if not par.national:
        raise Refusal("Votre rôle d’agent ne permet pas cette action.", detail="not national")
    lus = _Compte()
    yield from written(format_, Sheet("Agents", COLONNES, map(lus.cellules, trouves)))
    event = AgentsExportes(format=format_, agents=lus.agents)
    audit.record(event, at=now, actor=par.actor)


class _Compte:
    """Counts the agents on their way to the file."""

    agents = 0

    def cellules(self, un: AgentListe) -> tuple[str, ...]:
        """The line of one agent."""
        self.agents += 1
        return (
            un.nom,
            format_identifiant(un.identifiant),
            un.email,
            ROLES[un.role],
            ", ".join(agents.libelles(un.caisses)) or "Toutes",
            _jour(un.cree_le),
            _jour(un.derniere_connexion),
            _jour(un.parti_le),
        )


def _jour(instant: datetime | None) -> str:
    return clock.today(instant).strftime("%d/%m/%Y") if instant else ""
