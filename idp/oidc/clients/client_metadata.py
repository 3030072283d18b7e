"""What a client says of itself, whoever wrote it: the service team in a file, or the client in a registration.

Names are those of OpenID Connect Dynamic Client Registration 1.0 §2, of the logout specifications, RFC 7591 §2 and
RFC 9701 §6: https://openid.net/specs/openid-connect-registration-1_0.html#ClientMetadata
What only the Caf may say of a service (its habilitations, its API) is in ``relying_parties.py``.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from idp.config import is_loopback
from idp.keys import RSA_BITS, Algorithm
from idp.oidc.clients.entries import Entry
from idp.oidc.scopes import Scope, ServiceScope
from idp.services import Service

ACCESS_TOKEN_LIFETIME_S = 300
RESPONSE_TYPE = "code"
"""RFC 9700 §2.1.2: no token ever travels through the browser."""
MAX_AGE_S = 10 * 365 * 86_400


class GrantType(StrEnum):
    """What a client may exchange for tokens (RFC 7591 §2)."""

    AUTHORIZATION_CODE = "authorization_code"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a grant type
    CLIENT_CREDENTIALS = "client_credentials"


class ClientAuthMethod(StrEnum):
    """How a client proves who it is at the token endpoint (OpenID Connect Core §9)."""

    BASIC = "client_secret_basic"
    POST = "client_secret_post"
    PRIVATE_KEY_JWT = "private_key_jwt"
    NONE = "none"


class SubjectType(StrEnum):
    """Whether two clients are told the same ``sub`` of a person (Core §8)."""

    PUBLIC = "public"
    PAIRWISE = "pairwise"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """One client, with what it may ask."""

    client_id: str
    client_name: str
    redirect_uris: tuple[str, ...]
    scope: frozenset[Scope]
    service_scope: frozenset[ServiceScope] = frozenset()
    """What it may be allowed when it acts for itself."""
    service: Service | None = None
    """The service of the Caf that it is a part of; None for a client that registered itself."""
    first_party: bool = True
    """Partners were told in the conditions d'utilisation what the Caf's services receive: no consent is asked."""
    grant_types: tuple[GrantType, ...] = (GrantType.AUTHORIZATION_CODE,)
    post_logout_redirect_uris: tuple[str, ...] = ()
    initiate_login_uri: str | None = None
    token_endpoint_auth_method: ClientAuthMethod = ClientAuthMethod.BASIC
    token_endpoint_auth_signing_alg: Algorithm | None = None
    """None: any of ours."""
    jwks: dict[str, Any] | None = None
    jwks_uri: str | None = None
    subject_type: SubjectType = SubjectType.PUBLIC
    sector_identifier_uri: str | None = None
    id_token_signed_response_alg: Algorithm = Algorithm.RS256
    userinfo_signed_response_alg: Algorithm | None = None
    """None: the answer is plain JSON."""
    introspection_signed_response_alg: Algorithm = Algorithm.RS256
    default_max_age: timedelta | None = None
    require_auth_time: bool = False
    """Kept to be told again (RFC 7591 §3.2.1): ``auth_time`` is in every ID token."""
    default_acr_values: tuple[str, ...] = ()
    """A voluntary level, like ``acr_values`` (Core §5.5.1.1)."""
    backchannel_logout_uri: str | None = None
    backchannel_logout_session_required: bool = False
    """Kept to be told again, like its neighbour: ``sid`` is in every logout, by either channel."""
    frontchannel_logout_uri: str | None = None
    frontchannel_logout_session_required: bool = False
    logo_uri: str | None = None
    client_uri: str | None = None
    policy_uri: str | None = None
    tos_uri: str | None = None
    contacts: tuple[str, ...] = ()
    """Whom an operator may write to; never shown to people."""
    audience: str | None = None
    """Identifier of its API: the ``aud`` of its access tokens (RFC 9068 §2.2)."""
    resources: tuple[str, ...] = ()
    """Other APIs that it may ask tokens for (RFC 8707)."""
    habilitation_required: bool = False
    require_pkce: bool = True
    access_token_lifetime: timedelta = timedelta(seconds=ACCESS_TOKEN_LIFETIME_S)
    secret_digest: str | None = field(default=None, repr=False)
    """Of a client that registered itself; those of the others are files (``client_secrets.py``)."""

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use that grant (a question of Authlib)."""
        return grant_type in self.grant_types

    def get_allowed_scope(self, scope: str | None) -> str:
        """The scope as it was granted: it was cut to the client's when it was asked (a question of Authlib)."""
        return scope or ""

    @property
    def public(self) -> bool:
        """Whether it can keep no secret (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method is ClientAuthMethod.NONE

    @property
    def has_secret(self) -> bool:
        """Whether it proves who it is by a secret that we drew."""
        return self.token_endpoint_auth_method in {ClientAuthMethod.BASIC, ClientAuthMethod.POST}

    @property
    def nom(self) -> str:
        """How people know it."""
        return self.service.nom if self.service else self.client_name

    @property
    def service_code(self) -> str:
        """Of the service whose habilitations it is told; empty when of none."""
        return self.service.code if self.service else ""

    @property
    def sector(self) -> str:
        """The host for which a pairwise ``sub`` is computed (Core §8.1)."""
        uri = self.sector_identifier_uri or next(iter(self.redirect_uris), "")
        return urlsplit(uri).hostname or ""

    @property
    def origins(self) -> frozenset[str]:
        """Where our forms may lead a browser (Content-Security-Policy, form-action)."""
        uris = (*self.redirect_uris, *self.post_logout_redirect_uris)
        return frozenset("{0.scheme}://{0.netloc}".format(urlsplit(uri)) for uri in uris)


def of_itself(entry: Entry, *, on_localhost: bool) -> dict[str, Any]:
    """The fields of ``RelyingParty`` that a client may say of itself, each checked alone and with the others.

    ``on_localhost`` says whether its servers may be on this machine, as those of a demonstration.
    """
    problem = uri_problem if on_localhost else https_problem
    uris: dict[str, Any] = {name: entry.optional_text(name, problem) for name in _URIS}
    fields = {
        **uris,
        **_of_tokens(entry),
        "redirect_uris": entry.texts("redirect_uris", uri_problem),
        "post_logout_redirect_uris": entry.texts("post_logout_redirect_uris", uri_problem),
        "default_max_age": _seconds(
            entry.optional_number("default_max_age", low=0, high=MAX_AGE_S)
        ),
        "require_auth_time": entry.flag("require_auth_time", default=False),
        "default_acr_values": entry.texts("default_acr_values"),
        "contacts": entry.texts("contacts"),
        "jwks": _jwks(entry),
    }
    for channel in ("backchannel", "frontchannel"):
        name = f"{channel}_logout_session_required"
        fields[name] = entry.flag(name, default=False)
    entry.choices("response_types", (RESPONSE_TYPE,), (RESPONSE_TYPE,))
    _check_together(entry, fields)
    return fields


_URIS = (
    *("jwks_uri", "sector_identifier_uri", "initiate_login_uri"),
    *("backchannel_logout_uri", "frontchannel_logout_uri"),
    *("logo_uri", "client_uri", "policy_uri", "tos_uri"),
)


def as_metadata(client: RelyingParty) -> dict[str, Any]:
    """What the client said, with the defaults that it was given, as RFC 7591 §3.2.1 tells it; JSON values."""
    said = {name: _plain(getattr(client, name)) for name in _SAID}
    return {
        **{name: value for name, value in said.items() if value not in (None, [], "")},
        "scope": " ".join(scope for scope in Scope if scope in client.scope),
        "response_types": [RESPONSE_TYPE],
    }


_SAID = (
    *("client_name", "redirect_uris", "post_logout_redirect_uris", "grant_types"),
    *("token_endpoint_auth_method", "token_endpoint_auth_signing_alg", "jwks", "subject_type"),
    *("id_token_signed_response_alg", "userinfo_signed_response_alg"),
    *("introspection_signed_response_alg", "default_max_age", "require_auth_time"),
    *("default_acr_values", "contacts", *_URIS),
    *("backchannel_logout_session_required", "frontchannel_logout_session_required"),
)


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    return list(value) if isinstance(value, tuple) else value


def _of_tokens(entry: Entry) -> dict[str, Any]:
    return {
        "grant_types": entry.choices("grant_types", GrantType, (GrantType.AUTHORIZATION_CODE,)),
        "token_endpoint_auth_method": entry.choice(
            "token_endpoint_auth_method", ClientAuthMethod, default=ClientAuthMethod.BASIC
        ),
        "token_endpoint_auth_signing_alg": entry.optional_choice(
            "token_endpoint_auth_signing_alg", Algorithm
        ),
        "subject_type": entry.choice("subject_type", SubjectType, default=SubjectType.PUBLIC),
        "id_token_signed_response_alg": entry.choice(
            "id_token_signed_response_alg", Algorithm, default=Algorithm.RS256
        ),
        "userinfo_signed_response_alg": entry.optional_choice(
            "userinfo_signed_response_alg", Algorithm
        ),
        "introspection_signed_response_alg": entry.choice(
            "introspection_signed_response_alg", Algorithm, default=Algorithm.RS256
        ),
    }


def _seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)


def _jwks(entry: Entry) -> dict[str, Any] | None:
    jwks = dict(entry.mapping("jwks"))
    if not jwks:
        return None
    problem = jwks_problem(jwks)
    if problem:
        entry.complain(problem, "jwks")
    return jwks


def jwks_problem(jwks: object) -> str | None:
    """Why this is not a set of public keys (RFC 7517 §5); None when it is."""
    if not isinstance(jwks, dict) or not isinstance(jwks.get("keys"), list) or not jwks["keys"]:
        return "a JWK Set with at least one key is expected"
    members = jwks["keys"]
    if any(not isinstance(key, dict) or key.get("kty") == "oct" or "d" in key for key in members):
        return "only public keys belong in it"
    try:
        keys = KeySet.import_key_set({"keys": members}).keys
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return "not a valid JWK Set"
    if any(isinstance(key, RSAKey) and key.raw_value.key_size < RSA_BITS for key in keys):
        return f"an RSA key has at least {RSA_BITS} bits"
    return None


def _check_together(entry: Entry, fields: dict[str, Any]) -> None:
    method = fields["token_endpoint_auth_method"]
    if fields["jwks"] and fields["jwks_uri"]:
        entry.complain("jwks and jwks_uri must not be used together", "jwks")
    if method is ClientAuthMethod.PRIVATE_KEY_JWT and not (fields["jwks"] or fields["jwks_uri"]):
        entry.complain("private_key_jwt needs jwks or jwks_uri", "token_endpoint_auth_method")
    if method is ClientAuthMethod.NONE and GrantType.CLIENT_CREDENTIALS in fields["grant_types"]:
        entry.complain("client_credentials is for confidential clients", "grant_types")
    if GrantType.AUTHORIZATION_CODE in fields["grant_types"] and not fields["redirect_uris"]:
        entry.complain("at least one is required", "redirect_uris")
    valid = [uri for uri in fields["redirect_uris"] if uri_problem(uri) is None]
    hosts = {urlsplit(uri).hostname for uri in valid}
    pairwise = fields["subject_type"] is SubjectType.PAIRWISE
    if pairwise and len(hosts) > 1 and not fields["sector_identifier_uri"]:
        # Core §8.1: which of the hosts would decide?
        entry.complain("is required with redirect_uris on several hosts", "sector_identifier_uri")


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


def https_problem(uri: str) -> str | None:
    """The same for an address that cannot be on this machine."""
    return uri_problem(uri) or (None if uri.startswith("https:") else "https is required")
