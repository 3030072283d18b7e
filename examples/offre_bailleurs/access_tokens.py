"""What an API checks of an access token, from the JWKS alone: no call to the identity provider per request.

RFC 9068 §4: https://www.rfc-editor.org/rfc/rfc9068#section-4
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import requests
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
CLOCK_SKEW_S = 10
REFETCH_AFTER_S = 10
TIMEOUT_S = 5


class InvalidToken(Exception):
    """Why a token is refused; the message goes to ``error_description`` (RFC 6750 §3)."""


def validate_access_token(
    token: str, keys: KeySet, *, issuer: str, audience: str, now: float
) -> dict[str, Any]:
    """The claims of a token of this issuer, for this API, not expired; raises ``InvalidToken``."""
    try:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS, registry=registry())
    except (JoseError, ValueError) as error:
        raise InvalidToken("the signature does not verify") from error
    # §4: an ID token, signed with the same keys, must not pass for an access token.
    if str(decoded.header.get("typ", "")).lower().removeprefix("application/") != "at+jwt":
        raise InvalidToken("this is no access token")
    claims = decoded.claims
    audiences = claims.get("aud")
    if claims.get("iss") != issuer:
        raise InvalidToken("another issuer")
    if audience not in ([audiences] if isinstance(audiences, str) else audiences or []):
        raise InvalidToken("meant for another API")
    expires_at = claims.get("exp")
    if not isinstance(expires_at, int) or now >= expires_at + CLOCK_SKEW_S:
        raise InvalidToken("the token has expired")
    if not (claims.get("sub") and claims.get("client_id") and claims.get("jti")):
        raise InvalidToken("a claim is missing")
    return claims


def registry() -> jws.JWSRegistry:
    """joserfc accepts few algorithms unless told."""
    return jws.JWSRegistry(algorithms=ALGORITHMS)


def kid_of(token: str) -> str | None:
    """The key that a token names; None when it is no token at all."""
    try:
        return jws.extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError):
        return None


@dataclass(slots=True)
class RemoteKeys:
    """The provider's JWKS: fetched once, again when a token names a key that it lacks, at most every 10 s."""

    jwks_uri: str
    _keys: KeySet | None = None
    _fetched_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def for_token(self, token: str) -> KeySet:
        """Keys among which the token's should be; raises ``requests.RequestException``."""
        with self._lock:
            if self._keys is None or (self._is_new(token) and self._may_refetch()):
                answer = requests.get(self.jwks_uri, timeout=TIMEOUT_S, allow_redirects=False)
                answer.raise_for_status()
                self._keys = KeySet.import_key_set(answer.json())
                self._fetched_at = time.monotonic()
            return self._keys

    def _is_new(self, token: str) -> bool:
        known = {key.kid for key in self._keys.keys} if self._keys else set()
        kid = kid_of(token)
        return kid is not None and kid not in known

    def _may_refetch(self) -> bool:
        # A stranger who invents key names must not make us hammer the provider.
        return time.monotonic() - self._fetched_at >= REFETCH_AFTER_S
