"""Authlib's authorization server, told where our clients, requests and tokens are.

Authlib runs the token endpoint: which grant, in which order, with which extension, and how an error becomes an
answer. The authorization endpoint is ours (``docs/decisions/0003-authlib.md``).
"""

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from flask import Flask

from idp import clock
from idp.extensions import ground
from idp.oidc import addresses
from idp.oidc.authorization.pkce import S256
from idp.oidc.clients import client_errors
from idp.oidc.clients.client_authentication import Clients
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.clients.client_secrets import ClientSecrets
from idp.oidc.clients.relying_parties import Registry
from idp.oidc.parameters import Parameters
from idp.oidc.tokens import access_token
from idp.oidc.tokens.grants.authorization_code import AuthorizationCodeGrant, WithIdToken
from idp.oidc.tokens.grants.client_credentials import ClientCredentialsGrant
from idp.oidc.tokens.grants.holder import ForItself, Holder
from idp.oidc.tokens.grants.refresh_token import RefreshTokenGrant


class ServerRequest(OAuth2Request):
    """A request from a client's server, made of parameters that were already parsed strictly."""

    def __init__(self, parameters: Parameters, authorization: str | None, uri: str) -> None:
        super().__init__("POST", uri)
        self.payload = BasicOAuth2Payload(parameters.values)
        self.parameters = parameters
        self.authorization = authorization

    @property
    def form(self) -> dict[str, str]:
        """The body."""
        return self.parameters.values


class Provider(AuthorizationServer):
    """The engine of the token endpoint."""

    def __init__(self, app: Flask, registry: Registry) -> None:
        settings = ground(app).settings
        self.clients = Clients(registry, ClientSecrets(settings.keys_dir), settings.issuer)
        super().__init__(app, registry.client)
        generator = BearerTokenGenerator(_access_token, _refresh_token, expires_generator=_lifetime)
        self.register_token_generator("default", generator)
        self.register_grant(AuthorizationCodeGrant, [S256(), WithIdToken()])
        self.register_grant(RefreshTokenGrant, [WithIdToken()])
        self.register_grant(ClientCredentialsGrant)

    def generate_token(
        self, *, user: Holder | ForItself | None = None, **asked: Any
    ) -> dict[str, Any]:
        """A refresh token is told when there is one, whatever the grant would say."""
        asked["include_refresh_token"] = bool(user and user.refresh_token)
        if isinstance(user, Holder):
            asked["expires_in"] = _expires_in(asked["client"], user)
        token: dict[str, Any] = super().generate_token(user=user, **asked)
        return token

    def create_oauth2_request(self, request: ServerRequest) -> ServerRequest:
        """Ours, as it was parsed: Authlib's would mix the query and the body."""
        return request

    def handle_error_response(self, request: ServerRequest | None, error: OAuth2Error) -> Any:
        """The error as RFC 6749 §5.2 writes it, which is kept for the integrator."""
        client_errors.note_of_server(error, request.parameters if request else None)
        return super().handle_error_response(request, error)

    def authenticate_client(
        self, request: ServerRequest, methods: list[str], endpoint: str = "token"
    ) -> RelyingParty:
        """The client of the request; raises ``invalid_client``."""
        return self.clients.authenticate(request.authorization, request.parameters, clock.now())


def _access_token(
    *, user: Holder | ForItself, client: RelyingParty, scope: str, **_asked: Any
) -> str:
    place = ground()
    if isinstance(user, ForItself):
        return access_token.encode_for_service(
            client,
            user.resources,
            scope,
            issuer=place.settings.issuer,
            key_ring=place.key_ring,
            now=clock.now(),
        )
    return access_token.encode(
        user.grant,
        user.subject,
        client,
        issuer=place.settings.issuer,
        userinfo_endpoint=place.settings.issuer + addresses.USERINFO,
        key_ring=place.key_ring,
        now=clock.now(),
    )


def _refresh_token(*, user: Holder | ForItself, **_asked: Any) -> str | None:
    return user.refresh_token


def _lifetime(client: RelyingParty, _grant_type: str) -> int:
    return int(client.access_token_lifetime.total_seconds())


def _expires_in(client: RelyingParty, user: Holder) -> int:
    now = clock.now()
    left = access_token.expiry(client, user.subject, now) - now
    return max(1, int(left.total_seconds()))
