"""A workbook (.xlsx, .ods) is an archive: it is judged, inflated under our own bounds, and packed again.

What opens it (``workbook.py``) only sees the new archive: the parts that we have inflated ourselves, each once,
as long as we counted them. So it matters little what the archive declares of its sizes, or hides from one reader
and shows to another.
"""

import re
import zlib
from collections.abc import Iterator
from enum import StrEnum
from io import BytesIO
from typing import BinaryIO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from idp.spreadsheets.bounds import (
    ENTRIES_MAX,
    INFLATED_MAX_BYTES,
    RATIO_FREE_BYTES,
    RATIO_MAX,
    FichierRefuse,
)

_CHUNK_BYTES = 64 * 1024
_CONTENT_TYPES = "[Content_Types].xml"
_XLSX = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_ENCRYPTED_FLAG = 0x1
# Programs of Excel: Visual Basic, and the sheets of Excel 4. Programs of LibreOffice.
_MACRO_NAMES = re.compile(
    r"vbaproject|vbadata|(^|/)xl/(macrosheets|dialogsheets)/|^(basic|scripts)/"
)
_MACRO_TYPES = re.compile(rb"macroenabled|macrosheet|vbaproject", re.IGNORECASE)
_ODS_SCRIPT = re.compile(rb"<(?:[\w.-]+:)?(?:script|event-listener)[\s/>]")
_READ = (".xml", ".rels")
"""The only parts that say something of the cells: pictures, printers and the like are left out."""

BOMBE = "Une fois décompressé, ce fichier serait démesuré : il n’a pas été ouvert."
MACROS = (
    "Ce fichier contient des macros (un programme) : il n’a pas été ouvert. Enregistrez-le au format « Classeur"
    " Excel (.xlsx) », « Classeur ODF (.ods) » ou « CSV UTF-8 », puis recommencez."
)
PROTEGE = "Ce fichier est protégé par un mot de passe : retirez-le, puis recommencez."
ABIME = "Ce fichier est abîmé : enregistrez-le à nouveau, puis recommencez."
PAS_UN_TABLEAU = "Ce fichier n’est pas un tableau : envoyez un fichier .xlsx, .ods ou CSV."
ENTITES = "Ce fichier contient une déclaration (DTD) que les tableurs n’écrivent pas : il n’a pas été ouvert."


class Kind(StrEnum):
    """The workbooks that we read."""

    XLSX = "xlsx"
    ODS = "ods"


def repacked(stream: BinaryIO) -> bytes:
    """A safe copy of this workbook; raises ``FichierRefuse``."""
    try:
        with ZipFile(stream) as archive:
            entries = archive.infolist()
            _refuse_declared(entries)
            parts = dict(_inflated(archive, entries))
    except (BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise (error if isinstance(error, FichierRefuse) else FichierRefuse(ABIME)) from error
    kind = _kind(parts)
    for name, content in parts.items():
        if name.endswith(_READ):
            _refuse_declarations(content)
    return _packed(parts, kind)


def _refuse_declared(entries: list[ZipInfo]) -> None:
    """Before anything is inflated: what the archive says of itself."""
    names = [entry.filename for entry in entries]
    if len(names) > ENTRIES_MAX or len(set(names)) < len(names):
        raise FichierRefuse(BOMBE if len(names) > ENTRIES_MAX else ABIME)
    if any(_MACRO_NAMES.search(name.lower()) for name in names):
        raise FichierRefuse(MACROS)
    if any(entry.flag_bits & _ENCRYPTED_FLAG for entry in entries):
        raise FichierRefuse(PROTEGE)
    if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
        raise FichierRefuse(ABIME)
    if sum(entry.file_size for entry in entries) > INFLATED_MAX_BYTES or any(
        map(_is_out_of_proportion, entries)
    ):
        raise FichierRefuse(BOMBE)


def _is_out_of_proportion(entry: ZipInfo) -> bool:
    return entry.file_size > max(RATIO_FREE_BYTES, RATIO_MAX * entry.compress_size)


def _inflated(archive: ZipFile, entries: list[ZipInfo]) -> Iterator[tuple[str, bytes]]:
    """The parts that are read, by name; what they really weigh is counted while they are inflated.

    ``zipfile`` gives no more than what is declared, and refuses a part whose sum is not the declared one.
    """
    left = INFLATED_MAX_BYTES
    for entry in entries:
        name = entry.filename
        if name != "mimetype" and not name.endswith(_READ):
            continue
        content = bytearray()
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK_BYTES):
                left -= len(chunk)
                if left < 0:
                    raise FichierRefuse(BOMBE)
                content += chunk
        if content:  # LibreOffice writes empty parts, which are not XML
            yield name, bytes(content)


def _kind(parts: dict[str, bytes]) -> Kind:
    types = parts.get(_CONTENT_TYPES, b"")
    if _MACRO_TYPES.search(types):
        raise FichierRefuse(MACROS)
    if _XLSX in types:
        return Kind.XLSX
    if parts.get("mimetype", b"").strip() != _ODS:
        raise FichierRefuse(PAS_UN_TABLEAU)
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise FichierRefuse(PROTEGE)
    if _ODS_SCRIPT.search(parts.get("content.xml", b"")):
        raise FichierRefuse(MACROS)
    return Kind.ODS


def _refuse_declarations(content: bytes) -> None:
    """No DTD, hence no entity, in any encoding; raises ``FichierRefuse``, for what is not XML too."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise FichierRefuse(ABIME) from error


def _refuse_doctype(*_declaration: object) -> None:
    raise FichierRefuse(ENTITES)


def _packed(parts: dict[str, bytes], kind: Kind) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        # « mimetype » comes first (OpenDocument 1.3, part 2, §3.3).
        for name in sorted(parts, key=lambda name: (name != "mimetype", name)):
            if kind is Kind.ODS or name != "mimetype":
                archive.writestr(name, parts[name])
    return packed.getvalue()
