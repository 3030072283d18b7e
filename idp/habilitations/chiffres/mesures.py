"""What is counted, and which events of the journal count for it: values in, values out."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Mesure(StrEnum):
    """What the agents follow, day by day."""

    CONNEXIONS = "connexions"
    PREMIERES_CONNEXIONS = "premieres_connexions"
    ECHECS = "echecs"
    RECUPERATIONS = "recuperations"
    COURRIERS = "courriers"
    COURRIERS_REVENUS = "courriers_revenus"
    OUVERTURES = "ouvertures"
    DECONNEXIONS = "deconnexions"
    DECONNEXIONS_REFUSEES = "deconnexions_refusees"


LIBELLES: Mapping[Mesure, str] = MappingProxyType(
    {
        Mesure.CONNEXIONS: "Connexions",
        Mesure.PREMIERES_CONNEXIONS: "Premières connexions",
        Mesure.ECHECS: "Échecs de connexion",
        Mesure.RECUPERATIONS: "Identifiants et mots de passe redemandés",
        Mesure.COURRIERS: "Courriers exportés",
        Mesure.COURRIERS_REVENUS: "Courriers revenus sans être distribués",
        Mesure.OUVERTURES: "Ouvertures de services",
        Mesure.DECONNEXIONS: "Déconnexions dont un service a pris note",
        Mesure.DECONNEXIONS_REFUSEES: "Déconnexions qu’un service a refusées",
    }
)

EVENEMENTS: Mapping[str, Mesure] = MappingProxyType(
    {
        "sign_in_succeeded": Mesure.CONNEXIONS,
        "first_connection_done": Mesure.PREMIERES_CONNEXIONS,
        "sign_in_refused": Mesure.ECHECS,
        "reset_sent": Mesure.RECUPERATIONS,
        "identifiants_renvoyes": Mesure.RECUPERATIONS,
        "courrier_exporte": Mesure.COURRIERS,
        "courrier_retourne": Mesure.COURRIERS_REVENUS,
        "authorization_granted": Mesure.OUVERTURES,
        "logout_accepted": Mesure.DECONNEXIONS,
        "logout_refused": Mesure.DECONNEXIONS_REFUSEES,
    }
)
"""The events that count, one each."""

DES_SERVICES = frozenset({Mesure.OUVERTURES, Mesure.DECONNEXIONS, Mesure.DECONNEXIONS_REFUSEES})
"""What is counted service by service."""


def service_de(mesure: Mesure, data: Mapping[str, Any]) -> str:
    """The client that an event is of; nothing for what concerns none."""
    return str(data.get("client_id", "")) if mesure in DES_SERVICES else ""
