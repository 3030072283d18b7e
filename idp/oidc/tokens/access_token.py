"""Access tokens: signed, five minutes or until the first right that they tell ends, readable offline by their API.

RFC 9068: https://www.rfc-editor.org/rfc/rfc9068 . Signed with RS256 for every client, since each resource server
must know it (§2.1). ``aud`` names the client's API, and this server for userinfo.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from idp.crypto import new_token
from idp.keys import Algorithm, KeyRing
from idp.oidc import claims
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.scopes import Scope, ServiceScope
from idp.oidc.subjects import Subject
from idp.oidc.tokens import resources, signing
from idp.oidc.tokens.redeemed import RedeemedGrant

TYP = "at+jwt"
CEILING_BYTES = 6144
"""Past it, lists of groups are told by reference: many servers refuse headers of more than 8 KiB."""


OF_PROTOCOL = (
    *("iss", "sub", "aud", "client_id", "iat", "exp", "jti", "scope"),
    *("auth_time", "acr", "amr", "sid"),
)
"""What a token says of itself; the rest is of the person's rights."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that we signed; ``grant_id`` is None when a client acts for itself."""

    grant_id: UUID | None
    client_id: str
    scope: tuple[Scope, ...]
    claims: dict[str, Any]
    service_scope: frozenset[ServiceScope] = frozenset()

    def expired(self, now: datetime) -> bool:
        """Whether its time is over."""
        return now >= datetime.fromtimestamp(self.claims["exp"], UTC)


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
    told = content(
        grant,
        subject,
        client,
        issuer=issuer,
        userinfo_endpoint=userinfo_endpoint,
        key_ring=key_ring,
        now=now,
    )
    return _sign(told, key_ring)


def content(
    grant: RedeemedGrant,
    subject: Subject,
    client: RelyingParty,
    *,
    issuer: str,
    userinfo_endpoint: str,
    key_ring: KeyRing,
    now: datetime,
) -> dict[str, Any]:
    """What it says."""
    scope = [Scope(word) for word in grant.scope.split()]
    told = claims.of_access_token(subject, scope)
    protocol = {
        **_of_any(client, issuer, now),
        "exp": int(expiry(client, subject, now).timestamp()),
        "sub": subject.sub,
        "aud": resources.audience(grant.resources, client, scope, issuer),
        "jti": f"{grant.id}.{new_token()}",
        "scope": grant.scope,
        "auth_time": int(grant.auth_time.timestamp()),
        "acr": grant.acr,
        "amr": grant.amr,
        "sid": grant.sid,
    }
    whole = {**told, **protocol}
    size = signing.length(whole, typ=TYP, algorithm=Algorithm.RS256, key_ring=key_ring)
    if size <= CEILING_BYTES:
        return whole
    return {**claims.by_reference(told, userinfo_endpoint), **protocol}


def expiry(client: RelyingParty, subject: Subject, now: datetime) -> datetime:
    """When a token made now ends: an API that decides offline must not see a right outlive its date."""
    return subject.until(now + client.access_token_lifetime)


def encode_for_service(
    client: RelyingParty,
    asked: Sequence[str],
    scope: str,
    *,
    issuer: str,
    key_ring: KeyRing,
    now: datetime,
) -> str:
    """The signed token of a client that acts for itself (RFC 9068 §2.2: it is the ``sub``)."""
    protocol = {
        **_of_any(client, issuer, now),
        "sub": client.client_id,
        "aud": resources.audience(asked, client, (), issuer),
        "jti": new_token(),
    }
    return _sign({**protocol, "scope": scope} if scope else protocol, key_ring)


def _of_any(client: RelyingParty, issuer: str, now: datetime) -> dict[str, Any]:
    return {
        "iss": issuer,
        "client_id": client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + client.access_token_lifetime).timestamp()),
    }


def _sign(content: dict[str, Any], key_ring: KeyRing) -> str:
    return signing.sign(content, typ=TYP, algorithm=Algorithm.RS256, key_ring=key_ring)


def read(token: str, issuer: str, key_ring: KeyRing) -> AccessToken | None:
    """A token of ours, expired or not, whatever became of it (§4)."""
    content = signing.verify(token, typ=TYP, key_ring=key_ring)
    if content is None or content.get("iss") != issuer:
        return None
    grant_id, dot, _random = content["jti"].partition(".")
    words = content.get("scope", "").split()
    scope = tuple(Scope(word) for word in words if word in _OF_PEOPLE)
    service_scope = frozenset(ServiceScope(word) for word in words if word in _OF_SERVICES)
    return AccessToken(
        UUID(grant_id) if dot else None, content["client_id"], scope, content, service_scope
    )


_OF_PEOPLE = frozenset(Scope)
_OF_SERVICES = frozenset(ServiceScope)
