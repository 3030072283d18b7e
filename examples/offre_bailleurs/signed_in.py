"""Who is signed in here: kept on the server, under a random cookie of this instance's own.

Cookies are shared between ports of one host: the name holds the ``client_id``.
"""

import secrets
import threading
import time
from dataclasses import dataclass
from typing import Any

LIFETIME_S = 8 * 3600


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the sign-in brought."""

    claims: dict[str, Any]
    userinfo: dict[str, Any]
    id_token: str
    access_token: str
    until: float


class SignedInStore:
    """In memory: one process, forgotten when it stops. A real service would use its database."""

    def __init__(self) -> None:
        self._by_token: dict[str, SignedIn] = {}
        self._lock = threading.Lock()

    def add(self, **what: Any) -> str:
        """Keep a sign-in; returns the cookie's value."""
        token = secrets.token_urlsafe(32)
        now = time.time()
        with self._lock:
            self._by_token = {k: v for k, v in self._by_token.items() if v.until > now}
            self._by_token[token] = SignedIn(**what, until=now + LIFETIME_S)
        return token

    def get(self, token: str) -> SignedIn | None:
        """The sign-in behind a cookie."""
        found = self._by_token.get(token)
        return found if found and found.until > time.time() else None

    def remove_session(self, sid: str) -> int:
        """Forget every sign-in of that session of the provider; returns how many there were."""
        with self._lock:
            kept = {k: v for k, v in self._by_token.items() if v.claims.get("sid") != sid}
            forgotten = len(self._by_token) - len(kept)
            self._by_token = kept
        return forgotten

    def remove(self, token: str) -> SignedIn | None:
        """Forget a sign-in."""
        with self._lock:
            return self._by_token.pop(token, None)
