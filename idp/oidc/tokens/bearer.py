"""Bearer tokens: how a request presents one, and how it is refused.

RFC 6750 §2 and §3: https://www.rfc-editor.org/rfc/rfc6750 . What a token opens is decided where it is presented.
Authlib's protector takes the header only, and its error for a missing token is not in RFC 6750.
"""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Request, Response, jsonify

from idp.oidc import parameters
from idp.oidc.parameters import FORM, MalformedParameters

SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class BearerRefused(Exception):
    """An error of RFC 6750 §3.1; ``error`` is None when no token was presented at all."""

    status: HTTPStatus
    error: str | None = None
    description: str = ""


def presented_token(request: Request) -> str:
    """The token of a request, by the header or the form body, never by the address (RFC 9700 §4.3.2)."""
    in_body = _body_token(request)
    if "access_token" in request.args:
        raise invalid_request("The token must not be in the address.")
    header = request.headers.get("Authorization")
    if header is None and in_body is None:
        raise BearerRefused(HTTPStatus.UNAUTHORIZED)
    if header is not None and in_body is not None:
        raise invalid_request("The token is presented twice.")
    if in_body is not None:
        return in_body
    scheme, _space, token = (header or "").partition(" ")
    if scheme.lower() != SCHEME:
        raise BearerRefused(HTTPStatus.UNAUTHORIZED)
    return token.strip()


def _body_token(request: Request) -> str | None:
    if request.method != "POST" or request.mimetype != FORM:
        return None
    try:
        body = parameters.parse(request.get_data())
    except MalformedParameters as error:
        raise invalid_request("The body is malformed.") from error
    if "access_token" in body.repeated:
        raise invalid_request("The token is presented twice.")
    return body.get("access_token")


def invalid_request(description: str) -> BearerRefused:
    """The request itself is wrong."""
    return BearerRefused(HTTPStatus.BAD_REQUEST, "invalid_request", description)


def invalid_token() -> BearerRefused:
    """One description, whatever is wrong with the token."""
    return BearerRefused(
        HTTPStatus.UNAUTHORIZED, "invalid_token", "The token is invalid or has expired."
    )


def refusal(refused: BearerRefused) -> Response:
    """The answer: its status, its challenge, and the same as JSON."""
    body = {}
    if refused.error:
        body = {"error": refused.error, "error_description": refused.description}
    response = jsonify(body)
    response.status_code = refused.status
    response.headers["WWW-Authenticate"] = challenge(refused)
    return response


def challenge(refused: BearerRefused) -> str:
    """The value of ``WWW-Authenticate`` (§3)."""
    told = 'Bearer realm="oidc"'
    if refused.error:
        told += f', error="{refused.error}", error_description="{refused.description}"'
    return told
