"""Whether another name of an organisme may have its letters reach somebody else: it is printed above its address.

« LES OLIVIERS CHEZ MARTIN » diverts letters as an address would; « Les Oliviers » does not. Who confirms it is in
``courriers/adresses.py`` (``docs/decisions/0029-addresses-confirmed.md``).
"""

import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'"})


def autre_destinataire(avant: str, apres: str) -> bool:
    """Whether these names differ by more than capitals, accents and spaces."""
    return _nu(avant) != _nu(apres)


def _nu(nom: str) -> str:
    lettres = unicodedata.normalize("NFKD", nom.casefold().translate(_LIGATURES))
    return "".join(
        lettre for lettre in lettres if not (unicodedata.combining(lettre) or lettre.isspace())
    )
