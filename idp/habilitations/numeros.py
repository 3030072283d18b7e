"""N° utilisateur and SIRET, parsed once at the edge: canonical text, or a French sentence.

A N° utilisateur is printed « 359 00007090001 » (14 digits; the first three name a caisse), or in
its older form « A123456 ». It finds an organisme again and proves nothing.
Who owns a number is asked in ``organismes/enregistrement.py``.
"""

import re
from collections.abc import Collection

from stdnum.exceptions import ValidationError
from stdnum.fr import siret

from idp.printable import normalise

_NUMERO = re.compile(r"[0-9]{14}|[A-Z][0-9]{6}")
_DIGITS = re.compile(r"[0-9]{14}")
_CAISSE_CHARS = 3


class NumeroInvalide(ValueError):
    """What was typed is no N° utilisateur; the message is for the person."""


class SiretInvalide(ValueError):
    """What was typed is no SIRET; the message is for the person."""


def parse_numero_utilisateur(text: str, caisses: Collection[str]) -> str:
    """The number without separators; ``caisses`` are the known codes, to recognise a SIRET."""
    typed = normalise(text)
    if not _NUMERO.fullmatch(typed):
        raise NumeroInvalide(
            "Un N° d’utilisateur est composé de 14 chiffres (exemple : 359 00007090001),"
            " ou d’une lettre et de 6 chiffres (exemple : A123456)."
        )
    if len(typed) == len("A123456") or caisse_of(typed) in caisses or not siret.is_valid(typed):
        return typed
    # A real number may pass the keys of a SIRET by chance: only an unknown caisse makes it suspect.
    raise NumeroInvalide(
        "Ce numéro ressemble à un SIRET. Le N° d’utilisateur se trouve sur les courriers"
        " de la Caf et sur les quittances."
    )


def caisse_of(numero: str) -> str | None:
    """The caisse code that a canonical number starts with; None for the older form."""
    return numero[:_CAISSE_CHARS] if numero.isdigit() else None


def format_numero_utilisateur(numero: str) -> str:
    """A canonical number as the Caf prints it, with a no-break space: « 359 00007090001 »."""
    caisse = caisse_of(numero)
    return f"{caisse}\u00a0{numero[_CAISSE_CHARS:]}" if caisse else numero


def parse_siret(text: str) -> str:
    """The 14 digits of a SIRET whose key is right; La Poste's establishments have a key of their own."""
    typed = normalise(text)
    if not _DIGITS.fullmatch(typed):
        raise SiretInvalide("Un SIRET est composé de 14 chiffres.")
    try:
        return str(siret.validate(typed))
    except ValidationError as error:
        raise SiretInvalide("Ce SIRET n’est pas valable : vérifiez chaque chiffre.") from error


def format_siret(numero: str) -> str:
    """A SIRET as it is read, with no-break spaces: « 123 456 782 00002 »."""
    return "\u00a0".join((numero[:3], numero[3:6], numero[6:9], numero[9:]))
