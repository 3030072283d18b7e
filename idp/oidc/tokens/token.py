"""The token endpoint.

RFC 6749 §3.2 and §5: https://www.rfc-editor.org/rfc/rfc6749#section-3.2 ; OpenID Connect Core §3.1.3. The request
is parsed here, once and strictly; Authlib runs the grant (``server.py``, ``grants/``) and writes the answer. An
error is a returned answer: a code that was burnt, or revoked, stays so.
"""

from typing import cast

from authlib.oauth2.rfc6749 import InvalidRequestError, OAuth2Error
from flask import request
from werkzeug.wrappers import Response

from idp.extensions import ground
from idp.oidc import addresses, parameters
from idp.oidc.blueprint import blueprint
from idp.oidc.server import ServerRequest
from idp.oidc.server_requests import error_answer, provider
from idp.web import public


@blueprint.post(addresses.TOKEN)
@public
def token() -> Response:
    """Tokens for a code, for a refresh token, or for the client itself; it proves who it is in the request."""
    server = provider()
    try:
        asked = parameters.of_form(request)
        if asked.get("grant_type") is None:
            raise InvalidRequestError("grant_type is missing.")
    except OAuth2Error as error:
        return error_answer(error)
    uri = ground().settings.issuer + addresses.TOKEN
    return cast(
        Response,
        server.create_token_response(
            ServerRequest(asked, request.headers.get("Authorization"), uri)
        ),
    )
