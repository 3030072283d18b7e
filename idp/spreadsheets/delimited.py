"""A CSV file that people made: read line by line, in flat memory, nothing stored.

One line of the file is one row: a line end inside quotes is refused with its line, so that a quote left open
cannot swallow what follows.
"""

import codecs
import csv
from collections.abc import Iterator
from typing import BinaryIO

from idp.spreadsheets.bounds import FichierRefuse
from idp.spreadsheets.rows import BadRow, Row

LINE_MAX_BYTES = 20_000

_CHUNK_BYTES = 64 * 1024
_START_CHARS = 200
_DELIMITERS = ";,\t"
_UTF_16_AND_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_MAGIC = {
    b"PK\x03\x04": "un classeur (Excel ou LibreOffice)",
    b"\xd0\xcf\x11\xe0": "un classeur Excel",
    b"%PDF": "un document PDF",
    b"\x1f\x8b": "une archive",
}


def delimited_rows(stream: BinaryIO) -> Iterator[Row | BadRow]:
    """Read a seekable file, from its first line that holds something; raises ``FichierRefuse`` at once.

    UTF-8 when every byte agrees, else Windows-1252; the delimiter is the one that this first line holds most.
    """
    encoding = _encoding(stream)
    return _rows(_lines(stream, encoding))


def _rows(lines: Iterator[tuple[int, str | None]]) -> Iterator[Row | BadRow]:
    delimiter = ""
    for number, line in lines:
        if line == "" and not delimiter:
            continue
        delimiter = delimiter or max(_DELIMITERS, key=(line or "").count)
        yield _row(number, line, delimiter)


def _row(number: int, line: str | None, delimiter: str) -> Row | BadRow:
    if line is None:
        return BadRow(number, f"La ligne dépasse {LINE_MAX_BYTES // 1000} Ko.", "")
    try:
        cells = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        motif = "Un guillemet n’est pas fermé sur cette ligne."
        return BadRow(number, motif, line[:_START_CHARS])
    return Row(number, tuple(cells))


def _encoding(stream: BinaryIO) -> str:
    """First pass over the whole file; leaves it after its byte order mark."""
    stream.seek(0)
    start = stream.read(8)
    _refuse_other_formats(start)
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf_8 = True
    chunk = start
    while chunk:
        if b"\0" in chunk:
            raise FichierRefuse(
                "Ce fichier n’est pas un texte : enregistrez-le au format « CSV UTF-8 »."
            )
        is_utf_8 = is_utf_8 and _decodes(decoder, chunk)
        chunk = stream.read(_CHUNK_BYTES)
    is_utf_8 = is_utf_8 and _decodes(decoder, b"", final=True)
    has_bom = start.startswith(codecs.BOM_UTF8)
    if has_bom and not is_utf_8:
        raise FichierRefuse(
            "Ce fichier se dit en UTF-8 et ne l’est pas : enregistrez-le à nouveau."
        )
    stream.seek(len(codecs.BOM_UTF8) if has_bom else 0)
    return "utf-8" if is_utf_8 else "cp1252"


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_other_formats(start: bytes) -> None:
    if not start:
        raise FichierRefuse("Ce fichier est vide.")
    for magic, name in _MAGIC.items():
        if start.startswith(magic):
            raise FichierRefuse(f"Ce fichier est {name} : enregistrez-le au format « CSV UTF-8 ».")
    if start.startswith(_UTF_16_AND_32):
        raise FichierRefuse(
            "Ce fichier est en UTF-16 ou UTF-32 : enregistrez-le au format « CSV UTF-8 »."
        )


def _lines(stream: BinaryIO, encoding: str) -> Iterator[tuple[int, str | None]]:
    """Numbered lines, without their ends; None in place of one longer than ``LINE_MAX_BYTES``."""
    for number, line in enumerate(_raw_lines(stream), start=1):
        # Bytes that Windows-1252 does not define become U+FFFD, which refuses their cell only.
        too_long = len(line) > LINE_MAX_BYTES
        yield number, None if too_long else line.decode(encoding, errors="replace")


def _raw_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Lines ended by LF, CRLF or CR; what passes the limit by more than a chunk is dropped."""
    pending = b""
    while chunk := stream.read(_CHUNK_BYTES):
        data = pending + chunk
        held = b"\r" if data.endswith(b"\r") else b""  # the LF of a CRLF may open the next chunk
        *complete, pending = _split(data.removesuffix(held))
        yield from complete
        pending = pending[: LINE_MAX_BYTES + 1] + held
    if pending:
        yield pending.removesuffix(b"\r")


def _split(data: bytes) -> list[bytes]:
    """As ``splitlines``, with a last item for what has no line end yet."""
    lines = data.splitlines()
    return [*lines, b""] if not data or data.endswith((b"\n", b"\r")) else lines
