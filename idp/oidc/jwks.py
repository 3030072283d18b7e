"""The public signing keys: those that sign, will sign, or signed what may still be valid.

RFC 7517 §5: https://www.rfc-editor.org/rfc/rfc7517#section-5
"""

from flask import Response, jsonify

from idp.extensions import ground
from idp.oidc import addresses
from idp.oidc.blueprint import blueprint
from idp.web import public

MAX_AGE_S = 300
"""How long a client may keep an answer: a new key is published at least that long before it signs."""


@blueprint.get(addresses.JWKS)
@public
def jwks() -> Response:
    """Public members only, each key with its ``kid``."""
    response = jsonify(ground().key_ring.public_set())
    response.headers["Cache-Control"] = f"public, max-age={MAX_AGE_S}"
    return response
