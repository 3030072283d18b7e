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
    "OrganismeDeclare",
    "lire_organismes",
]

OBLIGATOIRES = ("caisse", "numeros_utilisateur", "type", "adresse_1", "zones", "types_logement")
_COLONNES = Colonnes(COLONNES, OBLIGATOIRES, "organisme")


@dataclass(frozen=True, slots=True)
class LigneLue:
    """A line that can be imported; ``ligne`` counts from 1, the header included."""

    ligne: int
    organisme: OrganismeDeclare


def lire_organismes(
    stream: BinaryIO, caisses: Mapping[str, Sequence[str]]
) -> Iterator[LigneLue | LigneRefusee]:
    """Read a seekable file; ``caisses`` maps each code to its départements.

    A wrong line gives one ``LigneRefusee`` per reason, and the reading goes on. Raises
    ``FichierRefuse`` at once for the encoding and the header, at the end for a file with no line.
    """
    return _organismes(lire_lignes(stream, _COLONNES), caisses)


def _organismes(
    lignes: Iterator[LigneEnLecture | LigneRefusee], caisses: Mapping[str, Sequence[str]]
) -> Iterator[LigneLue | LigneRefusee]:
    first_seen: dict[str, int] = {}
    for reading in lignes:
        if isinstance(reading, LigneRefusee):
            yield reading
            continue
        organisme = parse_organisme(reading, caisses)
        if organisme:
            _refuse_duplicates(reading, organisme, first_seen)
        if organisme and not reading.refus:
            yield LigneLue(reading.ligne, organisme)
        yield from reading.refus


def _refuse_duplicates(
    reading: LigneEnLecture, organisme: OrganismeDeclare, first_seen: dict[str, int]
) -> None:
    for numero in organisme.numeros_utilisateur:
        first = first_seen.setdefault(numero, reading.ligne)
        if first != reading.ligne:
            reason = f"Ce N° d’utilisateur est déjà à la ligne {first} du fichier."
            reading.refuse("numeros_utilisateur", reason, numero)
