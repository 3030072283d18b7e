"""UserInfo: the claims of a person, for whoever holds an access token with ``openid``.

OpenID Connect Core §5.3: https://openid.net/specs/openid-connect-core-1_0.html#UserInfo ; how a token is presented
and refused is in ``bearer.py``. Read from the rows at each call: a withdrawn right is withdrawn here at once.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, request

from idp import clock
from idp.extensions import ground
from idp.oidc import addresses, claims, subjects
from idp.oidc.blueprint import blueprint
from idp.oidc.claims_request import still_allowed
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.clients.relying_parties import registry
from idp.oidc.scopes import Scope
from idp.oidc.tokens import access_token, bearer, live_grants, signing
from idp.oidc.tokens.access_token import AccessToken
from idp.oidc.tokens.bearer import BearerRefused
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
    issuer = place.settings.issuer
    verified = access_token.read(token, issuer, place.key_ring)
    if verified is None or verified.expired(now):
        raise bearer.invalid_token()
    if Scope.OPENID not in verified.scope:
        raise BearerRefused(HTTPStatus.FORBIDDEN, "insufficient_scope", "openid is required.")
    if verified.grant_id is None or issuer not in verified.claims["aud"]:
        raise bearer.invalid_token()
    grant = live_grants.find(verified.grant_id)
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
