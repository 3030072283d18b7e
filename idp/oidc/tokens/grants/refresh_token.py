"""The refresh token grant: new tokens for a person who is not there, with the rights that they have now.

RFC 6749 §6, OpenID Connect Core §12. Authlib runs the order of the checks; a token is claimed by one UPDATE
(``refresh_tokens.py``) before the person is read.
"""

from dataclasses import replace
from typing import Any

from authlib.oauth2.rfc6749.grants import RefreshTokenGrant as AuthlibRefreshTokenGrant

from idp import clock
from idp.extensions import ground
from idp.oidc import scopes
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.scopes import Scope
from idp.oidc.tokens import refresh_tokens
from idp.oidc.tokens.grants.holder import Holder, for_this_request, holder, journal
from idp.oidc.tokens.redeemed import RedeemedGrant


class RefreshTokenGrant(AuthlibRefreshTokenGrant):
    """Answers what Authlib's grant asks."""

    def authenticate_refresh_token(self, refresh_token: str) -> RedeemedGrant | None:
        """Claim the token. One that was rotated away ends its family (RFC 9700 §4.14.2)."""
        client: RelyingParty = self.request.client
        now = clock.now()
        presented = refresh_tokens.read(refresh_token, ground().secret_box)
        if presented is None:
            return None
        redeemed = refresh_tokens.redeem(presented, client, now)
        if redeemed is None:
            refresh_tokens.end_reused(presented, client, now)
        self.request.presented = presented
        return redeemed

    def authenticate_user(self, refresh_token: RedeemedGrant) -> Holder:
        """The person as they are now, for the scope that is asked: all of it, or a part."""
        client: RelyingParty = self.request.client
        told = None
        if client.public:
            told = self.request.presented.next.encoded(ground().secret_box)
        # Core §12.2: the nonce was of the sign-in.
        narrowed = replace(
            for_this_request(refresh_token, self.request),
            scope=_scope(refresh_token, client, self.request.payload.scope),
            nonce=None,
        )
        return holder(narrowed, client, told, clock.now())

    def issue_token(self, user: Holder, _refresh_token: RedeemedGrant) -> dict[str, Any]:
        """Tokens of the scope that was kept."""
        token: dict[str, Any] = self.generate_token(user=user, scope=user.grant.scope)
        return token

    def save_token(self, token: dict[str, Any]) -> None:
        """Journal it."""
        journal(self.request.user, clock.now())

    def revoke_old_credential(self, refresh_token: RedeemedGrant) -> None:
        """Nothing: claiming it was its end, or it goes on."""


def _scope(granted: RedeemedGrant, client: RelyingParty, asked: str | None) -> str:
    allowed = frozenset(Scope(word) for word in granted.scope.split()) & client.scope
    return " ".join(scopes.granted(asked or granted.scope, allowed))
