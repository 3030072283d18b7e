"""A program of its own: opens the workbook of its standard input and writes the rows of its first sheet, as JSON.

``workbook.py`` starts it by its path, with bounds on what it may take: whatever a hostile file makes of the
library that reads it, this process alone ends. It imports nothing of the product.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

TROP_GRAND = 3
ILLISIBLE = 4


class TropGrand(Exception):
    """More rows, columns or characters than the caller takes; ``args`` say what."""


def rows_of(
    data: bytes, *, rows: int, columns: int, cell_chars: int, chars: int
) -> Iterator[list[str]]:
    """The rows of the first visible sheet, from the very first; raises ``TropGrand``, ``CalamineError``."""
    left = chars
    with CalamineWorkbook.from_filelike(BytesIO(data)) as workbook:
        sheet = workbook.get_sheet_by_name(_first_sheet(workbook))
        if sheet.end is None:
            return
        last_row, last_column = sheet.end
        if last_row >= rows:
            raise TropGrand("lignes")
        if last_column >= columns:
            raise TropGrand("colonnes")
        for cells in sheet.to_python(skip_empty_area=False):
            texts = list(map(text_of, cells))
            if any(len(text) > cell_chars for text in texts):
                raise TropGrand("caracteres")
            left -= sum(map(len, texts))
            if left < 0:
                raise TropGrand("texte")
            yield texts


def _first_sheet(workbook: CalamineWorkbook) -> str:
    for sheet in workbook.sheets_metadata:
        if sheet.visible is SheetVisibleEnum.Visible and sheet.typ is SheetTypeEnum.WorkSheet:
            return sheet.name
    raise CalamineError("no sheet to see")


def text_of(cell: object) -> str:
    """A cell as people see it, in the plainest spelling."""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _bound(memory_bytes: int, cpu_s: int) -> None:
    for what, limit in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def main(arguments: list[str]) -> int:
    """``memory_bytes cpu_s rows columns cell_chars chars``; the status says what went wrong."""
    memory_bytes, cpu_s, *limits = map(int, arguments)
    names = ("rows", "columns", "cell_chars", "chars")
    _bound(memory_bytes, cpu_s)
    try:
        data = sys.stdin.buffer.read()
        for cells in rows_of(data, **dict(zip(names, limits, strict=True))):
            sys.stdout.write(json.dumps(cells) + "\n")
    except TropGrand as error:
        sys.stderr.write(str(error))
        return TROP_GRAND
    except CalamineError:
        return ILLISIBLE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
