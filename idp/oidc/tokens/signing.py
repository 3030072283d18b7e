"""Signed tokens of ours: one explicit key to sign, named algorithms to verify.

RFC 7515, RFC 7519, and RFC 8725 (JWT best current practices): https://www.rfc-editor.org/rfc/rfc8725
joserfc is never given a set to sign with, since it would pick a key at random.
"""

from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from idp.keys import Algorithm, KeyRing
from idp.signing import length as length  # tokens are measured and signed by them: read from here
from idp.signing import sign as sign

ALGORITHMS = [algorithm.value for algorithm in Algorithm]
MAX_CHARS = 16_384

BY_NAME = {**{one.value: one for one in Algorithm}, "Ed25519": Algorithm.EDDSA}
"""Algorithms by the names that clients give them: recent ones write that of RFC 9864, whatever they registered."""


def verify(token: str, *, typ: str, key_ring: KeyRing) -> dict[str, Any] | None:
    """The claims of a token of that ``typ`` that one of our published keys signed; dates are not checked.

    The type keeps an access token from passing for an ID token, and the other way round (RFC 8725 §3.11).
    """
    if len(token) > MAX_CHARS:
        return None
    try:
        decoded = jwt.decode(token, key_ring.verification_set(), ALGORITHMS)
    except (JoseError, ValueError):
        return None
    return decoded.claims if decoded.header.get("typ") == typ else None
