"""A CSV file that people made: read line by line, in flat memory, nothing stored.

One line of the file is one thing: a line end inside quotes is refused with its line, so that a quote left open
cannot swallow what follows. What the cells mean belongs to who reads them (``organisme_declare.py``,
``compte_importe.py``).
"""

import codecs
import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeVar

LINE_MAX_BYTES = 20_000
FIELD_MAX_CHARS = 500
VALEUR_MAX_CHARS = 40
UNREADABLE = "\N{REPLACEMENT CHARACTER}"

_CHUNK_BYTES = 64 * 1024
_DELIMITERS = ";,\t"
_UTF_16_AND_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_MAGIC = {
    b"PK\x03\x04": "un classeur (Excel ou LibreOffice)",
    b"\xd0\xcf\x11\xe0": "un classeur Excel",
    b"%PDF": "un document PDF",
    b"\x1f\x8b": "une archive",
}

T = TypeVar("T")


class FichierRefuse(ValueError):
    """The whole file cannot be read; the message is for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Colonnes:
    """The columns of a kind of file; ``quoi`` is what its lines are (« aucun organisme »)."""

    connues: tuple[str, ...]
    obligatoires: tuple[str, ...]
    quoi: str


@dataclass(frozen=True, slots=True)
class _Entete:
    columns: tuple[str, ...]
    delimiter: str


@dataclass(frozen=True, slots=True)
class LigneRefusee:
    """One reason to refuse a line; ``colonne`` is empty when the whole line is at fault."""

    ligne: int
    colonne: str
    motif: str
    valeur: str
    """The beginning of what was found, at most 40 printable characters."""


def extrait(text: str) -> str:
    """The first 40 characters, without any that a screen could not show."""
    return "".join(c if c.isprintable() else UNREADABLE for c in text[:VALEUR_MAX_CHARS])


class LigneEnLecture:
    """The cells of one line, and the refusals gathered while they are read."""

    def __init__(self, ligne: int, cells: Mapping[str, str]) -> None:
        self.ligne = ligne
        self.refus: list[LigneRefusee] = []
        self._cells = {column: self._clean(column, cell) for column, cell in cells.items()}

    def _clean(self, column: str, cell: str) -> str:
        if len(cell) > FIELD_MAX_CHARS:
            self.refuse(column, f"La valeur dépasse {FIELD_MAX_CHARS} caractères.", cell)
            return ""
        if UNREADABLE in cell or any(map(_is_control, _unprintable(cell))):
            self.refuse(column, "La valeur contient un caractère illisible ou invisible.", cell)
            return ""
        return " ".join(unicodedata.normalize("NFC", cell).split())

    def refuse(self, column: str, reason: str, value: str = "") -> None:
        """Note a reason; the reading of the line goes on, so that all are told at once."""
        self.refus.append(LigneRefusee(self.ligne, column, reason, extrait(value)))

    def is_refused(self, column: str) -> bool:
        """Whether a reason was already noted for this column: one is enough."""
        return any(refus.colonne == column for refus in self.refus)

    def text(self, column: str) -> str:
        """The cell with single spaces; empty when the column is absent."""
        return self._cells.get(column, "")

    def required(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The parsed cell; None, and a reason noted, when it is empty or wrong."""
        if not self.text(column) and not self.is_refused(column):
            self.refuse(column, "Cette valeur est obligatoire.")
        return self.optional(column, parse)

    def optional(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The parsed cell, None when it is empty; a wrong one is also noted."""
        if not self.text(column):
            return None
        try:
            return parse(self.text(column))
        except ValueError as error:
            self.refuse(column, str(error), self.text(column))
            return None

    def forbidden(self, columns: Sequence[str], reason: str) -> None:
        """Note a reason for each of these columns that is filled in."""
        for column in columns:
            if self.text(column):
                self.refuse(column, reason, self.text(column))


def _unprintable(cell: str) -> str:
    # Nearly every cell is printable: the categories are looked up for the others only.
    return "" if cell.isprintable() else cell


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in _REFUSED_CATEGORIES


# Controls, invisible marks (bidirectional ones too), private or unassigned characters, line separators.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def lire_lignes(stream: BinaryIO, colonnes: Colonnes) -> Iterator[LigneEnLecture | LigneRefusee]:
    """Read a seekable file; a line whose cells cannot be told apart gives a ``LigneRefusee``.

    Raises ``FichierRefuse`` at once for the encoding and the header, at the end for a file with no line.
    """
    encoding = _encoding(stream)
    lines = _lines(stream, encoding)
    header = _header(lines, colonnes)
    return _records(lines, header, colonnes.quoi)


def _encoding(stream: BinaryIO) -> str:
    """First pass: UTF-8 when every byte agrees, else Windows-1252."""
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


def _header(lines: Iterator[tuple[int, str | None]], colonnes: Colonnes) -> _Entete:
    _, line = next(((number, line) for number, line in lines if line != ""), (0, ""))
    if line is None:
        raise FichierRefuse(
            "La première ligne du fichier est trop longue pour des noms de colonnes."
        )
    delimiter = max(_DELIMITERS, key=line.count)
    names = _cells(line, delimiter)
    if names is None:
        raise FichierRefuse("La ligne des noms de colonnes a un guillemet qui n’est pas fermé.")
    columns = tuple(map(keyword, names))
    _refuse_columns(columns, names, colonnes)
    return _Entete(columns, delimiter)


def _refuse_columns(columns: Sequence[str], names: Sequence[str], colonnes: Colonnes) -> None:
    problems = [
        f"Colonne inconnue : « {extrait(name)} »."
        for column, name in zip(columns, names, strict=True)
        if column not in colonnes.connues
    ]
    problems += [f"Colonne en double : « {c} »." for c in colonnes.connues if columns.count(c) > 1]
    problems += [f"Colonne absente : « {c} »." for c in colonnes.obligatoires if c not in columns]
    if problems:
        shown = problems[:10]
        raise FichierRefuse(" ".join([*shown, "…"] if len(problems) > len(shown) else shown))


def _cells(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line; None when its quotes do not match."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _records(
    lines: Iterator[tuple[int, str | None]], header: _Entete, quoi: str
) -> Iterator[LigneEnLecture | LigneRefusee]:
    is_empty = True
    for number, line in lines:
        cells = None if line is None else _cells(line, header.delimiter)
        if cells is not None and not any(map(str.strip, cells)):
            continue
        is_empty = False
        fault = _whole_line_fault(line, cells, header)
        if fault:
            yield LigneRefusee(number, "", fault, extrait(line or ""))
            continue
        # A row shorter than the header lacks its last, empty, cells: spreadsheets do so.
        yield LigneEnLecture(number, dict(zip(header.columns, cells or (), strict=False)))
    if is_empty:
        raise FichierRefuse(f"Ce fichier ne contient aucun {quoi}.")


def _whole_line_fault(line: str | None, cells: list[str] | None, header: _Entete) -> str | None:
    if line is None:
        return f"La ligne dépasse {LINE_MAX_BYTES // 1000} Ko."
    if cells is None:
        return "Un guillemet n’est pas fermé sur cette ligne."
    if any(map(str.strip, cells[len(header.columns) :])):
        return "La ligne a plus de valeurs que le fichier n’a de colonnes."
    return None


def keyword(text: str) -> str:
    """Lower case, without accents, with ``_`` for spaces: how headers and fixed values are compared."""
    base = unicodedata.normalize("NFKD", text.strip().casefold())
    bare = "".join(character for character in base if not unicodedata.combining(character))
    return re.sub(r"[\s-]+", "_", bare)
