"""The index of a batch, for the printing shop: a row for each letter, in the order of the sheets, and how many go
in its envelope.

It holds no identifiant and no secret: read beside one batch, it says nothing of the other.
"""

import re
from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select

from idp.db import db
from idp.habilitations.models import Courrier, Organisme
from idp.printable import grouped
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

TITRES = ("Feuille", "Feuilles", "Référence", "Organisme", "Caisse", "Code postal")
_CODE_POSTAL = re.compile(r"\b[0-9]{5}\b")


def fichier(lot_id: UUID) -> Iterator[bytes]:
    """The rows as CSV."""
    return written(Format.CSV, Sheet("Index", TITRES, _lignes(lot_id)))


def _lignes(lot_id: UUID) -> Iterator[list[str]]:
    rows = db.session.execute(
        select(
            Courrier.feuille,
            Courrier.feuilles,
            Courrier.reference,
            Organisme.raison_sociale,
            Organisme.caisse_code,
            Organisme.adresse,
        )
        .join(Organisme, Organisme.id == Courrier.organisme_id)
        .where(Courrier.lot_id == lot_id)
        .order_by(Courrier.feuille)
    )
    for row in rows:
        yield [
            str(row.feuille or ""),
            str(row.feuilles or ""),
            grouped(row.reference),
            row.raison_sociale,
            row.caisse_code,
            code_postal(row.adresse),
        ]


def code_postal(adresse: Sequence[str]) -> str:
    """Of the last line of an address; empty when it has none."""
    trouve = _CODE_POSTAL.search(adresse[-1]) if adresse else None
    return trouve[0] if trouve else ""
