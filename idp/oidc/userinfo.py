"""UserInfo: the claims of a person, for whoever holds an access token with ``openid``.

OpenID Connect Core §5.3: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo ; how a token is presented
and refused is in ``bearer.py``. Read from the rows at each call: a withdrawn right is withdrawn here at once.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, jsonify, request
from sqlalchemy import Row, select

from idp import clock
from idp.accounts.models import BrowserSession
from idp.db import db
from idp.extensions import ground
from idp.oidc import access_token, addresses, bearer, claims, signing, subjects
from idp.oidc.access_token import AccessToken
from idp.oidc.bearer import BearerRefused
from idp.oidc.blueprint import blueprint
from idp.oidc.claims_request import AskedNames, still_allowed
from idp.oidc.client_metadata import RelyingParty
from idp.oidc.models import Grant
from idp.oidc.relying_parties import registry
from idp.oidc.scopes import Scope
from idp.web import public

TYP = "JWT"


@blueprint.route(addresses.USERINFO, methods=["GET", "POST"])
@public
def userinfo() -> Response:
    """The claims that the scopes of the token open, empty ones omitted."""
    try:
        return _answer(*_claims_for(bearer.presented_token(request), clock.now()))
    except BearerRefused as refused:
        return bearer.refusal(refused)


def _answer(client: RelyingParty, told: dict[str, Any]) -> Response:
    algorithm = client.userinfo_signed_response_alg
    if algorithm is None:
        return jsonify(told)
    place = ground()
    # §5.3.2: signed, it says from whom and for whom.
    signed = signing.sign(
        {**told, "iss": place.settings.issuer, "aud": client.client_id},
        typ=TYP,
        algorithm=algorithm,
        key_ring=place.key_ring,
    )
    return Response(signed, mimetype="application/jwt")


def _claims_for(token: str, now: datetime) -> tuple[RelyingParty, dict[str, Any]]:
    place = ground()
    verified = access_token.verify(token, place.settings.issuer, place.key_ring, now)
    if verified is None:
        raise bearer.invalid_token()
    if Scope.OPENID not in verified.scope:
        raise BearerRefused(HTTPStatus.FORBIDDEN, "insufficient_scope", "openid is required.")
    grant = _live_grant(verified.grant_id)
    client = registry().client(grant.client_id) if grant else None
    if grant is None or client is None:
        raise bearer.invalid_token()
    subject = subjects.read(grant.account_id, grant.rattachement_id, client, now)
    if subject is None or not subject.active:
        raise bearer.invalid_token()
    asked = still_allowed(grant.claims_asked, "userinfo", client.scope)
    return client, claims.of_userinfo(subject, _still_allowed(verified, client.scope), asked)


def _still_allowed(token: AccessToken, allowed: frozenset[Scope]) -> tuple[Scope, ...]:
    # A scope that was taken from the client since is not told any more.
    return tuple(scope for scope in token.scope if scope in allowed)


def _live_grant(grant_id: UUID) -> Row[str, UUID, UUID | None, AskedNames | None] | None:
    # The end of the session ends its tokens here, whoever ended it.
    return db.session.execute(
        select(Grant.client_id, Grant.account_id, Grant.rattachement_id, Grant.claims_asked)
        .join(BrowserSession, BrowserSession.id == Grant.session_id)
        .where(Grant.id == grant_id, Grant.revoked_at.is_(None), BrowserSession.ended_at.is_(None))
    ).one_or_none()
