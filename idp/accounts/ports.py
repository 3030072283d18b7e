"""What this package asks of the capabilities above it, which ``idp.app`` plugs in.

A port keeps the direction of imports: people do not know of organismes, nor of the protocol.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast
from uuid import UUID

from flask import current_app


@dataclass(frozen=True, slots=True)
class Exigences:
    """What a person's roles ask of their sign-in.

    ``sans_delai``: a second factor is owed at once; ``idle_short``: they may leave a screen open among others.
    """

    second_facteur: bool = False
    sans_delai: bool = False
    idle_short: bool = False


class Organismes(Protocol):
    """Answered by ``idp/habilitations``."""

    def exigences(self, account_id: UUID, now: datetime) -> Exigences:
        """What this person's roles ask of their sign-in: one statement."""

    def is_agent(self, account_id: UUID) -> bool:
        """Whether this person is an agent of the Caf."""

    def default_rattachement(self, account_id: UUID, now: datetime) -> UUID | None:
        """The organisme that a new session works for; None when the person has none, or must choose."""

    def future_administrateur_of(self, account_id: UUID) -> str | None:
        """Raison sociale of the organisme of which completing the first connection makes this person
        administrateur; None when it has one already."""

    def words_of(self, account_id: UUID) -> list[str]:
        """Names of the person's organismes: they tell accounts apart, and make a poor password."""

    def numeros_of(self, account_id: UUID) -> list[str]:
        """Their N° utilisateur: printed on papers that circulate, they make a poor password too."""

    def gives_access(self, account_id: UUID) -> bool:
        """Whether this person gives access to others, or will once their first connection is done."""

    def first_connection_done(self, account_id: UUID, now: datetime) -> None:
        """The person has accepted everything: make them administrateur where they are the first."""

    def idle_warned(self, account_ids: Collection[UUID], now: datetime) -> None:
        """These people have not signed in for long, and were warned."""

    def people_forgotten(self, account_ids: Collection[UUID], now: datetime) -> None:
        """These people were made anonymous: nothing may name them, nor be sent to them."""


@dataclass(frozen=True, slots=True)
class Demande:
    """On whose behalf a person is asked to sign in, and where « Annuler » leads.

    The last fields are of a client that is not of the Caf: what it shows of itself.
    """

    nom: str
    cancel_path: str
    login_hint: str | None = None
    """The identifiant that the client believes is the person's; whether it exists is never told."""
    origins: frozenset[str] = frozenset()
    """Where signing in may lead the browser."""
    logo_uri: str | None = None
    client_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None


class Demandes(Protocol):
    """Answered by ``idp/oidc``."""

    def describe(self, path: str) -> Demande | None:
        """The authorization request behind a local path; None when the path is not one."""


class RelyingParties(Protocol):
    """Answered by ``idp/oidc``: the services that people reach through their sessions here."""

    def sessions_ended(self, session_ids: Collection[UUID], now: datetime) -> None:
        """End what these sessions gave to services, and have the services told."""

    def people_forgotten(self, account_ids: Collection[UUID]) -> None:
        """These people were made anonymous, and their sessions are deleted: so is what those gave."""

    def farewell_page(self, session_id: UUID, sid: str, onward: str) -> str | None:
        """The page by which services sign the person out in this browser; None when none asks for it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """All three, as the application holds them."""

    organismes: Organismes
    demandes: Demandes
    relying_parties: RelyingParties


def ports() -> Ports:
    """Those of the current application."""
    return cast(Ports, current_app.extensions["account_ports"])
