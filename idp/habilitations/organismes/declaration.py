"""One line of a caisse's file: its cells become an ``OrganismeDeclare``, or every reason why not.

The file around it (encoding, columns, lines too long) belongs to ``lignes_nommees.py``; what is then written in
the database, to ``imports.py``.
Addresses: AFNOR XP Z10-011, at most six lines of 38 characters.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from idp.contact import parse_email, parse_name
from idp.habilitations.models import TypeLogement, TypeOrganisme
from idp.habilitations.numeros import caisse_of, parse_numero_utilisateur, parse_siret
from idp.habilitations.organismes.lignes_nommees import LigneEnLecture, keyword

ADRESSE = tuple(f"adresse_{rank}" for rank in range(1, 7))
COLONNES = (
    *("caisse", "numeros_utilisateur", "type", "raison_sociale", "civilite", "nom", "prenom"),
    *("siret", *ADRESSE, "courriel", "zones", "types_logement"),
)
ADRESSE_MAX_CHARS = 38
RAISON_SOCIALE_MAX_CHARS = 200

_TYPES = {
    "personnemorale": TypeOrganisme.PERSONNE_MORALE,
    "pm": TypeOrganisme.PERSONNE_MORALE,
    "personnephysique": TypeOrganisme.PERSONNE_PHYSIQUE,
    "pp": TypeOrganisme.PERSONNE_PHYSIQUE,
}
_LOGEMENTS = {"conventionne": TypeLogement.CONVENTIONNE, "prive": TypeLogement.PRIVE}
_CIVILITES = {"m": "M.", "monsieur": "M.", "mme": "Mme", "madame": "Mme"}
_POSTCODE_AND_CITY = re.compile(r"[0-9]{5} .*[^\W\d_].*")


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


def parse_organisme(
    line: LigneEnLecture, caisses: Mapping[str, Sequence[str]]
) -> OrganismeDeclare | None:
    """The organisme of this line; None when ``line.refus`` says why not."""
    caisse = line.required("caisse", lambda text: _caisse(text, caisses))
    numeros = line.required("numeros_utilisateur", lambda text: parse_numeros(text, caisses))
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
        line.forbidden(("civilite", "nom", "prenom"), "À laisser vide pour une personne morale.")
        return None, None, None, line.required("raison_sociale", _raison_sociale) or ""
    if kind is TypeOrganisme.PERSONNE_PHYSIQUE:
        line.forbidden(("raison_sociale", "siret"), "À laisser vide pour une personne physique.")
        civilite = line.optional("civilite", parse_civilite)
        nom, prenom = line.required("nom", parse_name), line.required("prenom", parse_name)
        return civilite, nom, prenom, " ".join(filter(None, (civilite, prenom, nom)))
    return None, None, None, ""


class AdresseInvalide(ValueError):
    """What was typed is no postal address; the message is for the person."""


def parse_adresse(text: str) -> tuple[str, ...]:
    """The lines of an address, as an envelope bears them; empty lines are left out."""
    lines = tuple(" ".join(line.split()) for line in text.splitlines() if line.strip())
    if not 1 <= len(lines) <= len(ADRESSE):
        raise AdresseInvalide(f"Une adresse a de une à {len(ADRESSE)} lignes.")
    for line in lines:
        _check_length(line)
    _check_last(lines[-1])
    return lines


def _check_length(line: str) -> None:
    if len(line) > ADRESSE_MAX_CHARS:
        raise AdresseInvalide(
            f"Une ligne d’adresse a {ADRESSE_MAX_CHARS} caractères au plus"
            f" (norme AFNOR XP Z10-011) ; celle-ci en a {len(line)}."
        )


def _check_last(line: str) -> None:
    if not _POSTCODE_AND_CITY.fullmatch(line):
        raise AdresseInvalide(
            "La dernière ligne de l’adresse porte le code postal et la commune"
            " (exemple : 35000 RENNES)."
        )


def _adresse(line: LigneEnLecture) -> tuple[str, ...]:
    lines = {column: line.text(column) for column in ADRESSE if line.text(column)}
    last = max(lines, default=ADRESSE[0])
    for column in lines:
        _checked(line, column, _check_length)
    if any(map(line.is_refused, ADRESSE)):
        return ()
    _checked(line, last, _check_last)
    return tuple(lines.values())


def _checked(line: LigneEnLecture, column: str, check: Callable[[str], None]) -> None:
    text = line.text(column)
    try:
        check(text)
    except AdresseInvalide as error:
        line.refuse(column, str(error), text)


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


def parse_civilite(text: str) -> str:
    """« M. » or « Mme », however it is written."""
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


def parse_numeros(text: str, caisses: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """N° utilisateur between bars, each once; its first digits name a caisse that is known."""
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
