"""Names of people and of organismes, drawn from what is common in France (``noms.yaml``)."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

_LISTES = {
    nom: [un.strip() for un in texte.split(",")]
    for nom, texte in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8")).items()
}


@dataclass(frozen=True, slots=True)
class Nom:
    """Who somebody is, as they would type it."""

    civilite: str
    prenom: str
    famille: str


def un_nom(hasard: Random) -> Nom:
    femme = hasard.random() < 0.6
    return Nom(
        "Mme" if femme else "M.",
        hasard.choice(_LISTES["femmes" if femme else "hommes"]),
        hasard.choice(_LISTES["familles"]),
    )


def une_raison_sociale(hasard: Random, rang: int) -> str:
    return f"{hasard.choice(_LISTES['genres'])} {hasard.choice(_LISTES['lieux'])} {rang}"


def une_adresse(hasard: Random, raison_sociale: str) -> list[str]:
    voie = f"{hasard.randint(1, 180)} {hasard.choice(_LISTES['voies'])} {hasard.choice(_LISTES['lieux'])}"
    return [raison_sociale[:38], voie, hasard.choice(_LISTES["villes"])]


def adresse_mail(nom: Nom, rang: int, domaine: str) -> str:
    return f"{_plat(nom.prenom)}.{_plat(nom.famille)}{rang}@{domaine}"


def _plat(texte: str) -> str:
    decompose = unicodedata.normalize("NFKD", texte.lower())
    return "".join(
        signe for signe in decompose if signe.isascii() and (signe.isalnum() or signe == "-")
    )


def un_siret(hasard: Random) -> str:
    """Fourteen digits whose key is right."""
    corps = f"{hasard.randrange(10**13):013d}"
    somme = sum(
        sum(divmod(2 * int(chiffre), 10)) if rang % 2 == 0 else int(chiffre)
        for rang, chiffre in enumerate(corps)
    )
    return f"{corps}{-somme % 10}"
