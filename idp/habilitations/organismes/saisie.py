"""What an agent typed to find an organisme or a person: a number, an address, an identifiant, or words. Pure."""

import re
from dataclasses import dataclass

from idp.folding import fold
from idp.printable import normalise, parse_identifiant

_NUMERO = re.compile(r"[0-9]{14}|[A-Z][0-9]{6}")
_SIRET = re.compile(r"[0-9]{14}")
_SIREN = re.compile(r"[0-9]{9}")
MOTS_CHERCHES = 5
MOT_MIN_CHARS = 2


@dataclass(frozen=True, slots=True)
class Saisie:
    """One text, in every way that it may be meant: fourteen digits are a N° utilisateur as well as a SIRET."""

    numero: str | None = None
    siret: str | None = None
    siren: str | None = None
    identifiant: str | None = None
    email: str | None = None
    mots: tuple[str, ...] = ()

    @property
    def d_organisme(self) -> bool:
        """Whether it may find an organisme by what is its own."""
        return any((self.numero, self.siret, self.siren, self.email, self.mots))

    @property
    def de_personne(self) -> bool:
        """Whether it may find a person."""
        return any((self.identifiant, self.email, self.mots))


def lire(texte: str) -> Saisie:
    """What it is; without anything to look for, what finds nothing."""
    nu = normalise(texte)
    if _NUMERO.fullmatch(nu) or _SIREN.fullmatch(nu):
        return Saisie(
            numero=nu if _NUMERO.fullmatch(nu) else None,
            siret=nu if _SIRET.fullmatch(nu) else None,
            siren=nu if _SIREN.fullmatch(nu) else None,
        )
    identifiant = parse_identifiant(texte)
    if identifiant is not None:
        return Saisie(identifiant=identifiant)
    if "@" in texte:
        return Saisie(email=texte.strip().lower())
    mots = tuple(fold(texte).split()[:MOTS_CHERCHES])
    return Saisie(mots=mots if any(len(mot) >= MOT_MIN_CHARS for mot in mots) else ())


@dataclass(frozen=True, slots=True)
class Nom:
    """A name that is looked for by its beginning; ``entier``, the family name is whole: it was typed first."""

    nom: str
    prenom: str = ""
    entier: bool = False


def noms_possibles(mots: tuple[str, ...]) -> list[Nom]:
    """What these words may be, whichever of the family name and the given name was typed first."""
    possibles = [Nom(" ".join(mots))]
    for rang in range(1, len(mots)):
        debut, fin = " ".join(mots[:rang]), " ".join(mots[rang:])
        possibles += [Nom(debut, fin, entier=True), Nom(fin, debut)]
    return possibles
