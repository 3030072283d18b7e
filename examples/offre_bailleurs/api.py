"""The API behind the pages: it trusts the access token alone (RFC 6750), and sees only what it carries."""

import time
from typing import Any

import requests
from flask import Blueprint, Response, current_app, jsonify, request

from examples.offre_bailleurs.access_tokens import InvalidToken, validate_access_token

blueprint = Blueprint("api", __name__, url_prefix="/api")


RECENT_S = 300
"""How old a sign-in may be for what could harm the organisme."""


class Refused(Exception):
    """A challenge of RFC 6750 §3; ``details`` are its other parameters."""

    def __init__(self, status: int, error: str = "", description: str = "", **details: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description, self.details = (
            status,
            error,
            description,
            details,
        )


@blueprint.get("/bailleur")
def bailleur() -> Response:
    """Who asks, for which organisme, with which groups."""
    claims = _authorized()
    told = ("sub", "groups", "roles", "entitlements", "organisme")
    return jsonify({name: claims[name] for name in told if name in claims})


@blueprint.get("/coordonnees-bancaires")
def coordonnees_bancaires() -> Response:
    """Where the aids are paid: only to who has just proved who they are (RFC 9470 §3)."""
    claims = _authorized()
    if time.time() - claims.get("auth_time", 0) > RECENT_S:
        raise Refused(
            401,
            "insufficient_user_authentication",
            "A more recent authentication is required",
            max_age=str(RECENT_S),
        )
    return jsonify({"iban": "FR76 3000 1007 9412 3456 7890 185"})


def _authorized() -> dict[str, Any]:
    """The claims of the token of the request, which opens this service; raises ``Refused``."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused(401)
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
        raise Refused(401, "invalid_token", str(error)) from error
    except requests.RequestException as error:
        raise Refused(503, "temporarily_unavailable", "the keys cannot be fetched") from error
    if "habilitations" not in claims.get("scope", "").split() or not claims.get("groups"):
        raise Refused(403, "insufficient_scope", "no habilitation to this service")
    return claims


@blueprint.errorhandler(Refused)
def challenge(refused: Refused) -> Response:
    """The answer of a refusal: the same in its header and in JSON."""
    told = {"error": refused.error, "error_description": refused.description, **refused.details}
    response = jsonify(told if refused.error else {})
    response.status_code = refused.status
    details = "".join(f', {name}="{value}"' for name, value in told.items() if refused.error)
    response.headers["WWW-Authenticate"] = f'Bearer realm="api"{details}'
    return response
