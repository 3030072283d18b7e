"""A line of a table, whatever the kind of file: its cells, or why they cannot be told apart."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line; ``number`` counts from 1, the line of the names of columns included."""

    number: int
    cells: tuple[str, ...]

    def is_blank(self) -> bool:
        """Whether nothing is written on it."""
        return not any(map(str.strip, self.cells))


@dataclass(frozen=True, slots=True)
class BadRow:
    """A line whose cells cannot be told apart; ``start`` is its beginning."""

    number: int
    motif: str
    start: str
