"""What is written: a table of text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its title (at most 31 characters, without ``[]:*?/\\``), the names of its columns and its rows."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[str]]
