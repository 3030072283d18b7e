"""The forms that put two organismes together, and take them apart."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

from wtforms import HiddenField, TextAreaField
from wtforms.validators import DataRequired, Length

from idp.forms import KeptForm, trimmed
from idp.habilitations.organismes.models import MOTIF_MAX


class ReunirForm(KeptForm):
    """Why; and once it was shown again, what was shown (``apercu``)."""

    motif = TextAreaField(
        "Motif",
        [DataRequired("Dites pourquoi, en une phrase."), Length(max=MOTIF_MAX)],
        filters=[trimmed],
    )
    apercu = HiddenField()


class SeparerForm(KeptForm):
    """Why."""

    motif = TextAreaField(
        "Motif",
        [DataRequired("Dites pourquoi, en une phrase."), Length(max=MOTIF_MAX)],
        filters=[trimmed],
    )
