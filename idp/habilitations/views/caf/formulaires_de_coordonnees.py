"""The form of how to reach a caisse."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

import re
from dataclasses import replace

from wtforms import EmailField, Field, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from idp.contact import parse_email
from idp.forms import KeptForm, parsed
from idp.habilitations.coordonnees import Coordonnees
from idp.habilitations.organismes.declaration import AdresseInvalide, parse_adresse

MOTIF_MAX_CHARS = 300
# Short numbers too (« 3230 »): it is printed as agents write it.
_TELEPHONE = re.compile(r"\+?[0-9][0-9 .]{2,18}[0-9]")


class ModifierCoordonnees(KeptForm):
    """Each may be left empty: it is then told nowhere."""

    adresse = TextAreaField("Adresse postale", [Optional()])
    telephone = StringField("Téléphone", [Optional()])
    email = EmailField("Adresse mail de support", [Optional()])
    motif = TextAreaField(
        "Motif", [DataRequired("Dites pourquoi, en une phrase."), Length(max=MOTIF_MAX_CHARS)]
    )

    @classmethod
    def de(cls, actuelles: Coordonnees) -> "ModifierCoordonnees":
        """The form, filled with what is known today."""
        form = cls()
        if not form.is_filled:
            form.adresse.data = "\n".join(actuelles.adresse)
            form.telephone.data, form.email.data = actuelles.telephone, actuelles.email
        return form

    def validate_adresse(self, field: Field) -> None:
        """As an envelope bears it, the name of the caisse aside."""
        try:
            field.data = "\n".join(parse_adresse(field.data))
        except AdresseInvalide as error:
            raise ValidationError(str(error)) from error

    def validate_telephone(self, field: Field) -> None:
        """Digits, as they are to be read."""
        field.data = " ".join(field.data.split())
        if not _TELEPHONE.fullmatch(field.data):
            raise ValidationError("Saisissez un numéro de téléphone, par exemple 02 99 00 00 00.")

    def validate_email(self, field: Field) -> None:
        """An address that a mail can reach."""
        parsed(field, parse_email)

    def voulues(self, actuelles: Coordonnees) -> Coordonnees:
        """What was typed; call once valid."""
        return replace(
            actuelles,
            adresse=tuple(filter(None, (self.adresse.data or "").split("\n"))),
            telephone=self.telephone.data or "",
            email=self.email.data or "",
        )
