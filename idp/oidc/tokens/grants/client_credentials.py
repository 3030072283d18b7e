"""The client credentials grant: a service acts for itself, on no person's behalf.

RFC 6749 §4.4, RFC 9068 §2.2 (``sub`` is then the client). Nothing is kept but a line of the journal: the token
lives minutes, and names its client.
"""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant as AuthlibClientCredentialsGrant

from idp import audit, clock
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.events import ServiceTokenIssued
from idp.oidc.tokens import resources
from idp.oidc.tokens.grants.holder import ForItself


class ClientCredentialsGrant(AuthlibClientCredentialsGrant):
    """Answers what Authlib's grant asks."""

    def validate_requested_scope(self) -> None:
        """What speaks of a person is not for it; naming nothing, it is allowed all that it may."""
        client: RelyingParty = self.request.client
        asked = set((self.request.payload.scope or "").split())
        if not asked <= client.service_scope:
            raise InvalidScopeError("This scope is not open to a client without a person.")
        self.request.allowed = sorted(asked or client.service_scope)

    def generate_token(self, **_asked: Any) -> dict[str, Any]:
        """For the APIs that it names (RFC 8707), else its own."""
        client: RelyingParty = self.request.client
        named = resources.checked(self.request.parameters.resources, resources.allowed(client))
        token: dict[str, Any] = super().generate_token(
            user=ForItself(named), scope=" ".join(self.request.allowed)
        )
        return token

    def save_token(self, token: dict[str, Any]) -> None:
        """Journal it."""
        client: RelyingParty = self.request.client
        audit.record(
            ServiceTokenIssued(client_id=client.client_id), at=clock.now(), actor=audit.ANONYMOUS
        )
