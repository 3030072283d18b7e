"""What this package asks of the protocol above it, which ``idp.app`` plugs in.

A port keeps the direction of imports: rights do not know how services are told of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import CompoundSelect


@dataclass(frozen=True, slots=True)
class Autorisation:
    """A consent: to whom, to read what, since when."""

    client: str
    portee: str
    donnee_le: datetime


@dataclass(frozen=True, slots=True)
class Annonce:
    """A client that held something of a rattachement is told that it is over.

    ``livraison_id`` is in the outbox, None when the client asks to be told nothing; ``expire_at`` is when the last
    token that it was given is over by itself.
    """

    rattachement_id: UUID
    nom: str
    service: str | None
    livraison_id: UUID | None
    expire_at: datetime | None


class Acces(Protocol):
    """Answered by ``idp/oidc``: what services hold of a person for an organisme."""

    def retirer(
        self, rattachements: Collection[UUID], service: str | None, now: datetime
    ) -> list[Annonce]:
        """End what these rattachements gave to a service, to all when None, and have them told."""

    def fermer(
        self, rattachement_id: UUID, sessions: Collection[UUID], now: datetime
    ) -> list[Annonce]:
        """End what this rattachement gave to every service, and all that came from these sessions, which are over;
        what was given for another organisme is ended and told, without a word here."""

    def fermer_ailleurs(self, sessions: Collection[UUID], now: datetime) -> None:
        """End what is left of what these sessions, which are over, gave; services are told, not we."""

    def retirer_parmi(
        self,
        finis: CompoundSelect[UUID, str | None],
        avant: datetime | None,
        now: datetime,
        *,
        limit: int,
    ) -> tuple[list[Annonce], bool]:
        """End what was given (before an instant, when there is one) to these pairs of a rattachement and a service
        (all when null), at most ``limit`` at a time, and have it told; and whether some may be left."""

    def retirer_du_service(
        self, service: str, now: datetime, *, limit: int
    ) -> tuple[list[Annonce], int]:
        """End what a service holds of anybody, at most ``limit`` at a time; and how many it ended."""

    def combien_au_service(self, service: str) -> int:
        """How many authorizations this service holds that are not ended."""

    def autorisations(self, account_id: UUID) -> list[Autorisation]:
        """What this person lets clients that are not of the Caf read."""


@dataclass(frozen=True, slots=True)
class Apercu:
    """What a client of a service would be told of a person now; nothing when they would be refused (``refuse``).

    ``contenus`` are the claims of its ``id_token``, of its ``access_token`` and of ``userinfo``.
    """

    client_id: str
    nom: str
    refuse: bool
    sub_propre_au_service: bool
    """Whether this client knows the person by an identifier that no other one is told."""
    contenus: Mapping[str, Mapping[str, Any]]


class Apercus(Protocol):
    """Answered by ``idp/oidc``: what services would be told."""

    def des_services(self, rattachement_id: UUID, service: str, now: datetime) -> list[Apercu]:
        """By each client of that service; nothing is issued nor written."""


@dataclass(frozen=True, slots=True)
class HabilitationPorts:
    """Both, as the application holds them."""

    acces: Acces
    apercus: Apercus


def ports() -> HabilitationPorts:
    """Those of the current application."""
    return cast(HabilitationPorts, current_app.extensions["habilitation_ports"])
