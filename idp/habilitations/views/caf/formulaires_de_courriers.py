"""The forms of « Courriers »: references of letters that came back, and why a letter is issued again."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

import re

from wtforms import Field, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from idp.forms import FrenchForm, KeptForm
from idp.habilitations.courriers.etats import REFERENCES_MAX
from idp.habilitations.courriers.reemission import MOTIF_MAX_CHARS

REFERENCE_MAX_CHARS = 40
_SEPARATEURS = re.compile(r"[\n,;]+")


class Retours(FrenchForm):
    """References, one or a pasted list."""

    references = TextAreaField(
        "Références des courriers revenus", [InputRequired("Saisissez au moins une référence.")]
    )

    @property
    def saisies(self) -> list[str]:
        """Each as it was typed."""
        morceaux = _SEPARATEURS.split(self.references.data or "")
        return [un.strip()[:REFERENCE_MAX_CHARS] for un in morceaux if un.strip()]

    def validate_references(self, field: Field) -> None:
        """No more than a list that somebody pastes."""
        if len(self.saisies) > REFERENCES_MAX:
            raise ValidationError(f"Collez {REFERENCES_MAX} références au plus à la fois.")


class EmettreANouveau(KeptForm):
    """Why."""

    motif = TextAreaField(
        "Motif",
        [
            InputRequired("Dites pourquoi ce courrier est à refaire."),
            Length(5, MOTIF_MAX_CHARS, f"Dites pourquoi en 5 à {MOTIF_MAX_CHARS} caractères."),
        ],
    )
