"""UserInfo: the claims of a person, for whoever holds an access token with ``openid``.

OpenID Connect Core §5.3: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo ; RFC 6750 §2 and §3 (how
a token is presented, and refused). Read from the rows at each call: a withdrawn right is withdrawn here at once.
Authlib's protector takes the header only, and its error for a missing token is not in RFC 6750.
"""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Request, Response, jsonify, request
from sqlalchemy import Row, select

from idp import clock
from idp.accounts.models import BrowserSession
from idp.db import db
from idp.extensions import ground
from idp.oidc import access_token, addresses, claims, parameters, subjects
from idp.oidc.access_token import AccessToken
from idp.oidc.blueprint import blueprint
from idp.oidc.models import Grant
from idp.oidc.parameters import FORM, MalformedParameters
from idp.oidc.relying_parties import registry
from idp.oidc.scopes import Scope
from idp.web import public

SCHEME = "bearer"


@dataclass(frozen=True, slots=True)
class BearerRefused(Exception):
    """An error of RFC 6750 §3.1; ``error`` is None when no token was presented at all."""

    status: HTTPStatus
    error: str | None = None
    description: str = ""


@blueprint.route(addresses.USERINFO, methods=["GET", "POST"])
@public
def userinfo() -> Response:
    """The claims that the scopes of the token open, empty ones omitted."""
    try:
        return jsonify(_claims_for(presented_token(request), clock.now()))
    except BearerRefused as refused:
        return _refusal(refused)


def _claims_for(token: str, now: datetime) -> dict[str, Any]:
    place = ground()
    verified = access_token.verify(token, place.settings.issuer, place.key_ring, now)
    if verified is None:
        raise _invalid_token()
    if Scope.OPENID not in verified.scope:
        raise BearerRefused(HTTPStatus.FORBIDDEN, "insufficient_scope", "openid is required.")
    grant = _live_grant(verified.grant_id)
    client = registry().client(grant.client_id) if grant else None
    if grant is None or client is None:
        raise _invalid_token()
    subject = subjects.read(grant.account_id, grant.rattachement_id, client.service_code, now)
    if subject is None or not subject.active:
        raise _invalid_token()
    return claims.of_userinfo(subject, _still_allowed(verified, client.scope))


def _still_allowed(token: AccessToken, allowed: frozenset[Scope]) -> tuple[Scope, ...]:
    # A scope that was taken from the client since is not told any more.
    return tuple(scope for scope in token.scope if scope in allowed)


def _live_grant(grant_id: UUID) -> Row[str, UUID, UUID | None] | None:
    # The end of the session ends its tokens here, whoever ended it.
    return db.session.execute(
        select(Grant.client_id, Grant.account_id, Grant.rattachement_id)
        .join(BrowserSession, BrowserSession.id == Grant.session_id)
        .where(Grant.id == grant_id, Grant.revoked_at.is_(None), BrowserSession.ended_at.is_(None))
    ).one_or_none()


def presented_token(request: Request) -> str:
    """The token of a request, by the header or the form body, never by the address (RFC 9700 §4.3.2)."""
    in_body = _body_token(request)
    if "access_token" in request.args:
        raise _invalid_request("The token must not be in the address.")
    header = request.headers.get("Authorization")
    if header is None and in_body is None:
        raise BearerRefused(HTTPStatus.UNAUTHORIZED)
    if header is not None and in_body is not None:
        raise _invalid_request("The token is presented twice.")
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
        raise _invalid_request("The body is malformed.") from error
    if "access_token" in body.repeated:
        raise _invalid_request("The token is presented twice.")
    return body.get("access_token")


def _invalid_request(description: str) -> BearerRefused:
    return BearerRefused(HTTPStatus.BAD_REQUEST, "invalid_request", description)


def _invalid_token() -> BearerRefused:
    return BearerRefused(
        HTTPStatus.UNAUTHORIZED, "invalid_token", "The access token is invalid or has expired."
    )


def _refusal(refused: BearerRefused) -> Response:
    challenge = 'Bearer realm="oidc"'
    body = {}
    if refused.error:
        body = {"error": refused.error, "error_description": refused.description}
        challenge += f', error="{refused.error}", error_description="{refused.description}"'
    response = jsonify(body)
    response.status_code = refused.status
    response.headers["WWW-Authenticate"] = challenge
    return response
