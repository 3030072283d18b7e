"""One line of a caisse's file: its cells become an ``OrganismeDeclare``, or every reason why not.

The file around it (encoding, columns, lines too long, duplicates) belongs to
``fichier_organismes.py``; what is then written in the database, to ``imports.py``.
Addresses: AFNOR XP Z10-011, at most six lines of 38 characters.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from idp.contact import parse_email, parse_name
from idp.habilitations.models import TypeLogement, TypeOrganisme
from idp.habilitations.numeros import caisse_of, parse_numero_utilisateur, parse_siret

ADRESSE = tuple(f"adresse_{rank}" for rank in range(1, 7))
COLONNES = (
    *("caisse", "numeros_utilisateur", "type", "raison_sociale", "civilite", "nom", "prenom"),
    *("siret", *ADRESSE, "courriel", "zones", "types_logement"),
)
FIELD_MAX_CHARS = 500
ADRESSE_MAX_CHARS = 38
RAISON_SOCIALE_MAX_CHARS = 200
VALEUR_MAX_CHARS = 40
UNREADABLE = "\N{REPLACEMENT CHARACTER}"

_TYPES = {
    "personnemorale": TypeOrganisme.PERSONNE_MORALE,
    "pm": TypeOrganisme.PERSONNE_MORALE,
    "personnephysique": TypeOrganisme.PERSONNE_PHYSIQUE,
    "pp": TypeOrganisme.PERSONNE_PHYSIQUE,
}
_LOGEMENTS = {"conventionne": TypeLogement.CONVENTIONNE, "prive": TypeLogement.PRIVE}
_CIVILITES = {"m": "M.", "monsieur": "M.", "mme": "Mme", "madame": "Mme"}
_POSTCODE_AND_CITY = re.compile(r"[0-9]{5} .*[^\W\d_].*")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OrganismeDeclare:
    """An organisme as its caisse declares it, every field canonical."""

    caisse: str
    numeros_utilisateur: tuple[str, ...]
    type: TypeOrganisme
    designation: str
    """The raison sociale; for a personne physique, « Mme Anne Martin »."""
    civilite: str | None
    nom: str | None
    prenom: str | None
    siret: str | None
    adresse: tuple[str, ...]
    """One to six lines without the name, the last one with postcode and city."""
    courriel: str | None
    zones: tuple[str, ...]
    """Caisse codes, sorted; the caisse itself when none is given."""
    types_logement: tuple[TypeLogement, ...]
    """Empty for an organisme that lets no dwelling."""


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


def parse_organisme(
    line: LigneEnLecture, caisses: Mapping[str, Sequence[str]]
) -> OrganismeDeclare | None:
    """The organisme of this line; None when ``line.refus`` says why not."""
    caisse = line.required("caisse", lambda text: _caisse(text, caisses))
    numeros = line.required("numeros_utilisateur", lambda text: _numeros(text, caisses))
    kind = line.required("type", _type)
    civilite, nom, prenom, designation = _identity(line, kind)
    siret = line.optional("siret", parse_siret)
    adresse = _adresse(line)
    courriel = line.optional("courriel", parse_email)
    zones = line.optional("zones", lambda text: _zones(text, caisses))
    logements = line.optional("types_logement", _logements) or ()
    if line.refus or caisse is None or numeros is None or kind is None:
        return None
    return OrganismeDeclare(
        caisse=caisse,
        numeros_utilisateur=numeros,
        type=kind,
        designation=designation,
        civilite=civilite,
        nom=nom,
        prenom=prenom,
        siret=siret,
        adresse=adresse,
        courriel=courriel,
        zones=zones or (caisse,),
        types_logement=logements,
    )


def _identity(
    line: LigneEnLecture, kind: TypeOrganisme | None
) -> tuple[str | None, str | None, str | None, str]:
    """Civility, family name, given name and the name to print, as the type asks for them."""
    if kind is TypeOrganisme.PERSONNE_MORALE:
        line.forbidden(
            ("civilite", "nom", "prenom"), "Cette colonne reste vide pour une personne morale."
        )
        return None, None, None, line.required("raison_sociale", _raison_sociale) or ""
    if kind is TypeOrganisme.PERSONNE_PHYSIQUE:
        line.forbidden(
            ("raison_sociale", "siret"), "Cette colonne reste vide pour une personne physique."
        )
        civilite = line.optional("civilite", _civilite)
        nom, prenom = line.required("nom", parse_name), line.required("prenom", parse_name)
        return civilite, nom, prenom, " ".join(filter(None, (civilite, prenom, nom)))
    return None, None, None, ""


def _adresse(line: LigneEnLecture) -> tuple[str, ...]:
    lines = {column: line.text(column) for column in ADRESSE if line.text(column)}
    for column, text in lines.items():
        if len(text) > ADRESSE_MAX_CHARS:
            line.refuse(
                column,
                f"Une ligne d’adresse a {ADRESSE_MAX_CHARS} caractères au plus"
                f" (norme AFNOR XP Z10-011) ; celle-ci en a {len(text)}.",
                text,
            )
    if any(map(line.is_refused, ADRESSE)):
        return ()
    last = max(lines, default=ADRESSE[0])
    if not _POSTCODE_AND_CITY.fullmatch(lines.get(last, "")):
        line.refuse(
            last,
            "La dernière ligne de l’adresse porte le code postal et la commune"
            " (exemple : 35000 RENNES).",
            lines.get(last, ""),
        )
    return tuple(lines.values())


def _caisse(text: str, caisses: Mapping[str, Sequence[str]]) -> str:
    if text not in caisses:
        raise ValueError(
            "Aucune caisse ne porte ce code de trois caractères"
            " (un tableur retire parfois le zéro du début : 011, et non 11)."
        )
    return text


def _type(text: str) -> TypeOrganisme:
    found = _TYPES.get(keyword(text).replace("_", ""))
    if found is None:
        raise ValueError("Le type est « personne_morale » (PM) ou « personne_physique » (PP).")
    return found


def _civilite(text: str) -> str:
    found = _CIVILITES.get(text.rstrip(".").casefold())
    if found is None:
        raise ValueError("La civilité est « M. » ou « Mme ».")
    return found


def _raison_sociale(text: str) -> str:
    if len(text) > RAISON_SOCIALE_MAX_CHARS:
        raise ValueError(f"Une raison sociale a {RAISON_SOCIALE_MAX_CHARS} caractères au plus.")
    if not any(map(str.isalnum, text)):
        raise ValueError("Une raison sociale contient au moins une lettre ou un chiffre.")
    return text


def _numeros(text: str, caisses: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    numeros = [parse_numero_utilisateur(part, caisses) for part in _parts(text)]
    for numero in numeros:
        caisse = caisse_of(numero)
        if caisse is not None and caisse not in caisses:
            raise ValueError(
                f"Le N° d’utilisateur commence par {caisse} : aucune caisse ne porte ce code."
            )
    return tuple(dict.fromkeys(numeros))


def _zones(text: str, caisses: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted({_zone(part.upper(), caisses) for part in _parts(text)}))


def _zone(text: str, caisses: Mapping[str, Sequence[str]]) -> str:
    if text in caisses:
        return text
    serving = sorted(code for code, departements in caisses.items() if text in departements)
    if not serving:
        raise ValueError("Une zone est un code de caisse (359) ou un numéro de département (35).")
    if len(serving) > 1:
        raise ValueError(
            f"Le département {text} a plusieurs caisses : indiquez {' ou '.join(serving)}."
        )
    return serving[0]


def _logements(text: str) -> tuple[TypeLogement, ...]:
    found = {_LOGEMENTS.get(keyword(part)) for part in _parts(text)}
    if None in found:
        raise ValueError("Les types de logement sont « conventionne » et « prive ».")
    return tuple(logement for logement in TypeLogement if logement in found)


def _parts(text: str) -> list[str]:
    parts = [part.strip() for part in text.split("|")]
    if not all(parts):
        raise ValueError("Une valeur est vide entre deux barres « | ».")
    return parts


def keyword(text: str) -> str:
    """Lower case, without accents, with ``_`` for spaces: how headers and fixed values are compared."""
    base = unicodedata.normalize("NFKD", text.strip().casefold())
    bare = "".join(character for character in base if not unicodedata.combining(character))
    return re.sub(r"[\s-]+", "_", bare)
