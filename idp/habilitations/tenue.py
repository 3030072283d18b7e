"""One at a time for one organisme: what counts its rows before it writes takes the organisme first.

The same for a person is ``idp/accounts/holding.py``.
"""

from uuid import UUID

from sqlalchemy import update

from idp.db import db
from idp.habilitations.models import Organisme


def tenir(organisme_id: UUID) -> None:
    """Take the row (and SQLite's only writer) until the transaction ends."""
    db.session.execute(
        update(Organisme)
        .where(Organisme.id == organisme_id)
        .values(raison_sociale=Organisme.raison_sociale)
    )
