"""The lines of a file under the names of its columns: each cell read once, each reason to refuse it gathered.

How the cells are told apart belongs to ``idp/spreadsheets``; what they mean, to who reads them
(``declaration.py``, ``personnes/compte_importe.py``, ``import_utilisateurs/ligne.py``).
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, TypeVar

from idp.spreadsheets.bounds import FichierRefuse
from idp.spreadsheets.delimited import delimited_rows
from idp.spreadsheets.rows import BadRow, Row

FIELD_MAX_CHARS = 500
VALEUR_MAX_CHARS = 40
NOM_MAX_CHARS = 80
UNREADABLE = "\N{REPLACEMENT CHARACTER}"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Colonnes:
    """The columns of a kind of file; ``quoi`` is what its lines are (« aucun organisme »).

    ``titres``: how people write the names of the columns, where that differs.
    """

    connues: tuple[str, ...]
    obligatoires: tuple[str, ...]
    quoi: str
    titres: Mapping[str, str] = field(default_factory=dict)

    def titre(self, colonne: str) -> str:
        """The name to show, that of the model of the file where there is one."""
        return self.titres.get(colonne, colonne)


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


def extrait_de_nom(nom: str) -> str:
    """The name of a file as a list may show it."""
    lisible = "".join(signe for signe in nom if signe.isprintable()).strip()
    return lisible[-NOM_MAX_CHARS:] or "fichier"


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

    @property
    def cells(self) -> dict[str, str]:
        """Every cell that is filled in, by column, as ``text`` gives it."""
        return {column: cell for column, cell in self._cells.items() if cell}

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
    """Read a seekable file of CSV; a line whose cells cannot be told apart gives a ``LigneRefusee``.

    Raises ``FichierRefuse`` at once for the encoding and the header, at the end for a file with no line.
    """
    return nommer(delimited_rows(stream), colonnes)


def nommer(
    rows: Iterator[Row | BadRow], colonnes: Colonnes
) -> Iterator[LigneEnLecture | LigneRefusee]:
    """The same for the rows of any table: the first that is not blank names the columns."""
    return _records(rows, _header(rows, colonnes), colonnes.quoi)


def _header(rows: Iterator[Row | BadRow], colonnes: Colonnes) -> tuple[str, ...]:
    written = (row for row in rows if isinstance(row, BadRow) or not row.is_blank())
    row = next(written, Row(0, ()))
    if isinstance(row, BadRow):
        raise FichierRefuse(f"La première ligne doit donner les noms des colonnes. {row.motif}")
    columns = tuple(map(keyword, row.cells))
    _refuse_columns(columns, row.cells, colonnes)
    return columns


def _refuse_columns(columns: Sequence[str], names: Sequence[str], colonnes: Colonnes) -> None:
    problems = [
        f"Colonne inconnue : « {extrait(name)} »."
        for column, name in zip(columns, names, strict=True)
        if column not in colonnes.connues
    ]
    problems += [
        f"Colonne en double : « {colonnes.titre(c)} »."
        for c in colonnes.connues
        if columns.count(c) > 1
    ]
    problems += [
        f"Colonne absente : « {colonnes.titre(c)} »."
        for c in colonnes.obligatoires
        if c not in columns
    ]
    if problems:
        shown = problems[:10]
        raise FichierRefuse(" ".join([*shown, "…"] if len(problems) > len(shown) else shown))


def _records(
    rows: Iterator[Row | BadRow], columns: tuple[str, ...], quoi: str
) -> Iterator[LigneEnLecture | LigneRefusee]:
    is_empty = True
    for row in rows:
        if isinstance(row, Row) and row.is_blank():
            continue
        is_empty = False
        yield _record(row, columns)
    if is_empty:
        raise FichierRefuse(f"Ce fichier ne contient aucun {quoi}.")


def _record(row: Row | BadRow, columns: tuple[str, ...]) -> LigneEnLecture | LigneRefusee:
    if isinstance(row, BadRow):
        return LigneRefusee(row.number, "", row.motif, extrait(row.start))
    if any(map(str.strip, row.cells[len(columns) :])):
        motif = "La ligne a plus de valeurs que le fichier n’a de colonnes."
        return LigneRefusee(row.number, "", motif, extrait(" ; ".join(row.cells)))
    # A row shorter than the header lacks its last, empty, cells: spreadsheets do so.
    return LigneEnLecture(row.number, dict(zip(columns, row.cells, strict=False)))


def keyword(text: str) -> str:
    """Lower case, without accents, with ``_`` for spaces: how headers and fixed values are compared."""
    base = unicodedata.normalize("NFKD", text.strip().casefold())
    bare = "".join(character for character in base if not unicodedata.combining(character))
    return re.sub(r"[\s-]+", "_", bare)
