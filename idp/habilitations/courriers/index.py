"""The index of a batch, for the printing shop: a row for each letter, in the order of the sheets, and how many go
in its envelope.

It holds no identifiant and no secret: read beside one batch, it says nothing of the other.
"""

import re
from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import select

from idp import clock
from idp.db import db
from idp.habilitations.courriers import espacement
from idp.habilitations.courriers.models import LotDeCourriers
from idp.habilitations.models import Courrier, Organisme, TypeCourrier
from idp.printable import grouped
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

TITRES = ("Feuille", "Feuilles", "Référence", "Organisme", "Caisse", "Code postal")
PAS_AVANT = "Poster pas avant"
_CODE_POSTAL = re.compile(r"\b[0-9]{5}\b")


def fichier(lot_id: UUID) -> Iterator[bytes]:
    """The rows as CSV."""
    lot = db.session.get_one(LotDeCourriers, lot_id)
    if lot.type is not TypeCourrier.SECRET:
        return written(Format.CSV, Sheet("Index", TITRES, _lignes(lot_id)))
    quand = _pas_avant(espacement.depart(lot))
    lignes = ([*ligne, quand] for ligne in _lignes(lot_id))
    return written(Format.CSV, Sheet("Index", (*TITRES, PAS_AVANT), lignes))


def _pas_avant(depart: espacement.Depart) -> str:
    if depart.attendus:
        return "le lendemain des identifiants"
    return f"{clock.today(depart.pas_avant):%d/%m/%Y}" if depart.pas_avant else ""


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
