"""Introspection: an API asks what a token is worth now, rights read again.

RFC 7662: https://www.rfc-editor.org/rfc/rfc7662 ; RFC 9701 (the answer as a signed JWT). Told to the client that
the token was issued to, and to an API that it is for; to anybody else, as for a token that is worth nothing, only
that it is not active.
"""

from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import jsonify, request
from werkzeug.wrappers import Response

from idp import clock
from idp.extensions import ground
from idp.oidc import addresses, claims, subjects
from idp.oidc.blueprint import blueprint
from idp.oidc.clients.client_authentication import ClientRefused
from idp.oidc.clients.client_metadata import GrantType, RelyingParty
from idp.oidc.clients.relying_parties import registry
from idp.oidc.server_requests import TokenQuestion, error_answer, token_question
from idp.oidc.subjects import Subject
from idp.oidc.tokens import access_token, live_grants, refresh_tokens, signing
from idp.oidc.tokens.access_token import AccessToken
from idp.web import public

JWT_TYPE = "application/token-introspection+jwt"
TYP = "token-introspection+jwt"
INACTIVE: dict[str, Any] = {"active": False}


@blueprint.post(addresses.INTROSPECT)
@public
def introspect() -> Response:
    """§2.2."""
    try:
        asked = token_question(request)
        if asked.client.public:
            # §2.1: whoever holds no secret could try tokens for ever.
            raise ClientRefused
    except OAuth2Error as error:
        return error_answer(error)
    now = clock.now()
    told = _of(asked, now)
    if JWT_TYPE in request.headers.get("Accept", ""):
        return _signed(told, asked.client, now)
    return jsonify(told)


def _signed(told: dict[str, Any], caller: RelyingParty, now: datetime) -> Response:
    # RFC 9701 §5: what is told is one claim, so that the answer cannot pass for a token.
    place = ground()
    content = {
        "iss": place.settings.issuer,
        "aud": caller.client_id,
        "iat": int(now.timestamp()),
        "token_introspection": told,
    }
    algorithm = caller.introspection_signed_response_alg
    token = signing.sign(content, typ=TYP, algorithm=algorithm, key_ring=place.key_ring)
    return Response(token, content_type=JWT_TYPE)


def _of(asked: TokenQuestion, now: datetime) -> dict[str, Any]:
    place = ground()
    token = access_token.read(asked.token, place.settings.issuer, place.key_ring)
    if token is None:
        return _of_refresh_token(asked, now)
    if token.expired(now) or not _may_know(asked.client, token):
        return INACTIVE
    if token.grant_id is None:
        return _of_service(token)
    subject = _subject(token, now)
    if subject is None:
        return INACTIVE
    return {"active": True, "token_type": "Bearer", **_now(token, subject)}


def _may_know(caller: RelyingParty, token: AccessToken) -> bool:
    return caller.client_id == token.client_id or (caller.audience or "") in token.claims["aud"]


def _of_service(token: AccessToken) -> dict[str, Any]:
    client = registry().client(token.client_id)
    if client is None or not client.check_grant_type(GrantType.CLIENT_CREDENTIALS):
        return INACTIVE
    return {"active": True, "token_type": "Bearer", **token.claims}


def _subject(token: AccessToken, now: datetime) -> Subject | None:
    client = registry().client(token.client_id)
    grant = live_grants.find(token.grant_id) if client and token.grant_id else None
    if client is None or grant is None:
        return None
    return subjects.allowed(grant.account_id, grant.rattachement_id, client, now)


def _now(token: AccessToken, subject: Subject) -> dict[str, Any]:
    # What the token said of rights gives way to what holds now.
    rights = claims.of_access_token(subject, token.scope)
    said = {name: value for name, value in token.claims.items() if name in access_token.OF_PROTOCOL}
    return {**said, **rights}


def _of_refresh_token(asked: TokenQuestion, now: datetime) -> dict[str, Any]:
    token = refresh_tokens.read(asked.token, ground().secret_box)
    grant = refresh_tokens.peek(token, asked.client, now) if token else None
    if grant is None:
        return INACTIVE
    subject = subjects.allowed(grant.account_id, grant.rattachement_id, asked.client, now)
    if subject is None:
        return INACTIVE
    return {
        "active": True,
        "client_id": asked.client.client_id,
        "sub": subject.sub,
        "scope": grant.scope,
        "iss": ground().settings.issuer,
        "exp": int(grant.expires_at.timestamp()),
    }
