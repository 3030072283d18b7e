"""What the endpoints that clients' servers call have in common: strict parameters, a client that proves who it is.

RFC 6749 §2.3 and §3.2; the token endpoint (``token.py``) is run by Authlib, revocation and introspection by us.
"""

from dataclasses import dataclass
from typing import cast

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from flask import Request, current_app
from werkzeug.wrappers import Response

from idp import clock
from idp.oidc import parameters
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.parameters import Parameters
from idp.oidc.server import Provider


@dataclass(frozen=True, slots=True)
class TokenQuestion:
    """A client that asks something of one token."""

    client: RelyingParty
    token: str
    parameters: Parameters


def provider() -> Provider:
    """The engine of the current application."""
    return cast(Provider, current_app.extensions["oidc_server"])


def token_question(request: Request) -> TokenQuestion:
    """RFC 7009 §2.1, RFC 7662 §2.1; raises an ``OAuth2Error``. ``token_type_hint`` helps nothing here."""
    sent = parameters.of_form(request)
    client = provider().clients.authenticate(
        request.headers.get("Authorization"), sent, clock.now()
    )
    token = sent.get("token")
    if token is None:
        raise InvalidRequestError("token is missing.")
    return TokenQuestion(client, token, sent)


def error_answer(error: OAuth2Error) -> Response:
    """The error as RFC 6749 §5.2 writes it."""
    return cast(Response, provider().handle_error_response(None, error))
