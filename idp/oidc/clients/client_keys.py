"""Public keys of the clients: written in their metadata, or fetched from their ``jwks_uri`` and kept a minute.

RFC 7517; OpenID Connect Core §10.1.1 (a client rotates its keys by publishing new ones). What they signed is
verified in ``client_assertions.py``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from idp import outgoing
from idp.keys import Algorithm
from idp.oidc.clients.client_metadata import RelyingParty, jwks_problem
from idp.oidc.tokens.signing import BY_NAME
from idp.outgoing import OutgoingRefused

KEPT_FOR = timedelta(minutes=1)
FETCHED_AGAIN_AFTER = timedelta(seconds=5)
"""A stranger who invents names of keys must not make us hammer a client."""
MAX_KEYS = 20
MAX_KEPT = 500

log = structlog.get_logger("idp.oidc.clients.client_keys")


@dataclass(frozen=True, slots=True)
class _Kept:
    fetched_at: datetime
    jwks: dict[str, Any]


class ClientKeys:
    """The keys of every client, as this process knows them."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._fetching: dict[str, Lock] = {}
        self._choosing = Lock()

    def candidates(
        self, client: RelyingParty, kid: str | None, algorithm: Algorithm, now: datetime
    ) -> list[Key]:
        """The keys that may have signed by this algorithm: that of this ``kid``, and those that have none."""
        uri = client.jwks_uri
        if uri is None:
            return list(_matching(client.jwks, kid, algorithm))
        found = list(_matching(self._fetched(uri, now, KEPT_FOR), kid, algorithm))
        if found:
            return found
        return list(_matching(self._fetched(uri, now, FETCHED_AGAIN_AFTER), kid, algorithm))

    def _fetched(self, uri: str, now: datetime, kept_for: timedelta) -> dict[str, Any]:
        # One fetch at a time of one site, and a failure is kept too: one that is slow, on purpose or not, makes
        # nobody wait but its own client.
        with self._lock_of(uri):
            kept = self._kept.get(uri)
            if kept is None or now - kept.fetched_at >= kept_for:
                kept = self._kept[uri] = _Kept(now, _fetch(uri))
            return kept.jwks

    def _lock_of(self, uri: str) -> Lock:
        with self._choosing:
            if len(self._fetching) >= MAX_KEPT:
                self._kept.clear()
                self._fetching.clear()
            return self._fetching.setdefault(uri, Lock())


def _fetch(uri: str) -> dict[str, Any]:
    try:
        jwks = outgoing.fetch_json(uri)
    except OutgoingRefused as error:
        log.warning("client_keys_unreachable", uri=uri, reason=str(error))
        return {}
    problem = jwks_problem(jwks)
    if problem:
        log.warning("client_keys_unusable", uri=uri, reason=problem)
    return {} if problem else jwks


def _matching(jwks: dict[str, Any] | None, kid: str | None, algorithm: Algorithm) -> Iterator[Key]:
    for member in (jwks or {}).get("keys", [])[:MAX_KEYS]:
        if not _may_have_signed(member, kid, algorithm):
            continue
        try:
            # Compared above: the library would not know that two names are of one algorithm.
            yield JWKRegistry.import_key(
                {name: value for name, value in member.items() if name != "alg"}
            )
        except (JoseError, ValueError):
            continue


def _may_have_signed(member: dict[str, Any], kid: str | None, algorithm: Algorithm) -> bool:
    # RFC 7517 §4.2, §4.4, §4.5: what a key does not say is not held against it.
    if member.get("use", "sig") != "sig":
        return False
    if kid is not None and member.get("kid", kid) != kid:
        return False
    return "alg" not in member or BY_NAME.get(str(member["alg"])) is algorithm
