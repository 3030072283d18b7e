"""The menu « Espace Caf »: its pages, in order, and from which role they open."""

from dataclasses import dataclass

from idp.habilitations.agents import AgentVu
from idp.habilitations.models import RoleAgent


@dataclass(frozen=True, slots=True)
class Entree:
    """A page of the menu; ``role`` is the first that opens it, as its route says."""

    adresse: str
    titre: str
    description: str
    role: RoleAgent = RoleAgent.GESTIONNAIRE


ENTREES: tuple[Entree, ...] = (
    Entree(
        "/caf/organismes",
        "Organismes",
        "Trouver un organisme ou une personne, et lire son dossier.",
    ),
    Entree(
        "/caf/courriers",
        "Courriers",
        "Préparer les lots de l’imprimeur, suivre les courriers, noter ceux qui reviennent.",
    ),
    Entree(
        "/caf/imports",
        "Imports",
        "Tous les organismes d’une caisse par un seul fichier, vérifié ligne par ligne.",
    ),
    Entree(
        "/caf/supervision",
        "Supervision",
        "Ce qui demande votre attention : créations en rafale, administrateurs endormis, demandes à décider.",
        RoleAgent.SUPERVISEUR,
    ),
    Entree(
        "/caf/assistance",
        "Assistance",
        "Pourquoi une personne ne peut pas se connecter, et quoi lui répondre.",
    ),
    Entree(
        "/caf/campagnes",
        "Campagnes",
        "Le rappel de juillet aux bailleurs, par courriel ou par courrier.",
    ),
    Entree(
        "/caf/services",
        "Services",
        "Ce que chaque service demande, qui l’ouvre, ses dernières erreurs, nos clés.",
    ),
    Entree(
        "/caf/chiffres",
        "Chiffres",
        "Connexions, premières connexions, échecs et courriers, jour par jour.",
    ),
    Entree(
        "/caf/agents",
        "Agents",
        "Créer un agent, changer ses caisses ou son rôle, le clore.",
        RoleAgent.NATIONAL,
    ),
    Entree("/caf/guide", "Guide", "Chaque tâche, pas à pas, à lire ou à imprimer."),
)


def entrees(agent: AgentVu) -> tuple[Entree, ...]:
    """Those that this agent may open."""
    return tuple(entree for entree in ENTREES if agent.peut(entree.role))
