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
    OUVERTURES = "ouvertures"


LIBELLES: Mapping[Mesure, str] = MappingProxyType(
    {
        Mesure.CONNEXIONS: "Connexions",
        Mesure.PREMIERES_CONNEXIONS: "Premières connexions",
        Mesure.ECHECS: "Échecs de connexion",
        Mesure.RECUPERATIONS: "Identifiants et mots de passe redemandés",
        Mesure.COURRIERS: "Courriers exportés",
        Mesure.OUVERTURES: "Ouvertures de services",
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
        "authorization_granted": Mesure.OUVERTURES,
    }
)
"""The events that count, one each."""


def service_de(mesure: Mesure, data: Mapping[str, Any]) -> str:
    """The client that an event opened; nothing for what concerns none."""
    return str(data.get("client_id", "")) if mesure is Mesure.OUVERTURES else ""
