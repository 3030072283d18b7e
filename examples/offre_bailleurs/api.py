"""The API behind the pages: it trusts the access token alone (RFC 6750), and sees only what it carries."""

import time

import requests
from flask import Blueprint, Response, current_app, jsonify, request

from examples.offre_bailleurs.access_tokens import InvalidToken, validate_access_token

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.get("/bailleur")
def bailleur() -> Response:
    """Who asks, for which organisme, with which groups."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return _challenge(401)
    settings, keys = current_app.extensions["settings"], current_app.extensions["keys"]
    try:
        claims = validate_access_token(
            token,
            keys.for_token(token),
            issuer=settings.issuer,
            audience=settings.audience,
            now=time.time(),
        )
    except InvalidToken as error:
        return _challenge(401, "invalid_token", str(error))
    except requests.RequestException:
        return _challenge(503, "temporarily_unavailable", "the keys cannot be fetched")
    if "habilitations" not in claims.get("scope", "").split() or not claims.get("groups"):
        return _challenge(403, "insufficient_scope", "no habilitation to this service")
    told = ("sub", "groups", "roles", "entitlements", "organisme")
    return jsonify({name: claims[name] for name in told if name in claims})


def _challenge(status: int, error: str = "", description: str = "") -> Response:
    response = jsonify({"error": error, "error_description": description} if error else {})
    response.status_code = status
    details = f', error="{error}", error_description="{description}"' if error else ""
    response.headers["WWW-Authenticate"] = f'Bearer realm="api"{details}'
    return response
