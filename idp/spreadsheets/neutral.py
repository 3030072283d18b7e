"""A cell that a spreadsheet would run as a formula is written as text, and read back as it was.

CWE-1236; OWASP: https://owasp.org/www-community/attacks/CSV_Injection . Strings of .xlsx and .ods are neutralised
too: people save them again as CSV.
"""

import re
import unicodedata

MARK = "'"
_UNWRITABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot carry, and line ends, which would cut a line of CSV in two."""


def neutralise(cell: str) -> str:
    """The cell as text that starts no formula: behind an apostrophe when it would, controls as spaces."""
    text = _UNWRITABLE.sub(" ", cell)
    return MARK + text if _would_run(text) else text


def restore(cell: str) -> str:
    """What ``neutralise`` was given; any other text is left alone."""
    return cell[len(MARK) :] if cell.startswith(MARK) and _would_run(cell) else cell


def _would_run(text: str) -> bool:
    # Apostrophes at the head are looked through, so that a cell that already has ours gets one more: no two
    # texts are written alike.
    for character in text.lstrip(MARK):
        if not _is_skipped(character):
            # Full-width and small variants become plain signs when a file changes hands.
            return unicodedata.normalize("NFKC", character)[0] in "=+-@\N{MINUS SIGN}"
    return False


def _is_skipped(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf", "Zs")
