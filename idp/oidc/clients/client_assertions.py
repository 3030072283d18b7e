"""``private_key_jwt``: a client proves who it is by a signed assertion, valid once.

RFC 7523 §3: https://www.rfc-editor.org/rfc/rfc7523#section-3 ; OpenID Connect Core §9. Authlib refuses PS256 and
EdDSA here, accepts an audience that names another server too, and an expiry in thirty years.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError

from idp.oidc.clients import replay
from idp.oidc.clients.client_keys import ClientKeys
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.tokens.signing import BY_NAME

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CLOCK_SKEW = timedelta(seconds=10)
LONGEST_LIFETIME = timedelta(hours=1)
"""What clients in use ask for by default; its ``jti`` is remembered as long."""
MAX_CHARS = 8192
JTI_MAX_CHARS = 500

log = structlog.get_logger("idp.oidc.clients.client_assertions")

# An x5c or a long kid does not fit in the 512 bytes that the library allows a header.
_REGISTRY = jws.JWSRegistry(algorithms=list(BY_NAME))
_REGISTRY.max_header_length = 4096


@dataclass(frozen=True, slots=True)
class Assertion:
    """What an assertion says of itself; nothing of it is believed until ``verify``."""

    text: str
    client_id: str
    kid: str | None
    alg: str


def read(text: str) -> Assertion | None:
    """Who it claims to come from; None when it is no assertion at all."""
    if len(text) > MAX_CHARS:
        return None
    try:
        extracted = jws.extract_compact(text.encode(), registry=_REGISTRY)
        header, claims = extracted.headers(), json.loads(extracted.payload)
    except (JoseError, ValueError, RecursionError):
        return None
    client_id = claims.get("sub") if isinstance(claims, dict) else None
    kid = header.get("kid")
    if not isinstance(client_id, str) or not isinstance(kid, str | None):
        return None
    return Assertion(text, client_id, kid, str(header.get("alg")))


def verify(
    assertion: Assertion,
    client: RelyingParty,
    keys: ClientKeys,
    audiences: Collection[str],
    now: datetime,
) -> bool:
    """Whether the client signed it, for this server (one of ``audiences``), lately, and for the first time.

    One statement once the signature holds.
    """
    claims = _signed_claims(assertion, client, keys, now)
    reason = "signature" if claims is None else _problem(claims, client, audiences, now)
    if reason or claims is None:
        log.info("assertion_refused", client_id=client.client_id, reason=reason)
        return False
    until = datetime.fromtimestamp(claims["exp"], UTC) + CLOCK_SKEW
    return replay.first_time(f"{client.client_id}\0{claims['jti']}", until)


def _signed_claims(
    assertion: Assertion, client: RelyingParty, keys: ClientKeys, now: datetime
) -> dict[str, Any] | None:
    algorithm, wanted = BY_NAME.get(assertion.alg), client.token_endpoint_auth_signing_alg
    if algorithm is None or wanted not in (None, algorithm):
        return None
    for key in keys.candidates(client, assertion.kid, algorithm, now):
        try:
            return jwt.decode(assertion.text, key, [assertion.alg], _REGISTRY).claims
        except (JoseError, ValueError, TypeError):
            continue
    return None


def _problem(
    claims: dict[str, Any], client: RelyingParty, audiences: Collection[str], now: datetime
) -> str | None:
    if claims.get("iss") != client.client_id or claims.get("sub") != client.client_id:
        return "iss and sub must be the client_id"
    named = claims.get("aud")
    named = [named] if isinstance(named, str) else named
    # Every audience is ours: one that is not could replay the assertion here (RFC 9700 §4.4, rfc7523bis).
    if not isinstance(named, list) or not named or any(one not in audiences for one in named):
        return "aud must be this server"
    if not _is_jti(claims.get("jti")):
        return "jti is missing"
    return _problem_of_dates(claims, now)


def _is_jti(jti: object) -> bool:
    return isinstance(jti, str) and 0 < len(jti) <= JTI_MAX_CHARS


def _problem_of_dates(claims: dict[str, Any], now: datetime) -> str | None:
    dates = {name: claims[name] for name in ("exp", "nbf", "iat") if name in claims}
    if "exp" not in dates or not all(_is_date(value) for value in dates.values()):
        return "exp is missing, or a date is not a number"
    at, skew = now.timestamp(), CLOCK_SKEW.total_seconds()
    if dates["exp"] <= at - skew:
        return "expired"
    if dates["exp"] > at + LONGEST_LIFETIME.total_seconds() + skew:
        return "exp is too far"
    if any(dates.get(name, at) > at + skew for name in ("nbf", "iat")):
        return "not valid yet"
    return None


def _is_date(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1 << 40
