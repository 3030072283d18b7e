"""From a request as it came to an answer: its errors go to the client when it can be answered, else to a page.

OpenID Connect Core §3.1.2.6, RFC 6749 §4.1.2.1. The endpoint (``authorize.py``) and the pages that come back to it
read the same request by the same checks (``authorization_request.py``), whatever it went through meanwhile.
"""

from collections.abc import Callable

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import request

from idp import web
from idp.accounts.views.guards import Answer
from idp.oidc import addresses, parameters
from idp.oidc.authorization import authorization_request
from idp.oidc.authorization.authorization_request import (
    AuthorizationRequest,
    Unanswerable,
    destination_of,
)
from idp.oidc.authorization.responses import error_response
from idp.oidc.clients import client_errors
from idp.oidc.clients.relying_parties import registry
from idp.oidc.pages import error_page
from idp.oidc.parameters import MalformedParameters, Parameters


def answered(proceed: Callable[[AuthorizationRequest], Answer]) -> Answer:
    """Read the request and go on."""
    try:
        asked = _parameters()
    except MalformedParameters as error:
        return error_page("invalid_request", str(error))
    try:
        destination = destination_of(asked, registry())
    except Unanswerable as error:
        client_errors.note(asked.get("client_id"), error.error, str(error))
        return error_page(error.error, str(error), error.received)
    web.allow(forms=destination.client.origins)
    try:
        return proceed(authorization_request.read(asked, destination))
    except OAuth2Error as error:
        client_errors.note_of_browser(destination.client.client_id, error)
        return error_response(destination, error)


def _parameters() -> Parameters:
    # The forms of our pages are ours: their address holds the request, their body only what the person answers.
    if request.path != addresses.AUTHORIZE:
        return parameters.parse(request.query_string)
    return parameters.of_query_or_form(request)
