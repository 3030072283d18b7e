"""Tables that people open in a spreadsheet: every cell is text, and none is a formula (``neutral.py``).

Rows come from an iterator and leave as they come: memory stays flat whatever their number. OpenDocument is written
in ``opendocument.py``.
"""

import csv
from collections.abc import Iterator, Sequence
from enum import StrEnum
from io import SEEK_END, StringIO
from itertools import chain
from tempfile import TemporaryFile
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from idp.spreadsheets.neutral import neutralise
from idp.spreadsheets.opendocument import write_ods
from idp.spreadsheets.sheet import Sheet

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
WIDTH_CHARS = 24
_CHUNK_BYTES = 64 * 1024
_CHUNK_CHARS = 32 * 1024
_TEXT = "@"


class Format(StrEnum):
    """The kinds of files that we write; the value is the end of their name."""

    CSV = "csv"
    XLSX = "xlsx"
    ODS = "ods"

    @property
    def media_type(self) -> str:
        """What browsers are told of it."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.ODS: "application/vnd.oasis.opendocument.spreadsheet",
}


def written(kind: Format, *sheets: Sheet) -> Iterator[bytes]:
    """The bytes of a file, some at a time; a CSV holds the first sheet only."""
    if kind is Format.CSV:
        yield from _csv(sheets[0])
        return
    # Workbooks are archives, whose table of contents comes last: they are complete before they leave.
    with TemporaryFile() as file:
        (_write_xlsx if kind is Format.XLSX else write_ods)(file, sheets)
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _csv(sheet: Sheet) -> Iterator[bytes]:
    # French spreadsheets expect semicolons, and the byte order mark tells Excel that it is UTF-8.
    buffer = StringIO(BOM)
    buffer.seek(0, SEEK_END)
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    for row in chain((sheet.header,), sheet.rows):
        writer.writerow(map(neutralise, row))
        if buffer.tell() > _CHUNK_CHARS:
            yield _emptied(buffer)
    yield _emptied(buffer)


def _emptied(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _write_xlsx(file: IO[bytes], sheets: Sequence[Sheet]) -> None:
    with Workbook(file, {"constant_memory": True}) as workbook:
        names = workbook.add_format({"bold": True, "num_format": _TEXT})
        texts = workbook.add_format({"num_format": _TEXT})
        for sheet in sheets:
            page = workbook.add_worksheet(sheet.title)
            page.freeze_panes(1, 0)
            # Whole columns are text: what is typed in a blank line keeps its zeros (06 12 34 56 78).
            page.set_column(0, len(sheet.header) - 1, WIDTH_CHARS, texts)
            _write_row(page, 0, sheet.header, names)
            for number, row in enumerate(sheet.rows, start=1):
                _write_row(page, number, row, texts)


def _write_row(page: Worksheet, number: int, row: Sequence[str], style: CellFormat) -> None:
    for column, cell in enumerate(row):
        # Never write(), which makes formulas and links of texts that look like one.
        page.write_string(number, column, neutralise(cell), style)
