"""The caisses as data (``caisses.csv``): three-character code, name, départements.

A code is never computed from a département. What the table accepts:

- 359 stands for Ille-et-Vilaine: it is the specimen of the customer's guide, in place of 351.
- 598 (Nord) and 428 (Loire) are merged caisses; 201 and 202 are Corsica, whose N° utilisateur are digits.
- Pyrénées-Atlantiques has two caisses: for « 64 » one must say which. The few communes of
  the Landes served by 642 stay under 401, so that « 40 » keeps one meaning.
- 971 also serves Saint-Barthélemy and Saint-Martin (977, 978). Mayotte has a social
  security fund of its own, and no row here.

Rows of the database belong to ``models.Caisse``.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class CaisseDecrite:
    """A row of the table."""

    code: str
    libelle: str
    departements: tuple[str, ...]


@cache
def _table() -> MappingProxyType[str, CaisseDecrite]:
    text = files("idp.habilitations").joinpath("caisses.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines(), delimiter=";")
    return MappingProxyType(
        {
            row["code"]: CaisseDecrite(
                row["code"], row["libelle"], tuple(row["departements"].split("|"))
            )
            for row in rows
        }
    )


def caisses() -> dict[str, CaisseDecrite]:
    """Every caisse, by code, in the order of the départements."""
    return dict(_table())
