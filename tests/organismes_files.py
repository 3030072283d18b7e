"""Files of organismes as large as one likes: what a caisse sends, with landlords of every kind.

The same number and the same start always give the same file.
"""

from collections.abc import Iterator

COLUMNS = (
    *("caisse", "numeros_utilisateur", "type", "raison_sociale", "civilite", "nom", "prenom"),
    *("adresse_1", "adresse_2", "adresse_3", "courriel", "zones", "types_logement"),
)
_STREETS = ("rue des Lilas", "allée de l’Étang", "impasse du Puits", "quai des Saulaies")
_NAMES = ("SCI L’ÉCUREUIL", "FONCIÈRE DU HÉRON", "OFFICE DE L’HABITAT", "RÉSIDENCES DU PARC")


def lines(count: int, *, caisse: str = "359", start: int = 0) -> Iterator[str]:
    """The header, then that many organismes: one of five is a person who has an address, the others companies."""
    yield ";".join(COLUMNS)
    for number in range(start, start + count):
        yield ";".join(_cells(number, caisse))


def a_file(count: int, *, caisse: str = "359", start: int = 0) -> bytes:
    """The same, as it is sent."""
    return "".join(f"{line}\r\n" for line in lines(count, caisse=caisse, start=start)).encode()


def _cells(number: int, caisse: str) -> tuple[str, ...]:
    numeros = f"{caisse} {number:011d}"
    street = f"{number % 99 + 1} {_STREETS[number % len(_STREETS)]}"
    end = (caisse, "prive|conventionne" if number % 3 else "prive")
    if number % 5:
        name = f"{_NAMES[number % len(_NAMES)]} {number}"
        company = (caisse, numeros, "PM", name, "", "", "")
        return (*company, "Service gestion locative", street, "35000 RENNES", "", *end)
    person = (caisse, numeros, "PP", "", "Mme", f"Le Goff {_letters(number)}", "Anne-Gaëlle")
    return (*person, "", street, "35200 RENNES", f"anne.{number}@exemple.fr", *end)


def _letters(number: int) -> str:
    return "".join(chr(ord("A") + int(digit)) for digit in str(number))
