"""The registered services and their relying parties: ``relying_parties.yaml``, read whole at boot.

A mistake in it is said at boot, never discovered by a person who signs in. No secret is written there: digests
are kept by ``client_secrets.py``. Metadata have the names of OpenID Connect Dynamic Client Registration 1.0 §2:
https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app

from idp.config import is_loopback
from idp.errors import ConfigurationError
from idp.keys import Algorithm, KeyRing
from idp.oidc.client_secrets import CLIENT_ID
from idp.oidc.scopes import Scope
from idp.oidc.yaml_entries import Entry, read_mapping
from idp.services import ModeleDeGroupes, Service

GRANT_TYPES = ("authorization_code",)
ACCESS_TOKEN_LIFETIME_S = 300
ACCESS_TOKEN_LIFETIME_MAX_S = 3600
SERVICE_CODE_MAX_CHARS = 40


class ClientAuthMethod(StrEnum):
    """How a client proves who it is at the token endpoint (OpenID Connect Core §9)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """One client, with what it may ask."""

    client_id: str
    client_name: str
    service: Service
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    initiate_login_uri: str | None
    token_endpoint_auth_method: ClientAuthMethod
    id_token_signed_response_alg: Algorithm
    scope: frozenset[Scope]
    audience: str | None
    """Identifier of its API: the ``aud`` of its access tokens (RFC 9068 §2.2)."""
    habilitation_required: bool
    require_pkce: bool
    access_token_lifetime: timedelta

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use that grant (a question of Authlib)."""
        return grant_type in GRANT_TYPES

    def get_allowed_scope(self, scope: str) -> str:
        """The scope as it was granted: it was cut to the client's when it was asked (a question of Authlib)."""
        return scope

    @property
    def origins(self) -> frozenset[str]:
        """Where our forms may lead a browser (Content-Security-Policy, form-action)."""
        uris = (*self.redirect_uris, *self.post_logout_redirect_uris)
        return frozenset("{0.scheme}://{0.netloc}".format(urlsplit(uri)) for uri in uris)


@dataclass(frozen=True, slots=True)
class Registry:
    """Every service and every client, in memory."""

    services: Mapping[str, Service]
    clients: Mapping[str, RelyingParty]

    def client(self, client_id: str) -> RelyingParty | None:
        """The client of that identifier."""
        return self.clients.get(client_id)


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
    entry.nothing_else()
    return service


def _relying_party(entry: Entry, services: Mapping[str, Service]) -> RelyingParty:
    code = entry.text("service")
    if code and code not in services:
        entry.complain(f"{code} is not one of the services of this file", "service")
    client = RelyingParty(
        client_id=entry.text("client_id", _client_id_problem),
        client_name=entry.text("client_name"),
        service=services.get(code) or _UNKNOWN,
        redirect_uris=entry.texts("redirect_uris", uri_problem),
        post_logout_redirect_uris=entry.texts("post_logout_redirect_uris", uri_problem),
        initiate_login_uri=entry.optional_text("initiate_login_uri", uri_problem),
        token_endpoint_auth_method=entry.choice(
            "token_endpoint_auth_method", ClientAuthMethod, default=ClientAuthMethod.BASIC
        ),
        id_token_signed_response_alg=entry.choice(
            "id_token_signed_response_alg", Algorithm, default=Algorithm.RS256
        ),
        scope=_scope(entry),
        audience=entry.optional_text("audience", uri_problem),
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
    )
    if not client.redirect_uris:
        entry.complain("at least one is required", "redirect_uris")
    entry.nothing_else()
    return client


# Stands for a service that the file does not have, so that the rest of the entry is still checked.
_UNKNOWN = Service("", "", "", "", ModeleDeGroupes.TYPE_LOGEMENT_ZONE)


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


def uri_problem(uri: str) -> str | None:
    """Why we would not send a browser there; None when we would (RFC 9700 §2.1, RFC 8252 §7.3 for loopback)."""
    if not uri.isascii() or not uri.isprintable() or " " in uri or "\\" in uri:
        return "printable ASCII without spaces is expected; percent-encode the rest"
    if "*" in uri:
        return "no wildcard: addresses are compared character by character"
    if "#" in uri:
        return "no fragment (RFC 6749, 3.1.2)"
    try:
        parts = urlsplit(uri)
        _port = parts.port
    except ValueError:
        return "not a valid address"
    if not parts.hostname or "@" in parts.netloc:
        return "an absolute https address without user name is expected"
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname)):
        return None
    return "https is required, or http on localhost"


def _without_key(clients: Mapping[str, Any], key_ring: KeyRing, name: str) -> list[str]:
    # Access tokens are always signed with RS256, which every resource server must know (RFC 9068 §2.1).
    needed = {client.id_token_signed_response_alg for client in clients.values()}
    problems = []
    for algorithm in sorted(needed | {Algorithm.RS256}) if clients else ():
        try:
            key_ring.signing_key(algorithm)
        except ConfigurationError as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
    return problems
