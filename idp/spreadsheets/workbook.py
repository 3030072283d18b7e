"""The rows of a workbook that ``archive.py`` has packed again, opened by a bounded process (``opener.py``)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import BoundedSemaphore

from idp.spreadsheets import opener
from idp.spreadsheets.archive import ABIME
from idp.spreadsheets.bounds import (
    CHILD_CPU_S,
    CHILD_MEMORY_BYTES,
    CHILD_WALL_S,
    Bounds,
    FichierRefuse,
    thousands,
)
from idp.spreadsheets.rows import Row

TROP_LOURD = "Ce fichier est trop lourd à lire : enregistrez-le au format « CSV UTF-8 »."
OCCUPE = "D’autres fichiers sont en cours de lecture : réessayez dans une minute."

_PROGRAM = Path(opener.__file__)
# One workbook at a time in one process of the site: their memory does not add up.
_TURN = BoundedSemaphore(1)


def workbook_rows(packed: bytes, bounds: Bounds) -> Iterator[Row]:
    """The rows of its first sheet; raises ``FichierRefuse``."""
    if not _TURN.acquire(timeout=CHILD_WALL_S):
        raise FichierRefuse(OCCUPE)
    try:
        output = _opened(packed, bounds)
    finally:
        _TURN.release()
    for number, line in enumerate(output.splitlines(), start=1):
        yield Row(number, tuple(json.loads(line)))


def _opened(packed: bytes, bounds: Bounds) -> bytes:
    table = (bounds.rows, bounds.columns, bounds.cell_chars, bounds.chars)
    limits = (CHILD_MEMORY_BYTES, CHILD_CPU_S, *table)
    try:
        done = subprocess.run(  # noqa: S603 - our own program, whose arguments are numbers
            [sys.executable, "-I", "-X", "utf8", str(_PROGRAM), *map(str, limits)],
            input=packed,
            capture_output=True,
            timeout=CHILD_WALL_S,
            check=False,
            env={},
        )
    except subprocess.TimeoutExpired as error:
        raise FichierRefuse(TROP_LOURD) from error
    if done.returncode == opener.TROP_GRAND:
        raise FichierRefuse(_too_large(done.stderr.decode().strip(), bounds))
    if done.returncode == opener.ILLISIBLE:
        raise FichierRefuse(ABIME)
    if done.returncode:
        raise FichierRefuse(TROP_LOURD)
    return done.stdout


def _too_large(what: str, bounds: Bounds) -> str:
    return {
        "lignes": f"Ce tableau a plus de {thousands(bounds.rows)} lignes : partagez-le en plusieurs fichiers.",
        "colonnes": f"Ce tableau a plus de {bounds.columns} colonnes : supprimez celles qui ne servent pas.",
        "caracteres": f"Une case de ce tableau dépasse {thousands(bounds.cell_chars)} caractères.",
        "texte": "Ce tableau contient trop de texte : partagez-le en plusieurs fichiers.",
    }[what]
