"""What the journal keeps of the protocol: who reached which service, and what was refused.

Never a code, a token, a state nor a nonce.
"""

from dataclasses import dataclass
from typing import ClassVar

from idp.audit import Event


@dataclass(frozen=True, slots=True)
class AuthorizationGranted(Event):
    """A code was sent to this client."""

    name: ClassVar[str] = "authorization_granted"
    client_id: str
    scope: str


@dataclass(frozen=True, slots=True)
class AuthorizationRefused(Event):
    """A signed-in person may not open the service of this client."""

    name: ClassVar[str] = "authorization_refused"
    client_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConsentGiven(Event):
    """A person lets this client, which is not of the Caf, read what these scopes open."""

    name: ClassVar[str] = "consent_given"
    client_id: str
    scope: str


@dataclass(frozen=True, slots=True)
class TokenIssued(Event):
    """This client got tokens that speak of a person, for a code or for a refresh token."""

    name: ClassVar[str] = "token_issued"
    client_id: str
    scope: str


@dataclass(frozen=True, slots=True)
class CodeReplayed(Event):
    """A code came back: somebody copied it, and what it gave was revoked."""

    name: ClassVar[str] = "code_replayed"
    client_id: str


@dataclass(frozen=True, slots=True)
class RefreshTokenReused(Event):
    """A refresh token that had been replaced came back: somebody copied it, and the grant was revoked."""

    name: ClassVar[str] = "refresh_token_reused"
    client_id: str


@dataclass(frozen=True, slots=True)
class ServiceTokenIssued(Event):
    """This client got a token to act for itself."""

    name: ClassVar[str] = "service_token_issued"
    client_id: str


@dataclass(frozen=True, slots=True)
class TokenRevoked(Event):
    """This client gave back a token, and with it all that came from the same sign-in."""

    name: ClassVar[str] = "token_revoked"
    client_id: str


@dataclass(frozen=True, slots=True)
class ClientRegistered(Event):
    """A client registered itself."""

    name: ClassVar[str] = "client_registered"
    client_id: str
    client_name: str


@dataclass(frozen=True, slots=True)
class ClientChanged(Event):
    """A client changed its metadata."""

    name: ClassVar[str] = "client_changed"
    client_id: str


@dataclass(frozen=True, slots=True)
class ClientRemoved(Event):
    """A client removed itself, and what it held with it."""

    name: ClassVar[str] = "client_removed"
    client_id: str


@dataclass(frozen=True, slots=True)
class LoggedOutByClient(Event):
    """A session ended at the end_session endpoint, asked by this client when it could prove so."""

    name: ClassVar[str] = "logged_out_by_client"
    client_id: str | None


@dataclass(frozen=True, slots=True)
class LogoutAccepted(Event):
    """This client was told that a session ended, and took note."""

    name: ClassVar[str] = "logout_accepted"
    client_id: str


@dataclass(frozen=True, slots=True)
class LogoutRefused(Event):
    """This client was told that a session ended, and answered that it will not hear it."""

    name: ClassVar[str] = "logout_refused"
    client_id: str
