"""A table that is downloaded: its format, asked by ``format``, and the answer.

The file is complete before it leaves: who downloads slowly holds no connection of the database, and a fault is a
page, not half a file. It waits on disk, so that memory stays flat.
"""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from flask import Response, request

from idp.errors import NotHere
from idp.spreadsheets.writing import Format

_IN_MEMORY_BYTES = 256 * 1024
_CHUNK_BYTES = 64 * 1024


def format_demande() -> Format:
    """The one that the address asks for; raises ``NotHere`` for any other than ours."""
    try:
        return Format(request.args.get("format", Format.CSV))
    except ValueError as error:
        raise NotHere("Ce format n’existe pas : demandez csv, xlsx ou ods.") from error


def telecharger(name: str, kind: Format, pieces: Iterator[bytes]) -> Response:
    """The file, under that name."""
    file = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed once it has left
    for piece in pieces:
        file.write(piece)
    return partir(file, f"{name}.{kind}", kind.media_type)


def partir(file: IO[bytes], name: str, media_type: str) -> Response:
    """What was just written, to its end; it is closed once it has left."""
    size = file.tell()
    file.seek(0)
    response = Response(_leaving(file), mimetype=media_type)
    response.content_length = size
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _leaving(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
