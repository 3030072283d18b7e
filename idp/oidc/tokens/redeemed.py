"""The row behind a code or a refresh token that was just claimed: what tokens are made of."""

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists

from idp.accounts.models import BrowserSession
from idp.oidc.claims_request import AskedNames
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.models import Grant


@dataclass(frozen=True, slots=True)
class RedeemedGrant:
    """Columns of a ``Grant``; the getters are those that Authlib asks for."""

    id: UUID
    account_id: UUID
    sid: str
    rattachement_id: UUID | None
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    auth_time: datetime
    acr: str
    amr: list[str]
    code_challenge: str | None
    claims_asked: AskedNames | None
    resources: list[str]

    def get_redirect_uri(self) -> str:
        """The address that the token request must repeat (RFC 6749 §4.1.3)."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """What was granted."""
        return self.scope

    def check_client(self, client: RelyingParty) -> bool:
        """Whether it is that client's: it was claimed by it."""
        return client.client_id == self.client_id


RETURNED = tuple(getattr(Grant, field.name) for field in fields(RedeemedGrant))

SIGNED_IN = exists().where(BrowserSession.id == Grant.session_id, BrowserSession.ended_at.is_(None))
"""Nobody ended the session that the grant was given in; its own age does not count."""
