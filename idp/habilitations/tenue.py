"""One at a time for one organisme: what counts its rows before it writes takes the organisme first.

The same for a person is ``idp/accounts/holding.py``.
"""

from uuid import UUID

from sqlalchemy import select, update

from idp.db import db
from idp.errors import Conflict
from idp.habilitations.models import Organisme


def tenir(organisme_id: UUID) -> None:
    """Take the row (and SQLite's only writer) until the transaction ends."""
    db.session.execute(
        update(Organisme)
        .where(Organisme.id == organisme_id)
        .values(raison_sociale=Organisme.raison_sociale)
    )


def tenir_vivant(organisme_id: UUID) -> None:
    """The same, of one that was not put into another one: nothing is kept there any more but its journal.

    Raises ``Conflict``, which names the other one: the caller has made sure that it may be told.
    """
    fusionne_dans = db.session.scalar(
        update(Organisme)
        .where(Organisme.id == organisme_id)
        .values(raison_sociale=Organisme.raison_sociale)
        .returning(Organisme.fusionne_dans)
        .execution_options(synchronize_session=False)
    )
    if fusionne_dans is None:
        return
    autre = db.session.scalar(select(Organisme.raison_sociale).where(Organisme.id == fusionne_dans))
    raise Conflict(
        f"Cet organisme a été réuni à « {autre} ».",
        conseil="Ses conventions et ses personnes sont maintenant celles de l’autre : agissez dans son dossier.",
        detail="the organisme was put into another one",
    )
