"""The days on which the Caf works: Monday to Friday, public holidays apart (Code du travail, article L3133-1)."""

from datetime import date, timedelta

_FIXES = frozenset({(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)})
_APRES_PAQUES = (1, 39, 50)
"""Lundi de Pâques, Ascension, lundi de Pentecôte."""


def ouvre(jour: date) -> bool:
    """Whether people work on that day."""
    return jour.weekday() < 5 and not ferie(jour)


def ferie(jour: date) -> bool:
    """Whether it is one of the eleven public holidays of the whole country."""
    depuis = (jour - paques(jour.year)).days
    return (jour.month, jour.day) in _FIXES or depuis in _APRES_PAQUES


def paques(annee: int) -> date:
    """Easter Sunday (anonymous Gregorian computus, Meeus/Jones/Butcher)."""
    a, b, c = annee % 19, annee // 100, annee % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    return date(annee, 3, 22) + timedelta(days=h + m - 7 * n)
