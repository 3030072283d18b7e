"""The forms of « Courriers »: references of letters that came back, and why a letter is issued again."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

import re
from uuid import UUID

from wtforms import Field, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from idp.forms import FrenchForm, KeptForm, trimmed
from idp.habilitations.courriers.etats import REFERENCES_MAX
from idp.habilitations.courriers.reemission import MOTIF_MAX_CHARS
from idp.habilitations.courriers.retours import MOTIF_MAX_CHARS as CLASSER_MAX_CHARS
from idp.habilitations.courriers.retours import PAR_PAGE

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


class Classer(FrenchForm):
    """Letters that are ticked, and why nothing more is done of them."""

    courriers = SelectMultipleField("Courriers", coerce=UUID, validate_choice=False)
    motif = StringField(
        "Motif",
        [
            DataRequired("Dites pourquoi ces courriers restent sans suite."),
            Length(5, CLASSER_MAX_CHARS, f"Dites pourquoi en 5 à {CLASSER_MAX_CHARS} caractères."),
        ],
        filters=[trimmed],
    )

    def validate_courriers(self, field: Field) -> None:
        """At least one, no more than a page."""
        if not field.data:
            raise ValidationError("Cochez les courriers à classer.")
        if len(field.data) > PAR_PAGE:
            raise ValidationError(f"Cochez {PAR_PAGE} courriers au plus.")


class EmettreANouveau(KeptForm):
    """Why."""

    motif = TextAreaField(
        "Motif",
        [
            DataRequired("Dites pourquoi ce courrier est à refaire."),
            Length(5, MOTIF_MAX_CHARS, f"Dites pourquoi en 5 à {MOTIF_MAX_CHARS} caractères."),
        ],
        filters=[trimmed],
    )
