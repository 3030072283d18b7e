"""The services of the Caf, as partners see them: a name, what it is for, where it opens.

They are declared in ``relying_parties.yaml`` (read by ``idp/oidc/clients/relying_parties.py``) and held in memory.
A contract and its groups name a service by its code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import cast

from flask import current_app


class ModeleDeGroupes(StrEnum):
    """From what the groups of a service are made when a contract is opened, one for each zone (a caisse)."""

    TYPE_LOGEMENT_ZONE = "type_logement_zone"
    PROFIL = "profil"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Service:
    """One service; ``url`` is where its tile leads."""

    code: str
    nom: str
    description: str
    url: str
    groupes: ModeleDeGroupes
    contact: str | None = None
    declinaisons: Mapping[str, str] = field(default_factory=dict)
    """Its profils or its roles, by their codes, with their names; none for types de logement."""


def services() -> Mapping[str, Service]:
    """Every service by its code."""
    return cast(Mapping[str, Service], current_app.extensions["services"])
