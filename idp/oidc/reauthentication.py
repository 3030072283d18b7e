"""A signed note on a request that sends a person to sign in again, so that it is not asked twice.

The note goes through the login page inside the address to come back to, and says when this very request asked. A
session authenticated since then has answered it. Nothing is stored; a note of another request, or an altered one,
counts as absent.
"""

import hashlib
from datetime import UTC, datetime, timedelta

from itsdangerous import Signer

from idp.oidc.parameters import Parameters

PARAMETER = "reauthentication"
LIFETIME = timedelta(hours=1)
"""Long enough to recover a forgotten password on the way."""


def noted(parameters: Parameters, secret_key: str, now: datetime) -> Parameters:
    """The same request, with the note that it asked now."""
    bare = parameters.without(PARAMETER)
    asked_at = str(int(now.timestamp()))
    signature = _signer(secret_key).get_signature(_signed(bare, asked_at)).decode()
    return Parameters({**bare.values, PARAMETER: f"{asked_at}.{signature}"}, bare.repeated)


def asked_again_at(parameters: Parameters, secret_key: str, now: datetime) -> datetime | None:
    """When this request last asked, in whole seconds like ``auth_time``; None when it did not."""
    asked_at, _dot, signature = (parameters.get(PARAMETER) or "").partition(".")
    signed = _signed(parameters.without(PARAMETER), asked_at)
    if not signature.isascii() or not _signer(secret_key).verify_signature(signed, signature):
        return None
    asked = datetime.fromtimestamp(int(asked_at), UTC)
    return asked if now - asked <= LIFETIME else None


def _signer(secret_key: str) -> Signer:
    return Signer(secret_key, salt="idp.oidc.reauthentication", digest_method=hashlib.sha256)


def _signed(parameters: Parameters, asked_at: str) -> bytes:
    request = hashlib.sha256(parameters.encoded().encode()).hexdigest()
    return f"{request}.{asked_at}".encode()
