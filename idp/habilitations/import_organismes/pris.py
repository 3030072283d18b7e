"""One at a time reads a file, does its lines, or stops it."""

from sqlalchemy import ColumnElement, update

from idp.db import db
from idp.habilitations.import_organismes.models import ImportOrganismes


def prendre(*lequel: ColumnElement[bool]) -> ImportOrganismes | None:
    """The import, held until the transaction ends; None when it is none of those."""
    # Written to, not only read: this holds on both databases.
    return db.session.scalars(
        update(ImportOrganismes)
        .where(*lequel)
        .values(etat=ImportOrganismes.etat)
        .returning(ImportOrganismes)
        .execution_options(populate_existing=True)
    ).one_or_none()
