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
        """Every scope of this server speaks of a person."""
        if self.request.payload.scope:
            raise InvalidScopeError("No scope is open to a client without a person.")

    def generate_token(self, **_asked: Any) -> dict[str, Any]:
        """For the APIs that it names (RFC 8707), else its own."""
        client: RelyingParty = self.request.client
        named = resources.checked(self.request.parameters.resources, resources.allowed(client))
        token: dict[str, Any] = super().generate_token(user=ForItself(named))
        return token

    def save_token(self, token: dict[str, Any]) -> None:
        """Journal it."""
        client: RelyingParty = self.request.client
        audit.record(
            ServiceTokenIssued(client_id=client.client_id), at=clock.now(), actor=audit.ANONYMOUS
        )
