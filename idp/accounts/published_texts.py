"""The texts that the service publishes, their versions and since when: pure, the one place that puts one in force.

What a version says is ``templates/textes/<texte>-<version>.md``, which is never edited once published: a change is
a new file and a new line here. Of the texts that people accept, a new major version (2.0 after 1.4) is asked of
everybody at their next sign-in; a minor one only informs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a text, ``major.minor``, in force since that day."""

    number: str
    since: date

    @property
    def major(self) -> str:
        """What people accept again when it changes."""
        return major(self.number)


def major(number: str) -> str:
    """The major part of a version number."""
    return number.partition(".")[0]


FIRST = (Version("1.0", date(2026, 11, 1)),)
PUBLISHED: dict[str, tuple[Version, ...]] = {
    "regles_usage": FIRST,
    "conditions_utilisation": FIRST,
    "donnees_personnelles": FIRST,
    "cookies": FIRST,
    "mentions_legales": FIRST,
    "accessibilite": FIRST,
}
"""Oldest first: the last one is in force."""

TITRES = {
    "regles_usage": "Règles d’usage",
    "conditions_utilisation": "Conditions d’utilisation",
    "donnees_personnelles": "Données personnelles",
    "cookies": "Cookies",
    "mentions_legales": "Mentions légales",
    "accessibilite": "Déclaration d’accessibilité",
}


def current(texte: str) -> Version:
    """The version in force."""
    return PUBLISHED[texte][-1]


def find(texte: str, number: str) -> Version | None:
    """One version of a text; None when there never was such a one."""
    return next((one for one in PUBLISHED[texte] if one.number == number), None)


def is_outdated(texte: str, accepted: Iterable[str]) -> bool:
    """Whether who accepted these versions is to accept the one in force: none of them has its major number.

    Who accepted none has not finished their first connection, which asks them there.
    """
    majors = {major(number) for number in accepted}
    return bool(majors) and current(texte).major not in majors
