"""How a client proves who it is: a secret by HTTP Basic or in the body, a signed assertion, or not at all.

RFC 6749 §2.3.1: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 ; OpenID Connect Core §9. A client uses the
one method it registered; ``none`` is for clients that can keep no secret, whose codes are bound by PKCE. Authlib's
own functions compare texts, and fail with a TypeError on a secret that is not ASCII.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from idp import crypto
from idp.oidc import addresses
from idp.oidc.clients import client_assertions
from idp.oidc.clients.client_assertions import Assertion
from idp.oidc.clients.client_keys import ClientKeys
from idp.oidc.clients.client_metadata import ClientAuthMethod, RelyingParty
from idp.oidc.clients.client_secrets import ClientSecrets
from idp.oidc.clients.relying_parties import Registry
from idp.oidc.parameters import Parameters


class ClientRefused(InvalidClientError):
    """401 whatever the method; one description, so that nothing tells which clients exist."""

    status_code = 401

    def __init__(self) -> None:
        super().__init__("Client authentication failed.")

    def get_headers(self) -> list[tuple[str, str]]:
        """The challenge of RFC 7617 §2, which wants a realm."""
        headers: list[tuple[str, str]] = super(InvalidClientError, self).get_headers()
        return [*headers, ("WWW-Authenticate", 'Basic realm="oidc", charset="UTF-8"')]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was presented, and how; a secret or an assertion according to the method."""

    method: ClientAuthMethod
    client_id: str
    secret: str = ""
    assertion: Assertion | None = None


class Clients:
    """Who the clients are, and what proves it."""

    def __init__(self, registry: Registry, secrets: ClientSecrets, issuer: str) -> None:
        self._registry = registry
        self._secrets = secrets
        self._keys = ClientKeys()
        # Core §9 says the token endpoint, later texts the issuer: both are this server.
        self._audiences = (issuer, issuer + addresses.TOKEN)

    def authenticate(
        self, authorization: str | None, parameters: Parameters, now: datetime
    ) -> RelyingParty:
        """The client; raises ``invalid_client``, or ``invalid_request`` when two methods are used at once."""
        presented = _presented(authorization, parameters)
        client = self._registry.client(presented.client_id)
        proven = self._proven(client, presented, now)
        if client is None or not proven:
            raise ClientRefused
        if presented.method is not client.token_endpoint_auth_method:
            raise ClientRefused
        return client

    def _proven(self, client: RelyingParty | None, presented: Credentials, now: datetime) -> bool:
        if presented.assertion is not None:
            return client is not None and client_assertions.verify(
                presented.assertion, client, self._keys, self._audiences, now
            )
        if presented.method is ClientAuthMethod.NONE:
            return client is not None
        if client is not None and client.secret_digest is not None:
            return crypto.same(crypto.digest(presented.secret), client.secret_digest)
        return self._secrets.accept(presented.client_id if client else "", presented.secret)


def _presented(authorization: str | None, parameters: Parameters) -> Credentials:
    client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
    assertion = parameters.get("client_assertion")
    if sum(proof is not None for proof in (authorization, secret, assertion)) > 1:
        # RFC 6749 §2.3: not more than one method in a request.
        raise InvalidRequestError("The client used two authentication methods.")
    if authorization is not None:
        presented = _basic(authorization)
    elif assertion is not None:
        presented = _asserted(assertion, parameters.get("client_assertion_type"))
    elif client_id is None:
        raise ClientRefused
    elif secret is not None:
        presented = Credentials(ClientAuthMethod.POST, client_id, secret)
    else:
        presented = Credentials(ClientAuthMethod.NONE, client_id)
    if client_id not in (None, presented.client_id):
        raise ClientRefused
    return presented


def _asserted(assertion: str, kind: str | None) -> Credentials:
    read = client_assertions.read(assertion) if kind == client_assertions.TYPE else None
    if read is None:
        raise ClientRefused
    return Credentials(ClientAuthMethod.PRIVATE_KEY_JWT, read.client_id, assertion=read)


def _basic(authorization: str) -> Credentials:
    scheme, _space, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise ClientRefused
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
        client_id, colon, secret = text.partition(":")
        # §2.3.1: both were form-encoded before they were joined.
        client_id, secret = (unquote_plus(part, errors="strict") for part in (client_id, secret))
    except (binascii.Error, ValueError) as error:
        raise ClientRefused from error
    if not colon or not client_id or not secret:
        raise ClientRefused
    return Credentials(ClientAuthMethod.BASIC, client_id, secret)
