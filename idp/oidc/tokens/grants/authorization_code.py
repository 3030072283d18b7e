"""The authorization code grant: a code and its verifier, once, for an access token and an ID token.

RFC 6749 §4.1.3, OpenID Connect Core §3.1.3, RFC 9700 §2.1.1. Authlib runs the order of the checks; a code is
claimed by one UPDATE (``codes.py``) before its address and verifier are looked at, so that a request that fails
later has burnt it.
"""

from typing import Any

from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant as AuthlibCodeGrant
from authlib.oidc.core.grants.code import OpenIDToken

from idp import clock
from idp.extensions import ground
from idp.oidc import addresses
from idp.oidc.clients.client_metadata import GrantType, RelyingParty
from idp.oidc.scopes import Scope
from idp.oidc.tokens import codes, id_token, refresh_tokens
from idp.oidc.tokens.grants.holder import Holder, for_this_request, holder, journal
from idp.oidc.tokens.redeemed import RedeemedGrant


class AuthorizationCodeGrant(AuthlibCodeGrant):
    """Answers what Authlib's grant asks."""

    def query_authorization_code(self, code: str, client: RelyingParty) -> RedeemedGrant | None:
        """Claim the code. A code that comes back ends what its first use gave (RFC 6749 §4.1.2)."""
        refreshable = client.check_grant_type(GrantType.REFRESH_TOKEN)
        self.request.drawn = refresh_tokens.draw() if refreshable else None
        now = clock.now()
        claimed = codes.claim(code, client, self.request.drawn, now)
        if claimed is None:
            codes.end_replayed(code, client, now)
        return claimed

    def authenticate_user(self, authorization_code: RedeemedGrant) -> Holder:
        """The person as they are now: rights may have been withdrawn since the code was drawn."""
        told = None
        if self.request.drawn and Scope.OFFLINE_ACCESS in authorization_code.scope.split():
            told = self.request.drawn.encoded(ground().secret_box)
        return holder(
            for_this_request(authorization_code, self.request),
            self.request.client,
            told,
            clock.now(),
        )

    def save_token(self, token: dict[str, Any]) -> None:
        """Journal it: the token itself is signed and never kept, its expiry was written with the claim."""
        journal(self.request.user, clock.now())

    def delete_authorization_code(self, authorization_code: RedeemedGrant) -> None:
        """Nothing: the code was used when it was claimed, and its row is what logout and replay look for."""


class WithIdToken(OpenIDToken):
    """The extension of the grant that adds an ID token when ``openid`` was granted."""

    def encode_id_token(self, token: dict[str, Any], request: Any) -> str:
        """Encode it ourselves."""
        holder: Holder = request.user
        place = ground()
        return id_token.encode(
            holder.grant,
            holder.subject,
            request.client,
            access_token=token["access_token"],
            issuer=place.settings.issuer,
            userinfo_endpoint=place.settings.issuer + addresses.USERINFO,
            key_ring=place.key_ring,
            now=clock.now(),
        )
