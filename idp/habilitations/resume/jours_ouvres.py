"""The days on which the Caf works: Monday to Friday, public holidays apart (Code du travail, article L3133-1)."""

from datetime import date

from holidays import country_holidays

_FERIES = country_holidays("FR")
"""Those of the whole country: a département that has more is written to on them."""


def ouvre(jour: date) -> bool:
    """Whether people work on that day."""
    return jour.weekday() < 5 and jour not in _FERIES
