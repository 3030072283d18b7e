"""What WTForms itself says beside a field, in French: our words where a person may read them, else its own French.

A form says better by its own messages; these are for what no page offers, as a choice that was not in the list.
"""

# mypy: allow-untyped-calls
# WTForms ships no annotations.

from functools import cache
from typing import Any

from wtforms.i18n import get_translations

AUTRE_CHOIX = (
    "Choisissez parmi les réponses proposées : celle-ci n’en est pas, ou n’en est plus une."
)
_OURS = {
    "Not a valid choice.": AUTRE_CHOIX,
    "Invalid Choice: could not coerce.": AUTRE_CHOIX,
    "Invalid choice(s): one or more data inputs could not be coerced.": AUTRE_CHOIX,
    "'%(value)s' is not a valid choice for this field.": AUTRE_CHOIX,
    "This field is required.": "Remplissez ce champ.",
    "Date must be at least %(min)s.": "Choisissez le %(min)s ou une date d’après.",
    "Date must be at most %(max)s.": "Choisissez le %(max)s ou une date d’avant.",
    "Date must be between %(min)s and %(max)s.": "Choisissez une date du %(min)s au %(max)s.",
}


class French:
    """What WTForms asks for its words."""

    def __init__(self) -> None:
        self._theirs: Any = get_translations(("fr",))

    def gettext(self, said: str) -> str:
        """A sentence of WTForms."""
        return _OURS.get(said) or _typographic(self._theirs.gettext(said))

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The same, of one or several."""
        return _OURS.get(one) or _typographic(self._theirs.ngettext(one, many, count))


@cache
def french() -> French:
    """The same for all forms."""
    return French()


def _typographic(said: str) -> str:
    return said.replace("'", "’")
