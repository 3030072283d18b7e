"""The form of the view of a partner."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from idp.forms import KeptForm, trimmed
from idp.habilitations.assistance.models import MOTIF_MAX_CHARS

MOTIF_MIN_CHARS = 10


class OuvrirVue(KeptForm):
    """Why an agent looks at what a partner sees: told to the partner."""

    motif = TextAreaField(
        "Motif",
        [
            DataRequired("Dites pourquoi vous ouvrez cette vue."),
            Length(
                MOTIF_MIN_CHARS,
                MOTIF_MAX_CHARS,
                f"Dites pourquoi en {MOTIF_MIN_CHARS} à {MOTIF_MAX_CHARS} caractères.",
            ),
        ],
        filters=[trimmed],
    )
