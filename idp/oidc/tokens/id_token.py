"""ID tokens: what a client is told of the sign-in itself.

OpenID Connect Core §2 and §3.1.3.6: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
Names and addresses are told by userinfo alone. Authlib calls here at the end of a token response, and encodes
nothing itself: it would sign with a key of its choosing, without ``kid``, at its own clock.
"""

from datetime import datetime, timedelta
from typing import Any

from authlib.oidc.core.util import create_half_hash

from idp.keys import Algorithm, KeyRing
from idp.oidc import claims
from idp.oidc.claims_request import still_allowed
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.scopes import Scope
from idp.oidc.subjects import Subject
from idp.oidc.tokens import signing
from idp.oidc.tokens.redeemed import RedeemedGrant

TYP = "JWT"
LIFETIME = timedelta(minutes=5)
CEILING_BYTES = 4096
"""Past it, lists of groups are told by reference (Core §5.6.2): clients keep ID tokens in cookies."""


def encode(
    grant: RedeemedGrant,
    subject: Subject,
    client: RelyingParty,
    *,
    access_token: str,
    issuer: str,
    userinfo_endpoint: str,
    key_ring: KeyRing,
    now: datetime,
) -> str:
    """The signed ID token; ``nonce`` is absent when none was sent."""
    algorithm = client.id_token_signed_response_alg
    asked = still_allowed(grant.claims_asked, "id_token", client.scope)
    told = claims.of_id_token(subject, [Scope(word) for word in grant.scope.split()], asked)
    protocol: dict[str, Any] = {
        "iss": issuer,
        "sub": subject.sub,
        "aud": client.client_id,
        "iat": int(now.timestamp()),
        "exp": int(subject.until(now + LIFETIME).timestamp()),
        "auth_time": int(grant.auth_time.timestamp()),
        "acr": grant.acr,
        "amr": grant.amr,
        "sid": grant.sid,
        "at_hash": create_half_hash(access_token, algorithm).decode(),
    }
    if grant.nonce is not None:
        protocol["nonce"] = grant.nonce
    encoded = _sign({**told, **protocol}, algorithm, key_ring)
    if len(encoded) <= CEILING_BYTES:
        return encoded
    shorter = claims.by_reference(told, userinfo_endpoint)
    return _sign({**shorter, **protocol}, algorithm, key_ring)


def _sign(content: dict[str, Any], algorithm: Algorithm, key_ring: KeyRing) -> str:
    return signing.sign(content, typ=TYP, algorithm=algorithm, key_ring=key_ring)


def read_hint(hint: str, issuer: str, key_ring: KeyRing) -> dict[str, Any] | None:
    """The claims of an ID token that comes back as a hint: ours, however old (RP-Initiated Logout §2)."""
    content = signing.verify(hint, typ=TYP, key_ring=key_ring)
    if content is None or content.get("iss") != issuer:
        return None
    texts = (content.get("sub"), content.get("aud"), content.get("sid"))
    return content if all(isinstance(text, str) for text in texts) else None
