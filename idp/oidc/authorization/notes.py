"""Signed notes on a request: what this very request has asked a person, so that it is not asked twice.

A note goes through our pages inside the address to come back to, and says when the request asked, or when it was
answered. Nothing is stored; a note of another request, of another session, or an altered one, counts as absent.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from itsdangerous import Signer

from idp.oidc.parameters import Parameters

LIFETIME = timedelta(hours=1)
"""Long enough to recover a forgotten password on the way."""


class Note(StrEnum):
    """What was asked; the names of the parameters that carry it."""

    SIGN_IN = "reauthentication"
    ORGANISME = "organisme_choisi"
    CONSENT = "consentement_donne"


def noted(
    parameters: Parameters, note: Note, secret_key: str, now: datetime, *, session: str = ""
) -> Parameters:
    """The same request, with that note of now; ``session`` is the ``sid`` of the only one it is good for."""
    instant = str(int(now.timestamp()))
    signed = _signed(parameters, note, instant, session)
    signature = _signer(secret_key).get_signature(signed).decode()
    return parameters.having(note, f"{instant}.{signature}")


def noted_at(
    parameters: Parameters, note: Note, secret_key: str, now: datetime, *, session: str = ""
) -> datetime | None:
    """The instant of a note, in whole seconds like ``auth_time``; None without a note that holds."""
    instant, _dot, signature = (parameters.get(note) or "").partition(".")
    signed = _signed(parameters, note, instant, session)
    if not signature.isascii() or not _signer(secret_key).verify_signature(signed, signature):
        return None
    at = datetime.fromtimestamp(int(instant), UTC)
    return at if now - at <= LIFETIME else None


def _signer(secret_key: str) -> Signer:
    return Signer(secret_key, salt="idp.oidc.notes", digest_method=hashlib.sha256)


def _signed(parameters: Parameters, note: Note, instant: str, session: str) -> bytes:
    # Without the notes themselves: one that is added leaves the others good.
    request = hashlib.sha256(parameters.without(*Note).encoded().encode()).hexdigest()
    return f"{note}.{request}.{instant}.{session}".encode()
