"""How a client proves who it is: ``client_secret_basic`` and ``client_secret_post``.

RFC 6749 §2.3.1: https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 ; OpenID Connect Core §9. A client uses the
one method it registered. Authlib's own functions compare texts, and fail with a TypeError on a secret that is not
ASCII.
"""

import base64
import binascii
from dataclasses import dataclass
from urllib.parse import unquote_plus

from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError

from idp.oidc.client_metadata import ClientAuthMethod, RelyingParty
from idp.oidc.client_secrets import ClientSecrets
from idp.oidc.parameters import Parameters
from idp.oidc.relying_parties import Registry


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
    """What was presented, and how."""

    method: ClientAuthMethod
    client_id: str
    secret: str


def authenticate(
    authorization: str | None, parameters: Parameters, registry: Registry, secrets: ClientSecrets
) -> RelyingParty:
    """The client; raises ``invalid_client``, or ``invalid_request`` when two methods are used at once."""
    presented = _presented(authorization, parameters)
    client = registry.client(presented.client_id)
    known = secrets.accept(presented.client_id if client else "", presented.secret)
    if client is None or not known:
        raise ClientRefused
    if presented.method is not client.token_endpoint_auth_method:
        raise ClientRefused
    return client


def _presented(authorization: str | None, parameters: Parameters) -> Credentials:
    client_id, secret = parameters.get("client_id"), parameters.get("client_secret")
    if authorization is None:
        if client_id is None or secret is None:
            raise ClientRefused
        return Credentials(ClientAuthMethod.POST, client_id, secret)
    if secret is not None:
        # RFC 6749 §2.3: not more than one method in a request.
        raise InvalidRequestError("The client used two authentication methods.")
    credentials = _basic(authorization)
    if client_id not in (None, credentials.client_id):
        raise ClientRefused
    return credentials


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
