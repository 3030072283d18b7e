"""ID tokens: what a client is told of the sign-in itself.

OpenID Connect Core §2 and §3.1.3.6: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
Names and addresses are told by userinfo alone. Authlib calls here at the end of a token response, and encodes
nothing itself: it would sign with a key of its choosing, without ``kid``, at its own clock.
"""

from datetime import datetime, timedelta
from typing import Any

from authlib.oidc.core.util import create_half_hash

from idp.keys import KeyRing
from idp.oidc import claims
from idp.oidc.claims_request import still_allowed
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.scopes import Scope
from idp.oidc.subjects import Subject
from idp.oidc.tokens import signing
from idp.oidc.tokens.redeemed import RedeemedGrant

TYP = "JWT"
LIFETIME = timedelta(minutes=5)
OF_THE_SIGN_IN = (
    *("iat", "exp", "auth_time", "acr", "amr", "sid", "nonce"),
    *("at_hash", "jti"),
)
"""What differs at each sign-in of the same person at the same client, here and in access tokens."""
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
    """The signed ID token."""
    told = content(
        grant,
        subject,
        client,
        access_token=access_token,
        issuer=issuer,
        userinfo_endpoint=userinfo_endpoint,
        key_ring=key_ring,
        now=now,
    )
    algorithm = client.id_token_signed_response_alg
    return signing.sign(told, typ=TYP, algorithm=algorithm, key_ring=key_ring)


def content(
    grant: RedeemedGrant,
    subject: Subject,
    client: RelyingParty,
    *,
    access_token: str,
    issuer: str,
    userinfo_endpoint: str,
    key_ring: KeyRing,
    now: datetime,
) -> dict[str, Any]:
    """What it says; ``nonce`` is absent when none was sent."""
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
    whole = {**told, **protocol}
    if signing.length(whole, typ=TYP, algorithm=algorithm, key_ring=key_ring) <= CEILING_BYTES:
        return whole
    return {**claims.by_reference(told, userinfo_endpoint), **protocol}


def read_hint(hint: str, issuer: str, key_ring: KeyRing) -> dict[str, Any] | None:
    """The claims of an ID token that comes back as a hint: ours, however old (RP-Initiated Logout §2)."""
    content = signing.verify(hint, typ=TYP, key_ring=key_ring)
    if content is None or content.get("iss") != issuer:
        return None
    texts = (content.get("sub"), content.get("aud"), content.get("sid"))
    return content if all(isinstance(text, str) for text in texts) else None
