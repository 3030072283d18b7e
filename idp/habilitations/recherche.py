"""How words that were typed are looked for in a text: whatever the accents and the capitals."""

import unicodedata


def plat(texte: str) -> str:
    """The text without accents nor capitals."""
    decompose = unicodedata.normalize("NFKD", texte.casefold())
    return "".join(signe for signe in decompose if not unicodedata.combining(signe))


def contient(texte: str, recherche: str) -> bool:
    """Whether each word of the search is somewhere in the text."""
    dit = plat(texte)
    return all(mot in dit for mot in plat(recherche).split())
