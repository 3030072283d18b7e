"""What this package asks of the protocol above it, which ``idp.app`` plugs in.

A port keeps the direction of imports: rights do not know how services are told of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from flask import current_app


@dataclass(frozen=True, slots=True)
class Autorisation:
    """A consent: to whom, to read what, since when."""

    client: str
    portee: str
    donnee_le: datetime


class Acces(Protocol):
    """Answered by ``idp/oidc``: what services hold of a person for an organisme."""

    def retirer(self, rattachement_id: UUID, service: str | None, now: datetime) -> None:
        """End what this rattachement gave to a service, to all when None, and have them told."""

    def autorisations(self, account_id: UUID) -> list[Autorisation]:
        """What this person lets clients that are not of the Caf read."""


@dataclass(frozen=True, slots=True)
class HabilitationPorts:
    """The one, as the application holds it."""

    acces: Acces


def ports() -> HabilitationPorts:
    """Those of the current application."""
    return cast(HabilitationPorts, current_app.extensions["habilitation_ports"])
