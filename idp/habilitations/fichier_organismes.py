"""The file of organismes that a caisse sends: read line by line, in flat memory, nothing stored.

One line of the file is one organisme: a line end inside quotes is refused with its line, so that
a quote left open cannot swallow what follows. What the cells mean belongs to
``organisme_declare.py``, what is written in the database to ``imports.py``.
The format is described for the caisses in ``docs/import-organismes.md``.
"""

import codecs
import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from idp.habilitations.organisme_declare import (
    COLONNES,
    LigneEnLecture,
    LigneRefusee,
    OrganismeDeclare,
    extrait,
    keyword,
    parse_organisme,
)

__all__ = [
    "FichierRefuse",
    "LigneLue",
    "LigneRefusee",
    "OrganismeDeclare",
    "lire_organismes",
]

LINE_MAX_BYTES = 20_000
OBLIGATOIRES = ("caisse", "numeros_utilisateur", "type", "adresse_1", "zones", "types_logement")

_CHUNK_BYTES = 64 * 1024
_DELIMITERS = ";,\t"
_UTF_16_AND_32 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_MAGIC = {
    b"PK\x03\x04": "un classeur (Excel ou LibreOffice)",
    b"\xd0\xcf\x11\xe0": "un classeur Excel",
    b"%PDF": "un document PDF",
    b"\x1f\x8b": "une archive",
}


class FichierRefuse(ValueError):
    """The whole file cannot be read; the message is for the person who sent it."""


@dataclass(frozen=True, slots=True)
class LigneLue:
    """A line that can be imported; ``ligne`` counts from 1, the header included."""

    ligne: int
    organisme: OrganismeDeclare


@dataclass(frozen=True, slots=True)
class _Entete:
    columns: tuple[str, ...]
    delimiter: str


def lire_organismes(
    stream: BinaryIO, caisses: Mapping[str, Sequence[str]]
) -> Iterator[LigneLue | LigneRefusee]:
    """Read a seekable file; ``caisses`` maps each code to its départements.

    A wrong line gives one ``LigneRefusee`` per reason, and the reading goes on. Raises
    ``FichierRefuse`` at once for the encoding and the header, at the end for a file with no line.
    """
    encoding = _encoding(stream)
    lines = _lines(stream, encoding)
    header = _header(lines)
    return _records(lines, header, caisses)


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


def _header(lines: Iterator[tuple[int, str | None]]) -> _Entete:
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
    _refuse_columns(columns, names)
    return _Entete(columns, delimiter)


def _refuse_columns(columns: Sequence[str], names: Sequence[str]) -> None:
    problems = [
        f"Colonne inconnue : « {extrait(name)} »."
        for column, name in zip(columns, names, strict=True)
        if column not in COLONNES
    ]
    problems += [f"Colonne en double : « {c} »." for c in COLONNES if columns.count(c) > 1]
    problems += [f"Colonne absente : « {c} »." for c in OBLIGATOIRES if c not in columns]
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
    lines: Iterator[tuple[int, str | None]],
    header: _Entete,
    caisses: Mapping[str, Sequence[str]],
) -> Iterator[LigneLue | LigneRefusee]:
    first_seen: dict[str, int] = {}
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
        reading = LigneEnLecture(number, dict(zip(header.columns, cells or (), strict=False)))
        organisme = parse_organisme(reading, caisses)
        if organisme:
            _refuse_duplicates(reading, organisme, first_seen)
        if organisme and not reading.refus:
            yield LigneLue(number, organisme)
        yield from reading.refus
    if is_empty:
        raise FichierRefuse("Ce fichier ne contient aucun organisme.")


def _whole_line_fault(line: str | None, cells: list[str] | None, header: _Entete) -> str | None:
    if line is None:
        return f"La ligne dépasse {LINE_MAX_BYTES // 1000} Ko."
    if cells is None:
        return "Un guillemet n’est pas fermé sur cette ligne."
    if any(map(str.strip, cells[len(header.columns) :])):
        return "La ligne a plus de valeurs que le fichier n’a de colonnes."
    return None


def _refuse_duplicates(
    reading: LigneEnLecture, organisme: OrganismeDeclare, first_seen: dict[str, int]
) -> None:
    for numero in organisme.numeros_utilisateur:
        first = first_seen.setdefault(numero, reading.ligne)
        if first != reading.ligne:
            reason = f"Ce N° d’utilisateur est déjà à la ligne {first} du fichier."
            reading.refuse("numeros_utilisateur", reason, numero)
