"""The tabs of the pages of an organisme, in order, and the head that these pages share.

A page of an organisme extends ``caf/_organisme.html`` and is given ``en_tete(organisme_id, PAGE)``; a new tab is a
line of ``ONGLETS``.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from idp.habilitations.agents import AgentVu
from idp.habilitations.models import RoleAgent
from idp.habilitations.organismes import entete
from idp.habilitations.views.caf.guards import the_agent

LISTE = "/caf/organismes"
DOSSIER = LISTE + "/<uuid:organisme_id>"


@dataclass(frozen=True, slots=True)
class Onglet:
    """A page of an organisme: what follows its address; ``role`` is the first that opens it, as its route says."""

    suite: str
    titre: str
    role: RoleAgent = RoleAgent.GESTIONNAIRE


# Dossier, Conventions, Utilisateurs, Courriers, Supervision, Journal.
ONGLETS: tuple[Onglet, ...] = (
    Onglet("", "Dossier"),
    Onglet("/conventions", "Conventions"),
    Onglet("/utilisateurs", "Utilisateurs"),
    Onglet("/courriers", "Courriers"),
    Onglet("/supervision", "Supervision", RoleAgent.SUPERVISEUR),
    Onglet("/journal", "Journal"),
)


def adresse(organisme_id: UUID, suite: str = "") -> str:
    """Of a page of this organisme."""
    return f"{LISTE}/{organisme_id}{suite}"


def onglets(agent: AgentVu) -> tuple[Onglet, ...]:
    """Those that this agent may open."""
    return tuple(onglet for onglet in ONGLETS if agent.peut(onglet.role))


def en_tete(organisme_id: UUID, suite: str = "") -> dict[str, Any]:
    """What ``caf/_organisme.html`` shows; raises ``NotHere`` when it does not exist for the agent. Two statements.

    ``suite`` says under which tab the page is; ``a_sa_place``, whether the agent may manage the users now.
    """
    agent = the_agent()
    lue = entete.lire(agent, organisme_id)
    return {
        "entete": lue,
        "onglets": onglets(agent),
        "onglet": suite,
        "ici": adresse(organisme_id),
        "a_sa_place": lue.delegation_retiree_at is not None and agent.peut(RoleAgent.SUPERVISEUR),
    }
