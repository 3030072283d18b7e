"""Back-channel logout: each relying party of an ended session is told by us, whatever becomes of the browser.

OpenID Connect Back-Channel Logout 1.0 §2.4 to §2.8:
https://openid.net/specs/openid-connect-backchannel-1_0.html . What ends is decided in ``endings.py``; the outbox
keeps it until it is delivered, and tries for three days. A refusal (400) is tried again like a silence: §2.8 gives
it to a logout that failed as well, every attempt carries a fresh token, and a person who stays signed in where
they should not is worse than a few requests too many. Each refusal is in the journal.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from idp import audit, clock, outbox, outgoing
from idp.accounts.models import Account
from idp.crypto import new_token
from idp.db import db
from idp.extensions import ground
from idp.oidc import subjects
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.clients.relying_parties import registry
from idp.oidc.events import LogoutAccepted, LogoutRefused
from idp.oidc.tokens import signing
from idp.outbox import Payload, TryAgain

KIND = "backchannel_logout"
TYP = "logout+jwt"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LIFETIME = timedelta(minutes=2)
# §2.8: 200; the second is what frameworks answer of themselves to a request without an answer.
_DONE = (HTTPStatus.OK, HTTPStatus.NO_CONTENT)


@dataclass(frozen=True, slots=True)
class SignedInAt:
    """A person signed in at a relying party through one session of ours."""

    client_id: str
    account_id: UUID
    sid: str


class NotAccepted(Exception):
    """The relying party answered something else than it should."""


def announce(ended: SignedInAt, now: datetime) -> UUID | None:
    """Decide a delivery, when this relying party asks for them; ids only, the token is made at each attempt."""
    client = registry().client(ended.client_id)
    if client is None or client.backchannel_logout_uri is None:
        return None
    payload = {
        "client_id": ended.client_id,
        "account_id": str(ended.account_id),
        "sid": ended.sid,
    }
    return outbox.enqueue(KIND, payload, at=now, target=ended.client_id)


def deliver(payload: Payload) -> TryAgain | None:
    """Send one logout token; raises what the outbox tries again."""
    ended = SignedInAt(payload["client_id"], UUID(payload["account_id"]), payload["sid"])
    client = registry().client(ended.client_id)
    if client is None or client.backchannel_logout_uri is None:
        # It left, or asks no more, since the logout was decided.
        return None
    now = clock.now()
    status = outgoing.post_form(
        client.backchannel_logout_uri, {"logout_token": logout_token(ended, client, now)}
    )
    if status in _DONE:
        _journal(LogoutAccepted(client_id=client.client_id), ended, now)
        return None
    if status != HTTPStatus.BAD_REQUEST:
        raise NotAccepted(f"{client.backchannel_logout_uri} answered {status}")
    _journal(LogoutRefused(client_id=client.client_id), ended, now)
    return TryAgain(f"{client.backchannel_logout_uri} refused the logout (400)")


def logout_token(ended: SignedInAt, client: RelyingParty, now: datetime) -> str:
    """§2.4: whom and which session, never a nonce, so that it cannot pass for an ID token."""
    place = ground()
    account = db.session.get_one(Account, ended.account_id)
    content = {
        "iss": place.settings.issuer,
        "aud": client.client_id,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": new_token(),
        "events": {LOGOUT_EVENT: {}},
        "sub": subjects.identifier(client, account.sub),
        "sid": ended.sid,
    }
    return signing.sign(
        content,
        typ=TYP,
        algorithm=client.id_token_signed_response_alg,
        key_ring=place.key_ring,
    )


def _journal(event: audit.Event, ended: SignedInAt, now: datetime) -> None:
    audit.record(event, at=now, actor=audit.WORKER, account_id=ended.account_id)
