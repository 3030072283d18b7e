"""A CSV file on its way in: its progress on a terminal, and what becomes of one that cannot be read."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader

import click

from idp.spreadsheets.bounds import FichierRefuse


@contextmanager
def progress_of(fichier: BufferedReader) -> Iterator[Callable[[int], None]]:
    """Gives what is to be told how many bytes were read; a file that is refused as a whole is a usage error."""
    size = fichier.seek(0, 2)
    fichier.seek(0)
    try:
        with click.progressbar(length=size, label="Import") as bar:
            yield lambda read: bar.update(read - bar.pos)
    except FichierRefuse as error:
        raise click.UsageError(str(error)) from error
