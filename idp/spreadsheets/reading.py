"""The rows of a file that somebody sent: CSV, .xlsx or .ods, told apart by what it holds, never by its name."""

from collections.abc import Iterator
from typing import BinaryIO

from idp.spreadsheets.archive import repacked
from idp.spreadsheets.bounds import Bounds, FichierRefuse, thousands
from idp.spreadsheets.delimited import delimited_rows
from idp.spreadsheets.neutral import restore
from idp.spreadsheets.rows import BadRow, Row
from idp.spreadsheets.workbook import workbook_rows

_ARCHIVE = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"

ANCIEN_EXCEL = (
    "Ce fichier est protégé par un mot de passe, ou d’un ancien format d’Excel (.xls) : enregistrez-le sans mot de"
    " passe au format « Classeur Excel (.xlsx) », puis recommencez."
)


def read_rows(stream: BinaryIO, bounds: Bounds) -> Iterator[Row | BadRow]:
    """Read a seekable file; cells that ``neutral.py`` wrote are restored. Raises ``FichierRefuse``."""
    stream.seek(0)
    start = stream.read(len(_OLE))
    if start == _OLE:
        raise FichierRefuse(ANCIEN_EXCEL)
    if start == _ARCHIVE:
        return map(_restored, workbook_rows(repacked(stream), bounds))
    return map(_restored, _bounded(delimited_rows(stream), bounds))


def _bounded(rows: Iterator[Row | BadRow], bounds: Bounds) -> Iterator[Row | BadRow]:
    # A CSV is read as it goes: it only has to end.
    for row in rows:
        if row.number > bounds.rows:
            raise FichierRefuse(
                f"Ce tableau a plus de {thousands(bounds.rows)} lignes : partagez-le en plusieurs fichiers."
            )
        yield row


def _restored(row: Row | BadRow) -> Row | BadRow:
    return Row(row.number, tuple(map(restore, row.cells))) if isinstance(row, Row) else row
