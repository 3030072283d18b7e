"""The application with stand-ins for what other capabilities answer (``idp/accounts/ports.py``)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pytest
from flask import Flask

from idp.accounts.ports import Demande, Exigences, Ports


@dataclass
class NoOrganisme:
    """People without organisme, unless a test says of which one they would be administrateur."""

    raison_sociale: str | None = None
    done: list[UUID] = field(default_factory=list)
    asked: Exigences = field(default_factory=Exigences)
    agents: set[UUID] = field(default_factory=set)
    idle: list[UUID] = field(default_factory=list)
    forgotten: list[UUID] = field(default_factory=list)
    numeros: list[str] = field(default_factory=list)
    access_given: bool = False

    def exigences(self, account_id: UUID, now: datetime) -> Exigences:
        return self.asked

    def is_agent(self, account_id: UUID) -> bool:
        return account_id in self.agents

    def default_rattachement(self, account_id: UUID, now: datetime) -> UUID | None:
        return None

    def future_administrateur_of(self, account_id: UUID) -> str | None:
        return self.raison_sociale

    def words_of(self, account_id: UUID) -> list[str]:
        return [self.raison_sociale] if self.raison_sociale else []

    def numeros_of(self, account_id: UUID) -> list[str]:
        return self.numeros

    def gives_access(self, account_id: UUID) -> bool:
        return self.access_given

    def first_connection_done(self, account_id: UUID, now: datetime) -> None:
        self.done.append(account_id)

    def idle_warned(self, account_ids: Collection[UUID], now: datetime) -> None:
        self.idle += account_ids

    def people_forgotten(self, account_ids: Collection[UUID], now: datetime) -> None:
        self.forgotten += account_ids


class OffreBailleurs:
    """Every path below ``/oidc/`` is an authorization request of Offre Bailleurs."""

    def describe(self, path: str) -> Demande | None:
        if not path.startswith("/oidc/authorize"):
            return None
        return Demande("Offre Bailleurs", "/oidc/authorize/annuler")


@dataclass
class NoRelyingParty:
    """Nobody has signed in to a service; ``ended`` is what they were told."""

    ended: list[UUID] = field(default_factory=list)

    def sessions_ended(self, session_ids: Collection[UUID], now: datetime) -> None:
        self.ended += session_ids

    def people_forgotten(self, account_ids: Collection[UUID]) -> None:
        pass

    def farewell_page(self, session_id: UUID, sid: str, onward: str) -> str | None:
        return None


@pytest.fixture(autouse=True)
def organismes(app: Flask) -> Iterator[NoOrganisme]:
    """What the tests plug in the place of the capabilities above."""
    plugged = app.extensions.get("account_ports")
    stand_in = NoOrganisme()
    app.extensions["account_ports"] = Ports(stand_in, OffreBailleurs(), NoRelyingParty())
    yield stand_in
    app.extensions["account_ports"] = plugged


@pytest.fixture
def ended_sessions(app: Flask, organismes: NoOrganisme) -> list[UUID]:
    """The sessions of which relying parties were told the end."""
    told = NoRelyingParty()
    app.extensions["account_ports"] = Ports(organismes, OffreBailleurs(), told)
    return told.ended
