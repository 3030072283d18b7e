"""The file of organismes that a caisse sends, line by line.

How a file is read belongs to ``lignes_nommees.py``, what the cells mean to ``declaration.py``, what is
written in the database to ``imports.py``. The format is described in ``docs/import-organismes.md``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from idp.habilitations.organismes.declaration import COLONNES, OrganismeDeclare, parse_organisme
from idp.habilitations.organismes.lignes_nommees import (
    Colonnes,
    LigneEnLecture,
    LigneRefusee,
    lire_lignes,
)

__all__ = [
    "LigneLue",
    "LigneRefusee",
    "Lue",
    "OrganismeDeclare",
    "lire_les_lignes",
    "lire_organismes",
]

OBLIGATOIRES = ("caisse", "numeros_utilisateur", "type", "adresse_1", "zones", "types_logement")
DE_REFUS = ("ligne", "motif_du_refus")
"""What the file of refused lines has besides: read and left aside, so that it may be corrected and sent again."""
_COLONNES = Colonnes((*COLONNES, *DE_REFUS), OBLIGATOIRES, "organisme")


@dataclass(frozen=True, slots=True)
class LigneLue:
    """A line that can be imported; ``ligne`` counts from 1, the header included."""

    ligne: int
    organisme: OrganismeDeclare


@dataclass(frozen=True, slots=True)
class Lue:
    """A line as it was found: its cells by column, the organisme, or every reason why there is none."""

    ligne: int
    cells: dict[str, str]
    organisme: OrganismeDeclare | None
    refus: tuple[LigneRefusee, ...]


def lire_organismes(
    stream: BinaryIO, caisses: Mapping[str, Sequence[str]]
) -> Iterator[LigneLue | LigneRefusee]:
    """Read a seekable file; ``caisses`` maps each code to its départements.

    A wrong line gives one ``LigneRefusee`` per reason, and the reading goes on. Raises
    ``FichierRefuse`` at once for the encoding and the header, at the end for a file with no line.
    """
    return _separees(lire_les_lignes(stream, caisses))


def _separees(lues: Iterator[Lue]) -> Iterator[LigneLue | LigneRefusee]:
    for lue in lues:
        if lue.organisme:
            yield LigneLue(lue.ligne, lue.organisme)
        yield from lue.refus


def lire_les_lignes(stream: BinaryIO, caisses: Mapping[str, Sequence[str]]) -> Iterator[Lue]:
    """The same, each line whole."""
    return _lues(lire_lignes(stream, _COLONNES), caisses)


def _lues(
    lignes: Iterator[LigneEnLecture | LigneRefusee], caisses: Mapping[str, Sequence[str]]
) -> Iterator[Lue]:
    first_seen: dict[str, int] = {}
    for reading in lignes:
        if isinstance(reading, LigneRefusee):
            yield Lue(reading.ligne, {}, None, (reading,))
            continue
        organisme = parse_organisme(reading, caisses)
        if organisme:
            _refuse_duplicates(reading, organisme, first_seen)
        fautive = bool(reading.refus)
        yield Lue(
            reading.ligne, reading.cells, None if fautive else organisme, tuple(reading.refus)
        )


def _refuse_duplicates(
    reading: LigneEnLecture, organisme: OrganismeDeclare, first_seen: dict[str, int]
) -> None:
    for numero in organisme.numeros_utilisateur:
        first = first_seen.setdefault(numero, reading.ligne)
        if first != reading.ligne:
            reason = f"Ce N° d’utilisateur est déjà à la ligne {first} du fichier."
            reading.refuse("numeros_utilisateur", reason, numero)
