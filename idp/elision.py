"""« de » and « que » before a name, as French says them: « de Nadia », « d’Aïcha », « qu’Yves ».

Which sentences hold names belongs to the capabilities; templates have the filters ``de`` and ``que``.
"""

import unicodedata

_VOWELS = frozenset("aeiou")


def de(name: str) -> str:
    """« de » and the name."""
    return _before("de", name)


def que(name: str) -> str:
    """« que » and the name."""
    return _before("que", name)


def _before(word: str, name: str) -> str:
    return f"{word[:-1]}’{name}" if _is_elided(name) else f"{word} {name}"


def _is_elided(name: str) -> bool:
    # Before h usage hesitates, and « de Hugo » is right; y is a vowel before a consonant only: Yves, but Youssef.
    first, second, *_ = (
        *unicodedata.normalize("NFD", name.casefold().replace("œ", "oe")),
        " ",
        " ",
    )
    if first == "y":
        return second.isalpha() and second not in _VOWELS
    return first in _VOWELS
