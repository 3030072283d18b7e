"""Answers of the authorization endpoint: one place where a browser is sent back to a client.

OpenID Connect Core §3.1.2.5 and §3.1.2.6, RFC 9207 (``iss`` on every answer, errors included), OAuth 2.0 Form Post
Response Mode. Authlib builds its answers in several places, of which some forget ``iss`` or ``state``.
https://www.rfc-editor.org/rfc/rfc9207 ; https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import redirect, render_template
from werkzeug.wrappers import Response

from idp.extensions import ground
from idp.oidc.clients.client_metadata import RelyingParty


class ResponseMode(StrEnum):
    """How the answer travels through the browser."""

    QUERY = "query"
    FORM_POST = "form_post"


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the answer goes: an address that the client registered, its ``state`` as it came."""

    client: RelyingParty
    redirect_uri: str
    state: str | None
    response_mode: ResponseMode = ResponseMode.QUERY


def code_response(destination: Destination, code: str) -> Response | str:
    """The person is signed in."""
    return _respond(destination, {"code": code})


def error_response(destination: Destination, error: OAuth2Error) -> Response | str:
    """The request cannot be honoured; the description is printable ASCII."""
    return _respond(destination, {key: str(value) for key, value in error.get_body()})


def _respond(destination: Destination, parameters: dict[str, str]) -> Response | str:
    parameters = {**parameters, "iss": ground().settings.issuer}
    if destination.state is not None:
        parameters["state"] = destination.state
    if destination.response_mode is ResponseMode.FORM_POST:
        return render_template(
            "oidc/form_post.html",
            client=destination.client,
            redirect_uri=destination.redirect_uri,
            parameters=parameters,
        )
    return redirect(with_parameters(destination.redirect_uri, parameters), 303)


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """The registered address, character by character, then the parameters (RFC 6749 §3.1.2)."""
    if not parameters:
        return uri
    return uri + ("&" if "?" in uri else "?") + urlencode(parameters)
