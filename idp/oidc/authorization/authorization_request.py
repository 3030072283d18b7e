"""An authorization request, read and checked before anybody is asked anything.

OpenID Connect Core §3.1.2.1 and §3.1.2.2, RFC 6749 §4.1.1, RFC 9700 §2.1. Two parts: what must hold before the
client can be answered at all, and the list of checks whose errors the client is told.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError, OAuth2Error
from authlib.oidc.core.errors import (
    RegistrationNotSupportedError,
    RequestNotSupportedError,
    RequestURINotSupportedError,
)

from idp.oidc import claims_request, scopes
from idp.oidc.authorization import pkce
from idp.oidc.authorization.interaction import Prompt
from idp.oidc.authorization.responses import Destination, ResponseMode
from idp.oidc.claims_request import NOTHING, ClaimsRequest, MalformedClaims
from idp.oidc.clients.client_metadata import RESPONSE_TYPE, RelyingParty
from idp.oidc.clients.relying_parties import Registry
from idp.oidc.models import NONCE_MAX_CHARS
from idp.oidc.parameters import Parameters
from idp.oidc.scopes import Scope
from idp.oidc.tokens import resources

_SECONDS = re.compile(r"[0-9]{1,9}")


class Unanswerable(Exception):
    """The client or its address cannot be trusted: the person gets a page, nobody is redirected.

    ``error`` and the message, in English, are for the integrator; ``received`` is the value at fault.
    """

    def __init__(self, error: str, message: str, received: str | None = None) -> None:
        super().__init__(message)
        self.error = error
        self.received = received


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request that holds."""

    destination: Destination
    parameters: Parameters
    scope: tuple[Scope, ...]
    prompt: frozenset[Prompt]
    max_age: timedelta | None
    nonce: str | None
    code_challenge: str | None
    id_token_hint: str | None
    organisme_hint: str | None
    resources: list[str]
    claims: ClaimsRequest
    voluntary_acr: tuple[str, ...]
    """Levels of which one would be better (OpenID Connect Core §3.1.2.1 ``acr_values``)."""

    @property
    def client(self) -> RelyingParty:
        """Who asks."""
        return self.destination.client

    @property
    def needed(self) -> tuple[Scope, ...]:
        """What a person is to agree to: the scopes, and those that open the claims asked one by one."""
        names = {*self.claims.userinfo, *self.claims.id_token}
        return tuple(
            one
            for one in Scope
            if one in self.scope
            or (one in self.client.scope and claims_request.opened_by(one, names))
        )


def destination_of(parameters: Parameters, registry: Registry) -> Destination:
    """Where to answer; raises ``Unanswerable`` (RFC 6749 §4.1.2.1, RFC 9700 §4.1.3: exact comparison)."""
    for name in ("client_id", "redirect_uri"):
        if name in parameters.repeated:
            raise Unanswerable("invalid_request", f"{name} is included more than once")
    client_id = parameters.get("client_id")
    if client_id is None:
        raise Unanswerable("invalid_request", "client_id is missing")
    client = registry.client(client_id)
    if client is None:
        raise Unanswerable("invalid_client", "client_id is not registered", client_id)
    redirect_uri = parameters.get("redirect_uri")
    if redirect_uri is None:
        raise Unanswerable("invalid_request", "redirect_uri is missing")
    if redirect_uri not in client.redirect_uris:
        raise Unanswerable(
            "invalid_request",
            "redirect_uri is not, character for character, a registered one",
            redirect_uri,
        )
    mode = parameters.get("response_mode")
    return Destination(
        client,
        redirect_uri,
        parameters.get("state"),
        ResponseMode(mode) if mode in set(ResponseMode) else ResponseMode.QUERY,
    )


def read(parameters: Parameters, destination: Destination) -> AuthorizationRequest:
    """The request, once every check of ``CHECKS`` passed; raises the first ``OAuth2Error``."""
    for check in CHECKS:
        check(parameters, destination.client)
    return AuthorizationRequest(
        destination=destination,
        parameters=parameters,
        scope=scopes.granted(parameters.get("scope") or "", destination.client.scope),
        prompt=frozenset(Prompt(value) for value in _prompt(parameters)),
        max_age=_max_age(parameters, destination.client),
        nonce=parameters.get("nonce"),
        code_challenge=parameters.get("code_challenge"),
        id_token_hint=parameters.get("id_token_hint"),
        organisme_hint=parameters.get("organisme_hint"),
        resources=resources.checked(parameters.resources, resources.allowed(destination.client)),
        claims=_claims(parameters),
        voluntary_acr=_voluntary_acr(parameters, destination.client),
    )


def _prompt(parameters: Parameters) -> list[str]:
    return (parameters.get("prompt") or "").split()


def _max_age(parameters: Parameters, client: RelyingParty) -> timedelta | None:
    # Registration §2: default_max_age is overridden by the request.
    max_age = parameters.get("max_age")
    return timedelta(seconds=int(max_age)) if max_age else client.default_max_age


def _voluntary_acr(parameters: Parameters, client: RelyingParty) -> tuple[str, ...]:
    # Registration §2: default_acr_values is overridden by the request.
    asked = tuple((parameters.get("acr_values") or "").split())
    return asked or _claims(parameters).voluntary_acr or client.default_acr_values


def _claims(parameters: Parameters) -> ClaimsRequest:
    claims = parameters.get("claims")
    return claims_request.parse(claims) if claims else NOTHING


def nothing_is_repeated(parameters: Parameters, _client: RelyingParty) -> None:
    """RFC 6749 §3.1."""
    if parameters.repeated:
        raise InvalidRequestError("A parameter is included more than once.")


def no_request_object(parameters: Parameters, _client: RelyingParty) -> None:
    """Core §6.1, §6.2 and §7.2.1: refused by name rather than ignored, since it may hold other values."""
    if parameters.get("request"):
        raise RequestNotSupportedError("The request parameter is not supported.")
    if parameters.get("request_uri"):
        raise RequestURINotSupportedError("The request_uri parameter is not supported.")
    if parameters.get("registration"):
        raise RegistrationNotSupportedError("The registration parameter is not supported.")


def response_type_is_code(parameters: Parameters, _client: RelyingParty) -> None:
    """RFC 9700 §2.1.2: no token ever travels through the browser."""
    response_type = parameters.get("response_type")
    if response_type is None:
        raise InvalidRequestError("response_type is missing.")
    if response_type != RESPONSE_TYPE:
        raise OAuth2Error("response_type must be code.", error="unsupported_response_type")


def response_mode_is_known(parameters: Parameters, _client: RelyingParty) -> None:
    """OAuth 2.0 Multiple Response Type Encoding Practices §2.1."""
    mode = parameters.get("response_mode")
    if mode is not None and mode not in set(ResponseMode):
        raise InvalidRequestError("response_mode must be query or form_post.")


def scope_opens_something(parameters: Parameters, client: RelyingParty) -> None:
    """Core §3.1.2.1: unknown values are ignored; one that the client may have must remain."""
    if not scopes.granted(parameters.get("scope") or "", client.scope):
        raise InvalidScopeError("scope has no value that this client may ask for.")


def prompt_is_understood(parameters: Parameters, _client: RelyingParty) -> None:
    """Core §3.1.2.1: ``none`` stands alone; a value that we would not honour is not ignored."""
    prompt = _prompt(parameters)
    if any(value not in set(Prompt) for value in prompt):
        raise InvalidRequestError("prompt has an unknown value.")
    if Prompt.NONE in prompt and len(prompt) > 1:
        raise InvalidRequestError("prompt none must be alone.")


def max_age_is_in_seconds(parameters: Parameters, _client: RelyingParty) -> None:
    """Core §3.1.2.1."""
    max_age = parameters.get("max_age")
    if max_age is not None and not _SECONDS.fullmatch(max_age):
        raise InvalidRequestError("max_age must be a whole number of seconds.")


def claims_are_readable(parameters: Parameters, _client: RelyingParty) -> None:
    """Core §5.5."""
    try:
        _claims(parameters)
    except MalformedClaims as error:
        raise InvalidRequestError(f"{error}.") from error


def nonce_fits(parameters: Parameters, _client: RelyingParty) -> None:
    """A nonce comes back whole, or not at all."""
    if len(parameters.get("nonce") or "") > NONCE_MAX_CHARS:
        raise InvalidRequestError(f"nonce is longer than {NONCE_MAX_CHARS} characters.")


def pkce_is_s256(parameters: Parameters, client: RelyingParty) -> None:
    """RFC 7636 §4.3 and §4.4.1: an absent method means ``plain``, which is refused."""
    challenge = parameters.get("code_challenge")
    method = parameters.get("code_challenge_method")
    if challenge is None and method is None and not client.require_pkce:
        return
    if challenge is None:
        raise InvalidRequestError("code_challenge is required.")
    if method != pkce.METHOD:
        raise InvalidRequestError("code_challenge_method must be S256.")
    if not pkce.is_challenge(challenge):
        raise InvalidRequestError("code_challenge is not the base64url of a SHA-256.")


CHECKS: tuple[Callable[[Parameters, RelyingParty], None], ...] = (
    nothing_is_repeated,
    no_request_object,
    response_type_is_code,
    response_mode_is_known,
    scope_opens_something,
    prompt_is_understood,
    max_age_is_in_seconds,
    claims_are_readable,
    nonce_fits,
    pkce_is_s256,
)
