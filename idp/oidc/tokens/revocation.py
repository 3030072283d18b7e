"""Revocation: a client gives back a token, and with it everything that came from the same sign-in.

RFC 7009: https://www.rfc-editor.org/rfc/rfc7009 . An access token is signed, and read offline by APIs until it
expires: what ends at once is its refresh, userinfo and introspection.
"""

from datetime import datetime

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import request
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response

from idp import clock
from idp.extensions import ground
from idp.oidc import addresses
from idp.oidc.blueprint import blueprint
from idp.oidc.events import TokenRevoked
from idp.oidc.models import Grant
from idp.oidc.server_requests import TokenQuestion, error_answer, token_question
from idp.oidc.tokens import access_token, live_grants, refresh_tokens
from idp.web import public


@blueprint.post(addresses.REVOKE)
@public
def revoke() -> Response:
    """§2.2: the same answer for a token that ends now, that had ended, or that never was."""
    try:
        _revoke(token_question(request), clock.now())
    except OAuth2Error as error:
        return error_answer(error)
    return Response(status=200)


def _revoke(asked: TokenQuestion, now: datetime) -> None:
    behind = _grant_behind(asked, now)
    if behind is not None:
        live_grants.end(behind, TokenRevoked(client_id=asked.client.client_id), now)


def _grant_behind(asked: TokenQuestion, now: datetime) -> ColumnElement[bool] | None:
    place = ground()
    refresh = refresh_tokens.read(asked.token, place.secret_box)
    if refresh is not None:
        return Grant.refresh_family_digest == refresh.family_digest
    access = access_token.read(asked.token, place.settings.issuer, place.key_ring)
    if access is None:
        return None
    if access.grant_id is not None:
        return Grant.id == access.grant_id
    if access.client_id == asked.client.client_id and not access.expired(now):
        # §2.2.1: nothing is kept of a token of the client credentials grant, so that nothing can end it.
        raise OAuth2Error(
            "A token without a person cannot be revoked; it expires in minutes.",
            error="unsupported_token_type",
        )
    return None
