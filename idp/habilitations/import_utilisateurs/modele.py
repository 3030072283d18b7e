"""The file to fill in: the columns, and on a second sheet the groups of the organisme with their codes.

A CSV has one sheet: the page of the import shows the groups too.
"""

from collections.abc import Iterator, Sequence

from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.personnes.colonnes import DU_MODELE
from idp.services import Service, services
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written


def modele(kind: Format, groupes: Sequence[GroupeACocher]) -> Iterator[bytes]:
    """The bytes of the file."""
    connus = services()
    lignes = [
        (groupe.code, groupe.libelle, _nom(connus.get(groupe.service), groupe))
        for groupe in groupes
    ]
    return written(
        kind,
        Sheet("Utilisateurs", DU_MODELE, ()),
        Sheet("Groupes", ("Code", "Groupe d’habilitation", "Service"), lignes),
    )


def _nom(service: Service | None, groupe: GroupeACocher) -> str:
    return service.nom if service else groupe.service
