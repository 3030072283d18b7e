"""What a file may weigh at most, and the refusal of one that cannot be read.

Larger than any honest file: 5,000 people with 20 groups each are 4 MiB of XML, once inflated.
"""

from dataclasses import dataclass

INFLATED_MAX_BYTES = 32 * 1024 * 1024
ENTRIES_MAX = 200
RATIO_MAX = 300
"""How many times smaller a part of a workbook may be than what it holds, past ``RATIO_FREE_BYTES``."""
RATIO_FREE_BYTES = 4 * 1024 * 1024
CHILD_MEMORY_BYTES = 512 * 1024 * 1024
CHILD_CPU_S = 8
CHILD_WALL_S = 20


class FichierRefuse(ValueError):
    """The whole file cannot be read; the message is for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A table of at most that many rows (its names included), columns, characters in a cell and in all."""

    rows: int
    columns: int = 60
    cell_chars: int = 4000
    chars: int = 4_000_000


def thousands(number: int) -> str:
    """``5 000``, as it is written in French."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
