"""The last errors that each client was answered: what its integrator wants to know, kept as counters.

One row per client, endpoint and error, whatever comes: a flood adds no row. A client is whom the request names,
whether it proved so or not; one that nobody registered is not counted.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from authlib.oauth2.rfc6749 import OAuth2Error
from flask import request
from sqlalchemy import delete, select

from idp import clock
from idp.db import db, inserting
from idp.oidc.clients.relying_parties import registry
from idp.oidc.models import ERROR_MAX_CHARS, ClientError
from idp.oidc.parameters import Parameters

KEPT_FOR = timedelta(days=90)
ORDINARY = frozenset(
    {
        "access_denied",
        "account_selection_required",
        "consent_required",
        "interaction_required",
        "login_required",
    }
)
"""What clients are answered every day without anything being wrong (OpenID Connect Core §3.1.2.6)."""


def note(client_id: str | None, error: str, description: str) -> None:
    """This client was answered that, at the endpoint of this request. One statement at most."""
    if client_id is None or error in ORDINARY or registry().client(client_id) is None:
        return
    now = clock.now()
    row = inserting(ClientError).values(
        client_id=client_id,
        endpoint=request.path[:ERROR_MAX_CHARS],
        error=error[:ERROR_MAX_CHARS],
        description=description[:ERROR_MAX_CHARS],
        times=1,
        first_at=now,
        last_at=now,
    )
    db.session.execute(
        row.on_conflict_do_update(
            index_elements=["client_id", "endpoint", "error"],
            set_={
                "times": ClientError.times + 1,
                "description": row.excluded.description,
                "last_at": row.excluded.last_at,
            },
        )
    )


def note_of_server(error: OAuth2Error, parameters: Parameters | None) -> None:
    """The same for a request of a server, which names its client in its header, or in its body once read."""
    header = request.authorization
    named = header.username if header and header.type == "basic" else None
    if named is None and parameters is not None:
        named = parameters.get("client_id")
    note(named, str(error.error), _description(error))


def note_of_browser(client_id: str | None, error: OAuth2Error) -> None:
    """The same for an authorization request that was answered to its client."""
    note(client_id, str(error.error), _description(error))


def last(client_id: str) -> Sequence[ClientError]:
    """The newest first: one statement."""
    return db.session.scalars(
        select(ClientError)
        .where(ClientError.client_id == client_id)
        .order_by(ClientError.last_at.desc())
    ).all()


def forget(now: datetime) -> None:
    """Delete what has not come back for long: one statement."""
    db.session.execute(
        delete(ClientError)
        .where(ClientError.last_at < now - KEPT_FOR)
        .execution_options(synchronize_session=False)
    )


def _description(error: OAuth2Error) -> str:
    return str(error.description or "")
