"""Access tokens: signed, five minutes, readable offline by the API that they are for.

RFC 9068: https://www.rfc-editor.org/rfc/rfc9068 . Signed with RS256 for every client, since each resource server
must know it (§2.1). ``aud`` names the client's API, and this server for userinfo.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from idp.crypto import new_token
from idp.keys import Algorithm, KeyRing
from idp.oidc import claims, signing
from idp.oidc.client_metadata import RelyingParty
from idp.oidc.redeemed import RedeemedGrant
from idp.oidc.scopes import Scope
from idp.oidc.subjects import Subject

TYP = "at+jwt"
CEILING_BYTES = 6144
"""Past it, lists of groups are told by reference: many servers refuse headers of more than 8 KiB."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What userinfo needs of a token of ours that is not expired."""

    grant_id: UUID
    scope: tuple[Scope, ...]


def encode(
    grant: RedeemedGrant,
    subject: Subject,
    client: RelyingParty,
    *,
    issuer: str,
    userinfo_endpoint: str,
    key_ring: KeyRing,
    now: datetime,
) -> str:
    """The signed token. Its ``jti`` begins with the grant, by which userinfo finds what became of it."""
    told = claims.of_access_token(subject, [Scope(word) for word in grant.scope.split()])
    protocol: dict[str, Any] = {
        "iss": issuer,
        "sub": subject.sub,
        "aud": [client.audience, issuer] if client.audience else [issuer],
        "client_id": client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + client.access_token_lifetime).timestamp()),
        "jti": f"{grant.id}.{new_token()}",
        "scope": grant.scope,
        "auth_time": int(grant.auth_time.timestamp()),
        "acr": grant.acr,
        "amr": grant.amr,
        "sid": grant.sid,
    }
    encoded = _sign({**told, **protocol}, key_ring)
    if len(encoded) <= CEILING_BYTES:
        return encoded
    return _sign({**claims.by_reference(told, userinfo_endpoint), **protocol}, key_ring)


def _sign(content: dict[str, Any], key_ring: KeyRing) -> str:
    return signing.sign(content, typ=TYP, algorithm=Algorithm.RS256, key_ring=key_ring)


def verify(token: str, issuer: str, key_ring: KeyRing, now: datetime) -> AccessToken | None:
    """The token, when it is ours, for this server and not expired (§4); revocation is the caller's to ask."""
    content = signing.verify(token, typ=TYP, key_ring=key_ring)
    if content is None or content.get("iss") != issuer or issuer not in content.get("aud", ()):
        return None
    if now >= datetime.fromtimestamp(content["exp"], UTC):
        return None
    grant_id, _dot, _random = content["jti"].partition(".")
    return AccessToken(UUID(grant_id), tuple(Scope(word) for word in content["scope"].split()))
