"""What a service checks of a logout token before it ends a session of its own.

OpenID Connect Back-Channel Logout 1.0 §2.6: https://openid.net/specs/openid-connect-backchannel-1_0.html
The sessions themselves are in ``signed_in.py``.
"""

import threading
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from examples.offre_bailleurs.access_tokens import (
    ALGORITHMS,
    CLOCK_SKEW_S,
    InvalidToken,
    registry,
)

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
OLDEST_S = 300


def validate_logout_token(
    token: str, keys: KeySet, *, issuer: str, client_id: str, now: float
) -> dict[str, Any]:
    """The claims of a fresh logout token of this issuer, for us; raises ``InvalidToken``."""
    try:
        decoded = jwt.decode(token, keys, algorithms=ALGORITHMS, registry=registry())
    except (JoseError, ValueError) as error:
        raise InvalidToken("the signature does not verify") from error
    claims = decoded.claims
    # §2.4: an ID token, signed with the same keys, must not pass for a logout token; the type says so too.
    if str(decoded.header.get("typ", "")).lower() != "logout+jwt" or "nonce" in claims:
        raise InvalidToken("this is no logout token")
    audiences = claims.get("aud")
    if claims.get("iss") != issuer:
        raise InvalidToken("another issuer")
    if client_id not in ([audiences] if isinstance(audiences, str) else audiences or []):
        raise InvalidToken("meant for another service")
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise InvalidToken("not the event of a logout")
    if not _is_fresh(claims, now):
        raise InvalidToken("too old, or from the future")
    if not all(isinstance(claims.get(name), str) for name in ("jti", "sid")):
        raise InvalidToken("a claim is missing")
    return claims


def _is_fresh(claims: dict[str, Any], now: float) -> bool:
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if not isinstance(issued_at, int) or not isinstance(expires_at, int):
        return False
    return now - OLDEST_S <= issued_at <= now + CLOCK_SKEW_S and now < expires_at + CLOCK_SKEW_S


@dataclass(slots=True)
class SeenTokens:
    """The ``jti`` of the tokens that were used, as long as they could be used again."""

    _until: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def first_time(self, jti: str, now: float) -> bool:
        """Whether this token is new; it no longer is afterwards."""
        with self._lock:
            self._until = {seen: until for seen, until in self._until.items() if until > now}
            if jti in self._until:
                return False
            self._until[jti] = now + OLDEST_S + CLOCK_SKEW_S
            return True
