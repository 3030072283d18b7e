"""The file to fill in: the columns, and a line of each type of organisme.

Its caisse is of nobody: an example that is left in the file is refused, and enters nothing.
"""

from collections.abc import Iterator

from idp.habilitations.organismes.declaration import COLONNES
from idp.spreadsheets.sheet import Sheet
from idp.spreadsheets.writing import Format, written

_EXEMPLES = (
    {
        "caisse": "exemple",
        "numeros_utilisateur": "359 00007090001|359 00007090002",
        "type": "PM",
        "raison_sociale": "RESIDENCE DES LILAS",
        "adresse_1": "12 RUE DES LILAS",
        "adresse_2": "35000 RENNES",
        "courriel": "contact@lilas.example",
        "zones": "35",
        "types_logement": "prive|conventionne",
    },
    {
        "caisse": "exemple",
        "numeros_utilisateur": "A123456",
        "type": "PP",
        "civilite": "Mme",
        "nom": "Martin",
        "prenom": "Anne",
        "adresse_1": "3 PLACE DU MARCHE",
        "adresse_2": "35000 RENNES",
        "types_logement": "prive",
    },
)


def modele() -> Iterator[bytes]:
    """The bytes of the file, a CSV: the only kind that is read."""
    lignes = [[exemple.get(colonne, "") for colonne in COLONNES] for exemple in _EXEMPLES]
    return written(Format.CSV, Sheet("Organismes", COLONNES, lignes))
