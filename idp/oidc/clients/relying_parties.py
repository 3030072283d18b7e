"""The registered services and their relying parties: ``relying_parties.yaml``, read whole at boot.

A mistake in it is said at boot, never discovered by a person who signs in. No secret is written there: digests
are kept by ``client_secrets.py``. What a client says of itself is read by ``client_metadata.py``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol, cast

from flask import current_app

from idp.errors import ConfigurationError
from idp.keys import Algorithm, KeyRing
from idp.oidc.clients.client_metadata import (
    ACCESS_TOKEN_LIFETIME_S,
    GrantType,
    RelyingParty,
    of_itself,
    uri_problem,
)
from idp.oidc.clients.client_secrets import CLIENT_ID
from idp.oidc.clients.entries import Entry
from idp.oidc.clients.registered_clients import RegisteredClients
from idp.oidc.clients.yaml_file import read_mapping
from idp.oidc.scopes import Scope
from idp.services import ModeleDeGroupes, Service

ACCESS_TOKEN_LIFETIME_MAX_S = 3600
SERVICE_CODE_MAX_CHARS = 40
DECLINAISONS = {ModeleDeGroupes.PROFIL: "profils", ModeleDeGroupes.ROLE: "roles"}
DECLINAISON = re.compile(r"[a-z0-9][a-z0-9-]{0,19}")


class Programs(Protocol):
    """Clients that another part of the product registers, which act for themselves only."""

    def find(self, client_id: str) -> RelyingParty | None:
        """The client of that identifier, while it may act."""


@dataclass(frozen=True, slots=True)
class Registry:
    """Every service and every client."""

    services: Mapping[str, Service]
    clients: Mapping[str, RelyingParty]
    registered: RegisteredClients | None = None
    """Those that registered themselves; None when nobody may."""
    programs: Programs | None = None
    """Those of partners (``idp/scim``)."""

    def client(self, client_id: str) -> RelyingParty | None:
        """The client of that identifier, which may be any text that a stranger sent."""
        if "\0" in client_id:
            return None  # PostgreSQL refuses to look for it
        client = self.clients.get(client_id)
        if client is None and self.programs is not None:
            client = self.programs.find(client_id)
        if client is None and self.registered is not None:
            client = self.registered.find(client_id)
        return client

    def forget(self, client_id: str) -> None:
        """The registration of this client has just changed."""
        if self.registered is not None:
            self.registered.forget(client_id)


def registry() -> Registry:
    """The one of the current application."""
    return cast(Registry, current_app.extensions["relying_parties"])


def load(path: Path, key_ring: KeyRing) -> Registry:
    """Read and check the file; raises ``ConfigurationError`` with every problem at once."""
    problems: list[str] = []
    file = Entry(path.name, read_mapping(path, problems), problems)
    services = {
        code: _service(Entry(f"{path.name}: services.{code}", data, problems), code)
        for code, data in file.mapping("services").items()
    }
    clients: dict[str, RelyingParty] = {}
    for rank, data in enumerate(file.sequence("relying_parties")):
        name = data.get("client_id", rank) if isinstance(data, dict) else rank
        entry = Entry(f"{path.name}: relying_parties[{name}]", data, problems)
        client = _relying_party(entry, services)
        if client.client_id and client.client_id in clients:
            entry.complain("this client_id is written twice", "client_id")
        clients[client.client_id] = client
    file.nothing_else()
    problems += _without_key(clients, key_ring, path.name)
    if problems:
        raise ConfigurationError(problems)
    return Registry(services, clients)


def _service(entry: Entry, code: str) -> Service:
    if not CLIENT_ID.fullmatch(code) or len(code) > SERVICE_CODE_MAX_CHARS:
        entry.complain(f"a code has letters, digits and hyphens, {SERVICE_CODE_MAX_CHARS} at most")
    service = Service(
        code=code,
        nom=entry.text("nom"),
        description=entry.text("description"),
        url=entry.text("url", uri_problem),
        groupes=entry.choice(
            "groupes", ModeleDeGroupes, default=ModeleDeGroupes.TYPE_LOGEMENT_ZONE
        ),
        contact=entry.optional_text("contact"),
    )
    declinaisons = {
        modele: _declinaisons(entry, modele, wanted=service.groupes is modele)
        for modele in DECLINAISONS
    }
    entry.nothing_else()
    return replace(service, declinaisons=declinaisons.get(service.groupes, {}))


def _declinaisons(entry: Entry, modele: ModeleDeGroupes, *, wanted: bool) -> dict[str, str]:
    """The profils or roles of a service, by their codes: those of its groups, which it reads itself."""
    field = DECLINAISONS[modele]
    named = entry.mapping(field)
    # Profils were once not said here: a service without any is read, and opens no contract.
    if wanted and not named and modele is ModeleDeGroupes.ROLE:
        entry.complain("is required: the groups of this service are made from them", field)
    if named and not wanted:
        entry.complain(f"is of services whose groupes are « {modele} »", field)
    names = Entry(f"{entry.where}.{field}", dict(named), entry.problems)
    for code in named:
        if not DECLINAISON.fullmatch(code):
            names.complain("a code has small letters, digits and hyphens, 20 at most", code)
    return {code: names.text(code) for code in named}


def _relying_party(entry: Entry, services: Mapping[str, Service]) -> RelyingParty:
    code = entry.text("service")
    if code and code not in services:
        entry.complain(f"{code} is not one of the services of this file", "service")
    client = RelyingParty(
        client_id=entry.text("client_id", _client_id_problem),
        client_name=entry.text("client_name"),
        service=services.get(code),
        scope=_scope(entry),
        audience=entry.optional_text("audience", uri_problem),
        resources=entry.texts("resources", uri_problem),
        habilitation_required=entry.flag("habilitation_required", default=False),
        require_pkce=entry.flag("require_pkce", default=True),
        access_token_lifetime=timedelta(
            seconds=entry.whole_number(
                "access_token_lifetime_s",
                default=ACCESS_TOKEN_LIFETIME_S,
                low=60,
                high=ACCESS_TOKEN_LIFETIME_MAX_S,
            )
        ),
        **of_itself(entry, on_localhost=True),
    )
    if client.public and not client.require_pkce:
        entry.complain("a public client cannot do without (RFC 9700, 2.1.1)", "require_pkce")
    if Scope.OFFLINE_ACCESS in client.scope and not client.check_grant_type(
        GrantType.REFRESH_TOKEN
    ):
        entry.complain("offline_access is of clients whose grant_types have refresh_token", "scope")
    entry.nothing_else()
    return client


def _client_id_problem(client_id: str) -> str | None:
    if CLIENT_ID.fullmatch(client_id):
        return None
    return "2 to 80 letters, digits, hyphens or underscores, the first a letter or a digit"


def _scope(entry: Entry) -> frozenset[Scope]:
    words = entry.text("scope").split()
    unknown = [word for word in words if word not in set(Scope)]
    if unknown:
        entry.complain(f"{', '.join(unknown)}: not among {', '.join(Scope)}", "scope")
    if words and Scope.OPENID not in words:
        entry.complain("openid is required", "scope")
    return frozenset(Scope(word) for word in words if word not in unknown)


def _without_key(clients: Mapping[str, RelyingParty], key_ring: KeyRing, name: str) -> list[str]:
    # Access tokens are always signed with RS256, which every resource server must know (RFC 9068 §2.1).
    needed = {client.id_token_signed_response_alg for client in clients.values()}
    problems = []
    for algorithm in sorted(needed | {Algorithm.RS256}) if clients else ():
        try:
            key_ring.signing_key(algorithm)
        except ConfigurationError as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
    return problems
