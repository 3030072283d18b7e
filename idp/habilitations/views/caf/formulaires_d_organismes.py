"""The forms of what the Caf knows of an organisme."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

from collections.abc import Callable

from wtforms import EmailField, Field, HiddenField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from idp.contact import parse_email
from idp.forms import KeptForm, parsed
from idp.habilitations.numeros import SiretInvalide, format_siret, parse_siret
from idp.habilitations.organismes.changements import Identite
from idp.habilitations.organismes.declaration import AdresseInvalide, parse_adresse
from idp.habilitations.organismes.models import MOTIF_MAX


class ModifierOrganisme(KeptForm):
    """Name, SIRET and addresses, and why they change."""

    raison_sociale = StringField(
        "Raison sociale", [DataRequired("Saisissez la raison sociale."), Length(max=200)]
    )
    siret = StringField("SIRET", [Optional()])
    adresse = TextAreaField("Adresse", [DataRequired("Saisissez l’adresse.")])
    email = EmailField("Adresse mail", [Optional()])
    motif = TextAreaField(
        "Motif", [DataRequired("Dites pourquoi, en une phrase."), Length(max=MOTIF_MAX)]
    )
    version = HiddenField()

    @classmethod
    def de(cls, actuelle: Identite) -> "ModifierOrganisme":
        """The form, filled with what the organisme is today."""
        form = cls()
        if not form.is_filled:
            form.raison_sociale.data = actuelle.raison_sociale
            form.siret.data = format_siret(actuelle.siret) if actuelle.siret else ""
            form.adresse.data = "\n".join(actuelle.adresse)
            form.email.data = actuelle.email
            form.version.data = actuelle.version
        return form

    def validate_raison_sociale(self, field: Field) -> None:
        """On one line."""
        field.data = " ".join((field.data or "").split())

    def validate_siret(self, field: Field) -> None:
        """Fourteen digits whose key is right, however they are spaced."""
        if field.data:
            _parsed(field, parse_siret, SiretInvalide)

    def validate_adresse(self, field: Field) -> None:
        """At most six lines, the last one with postcode and city, as an envelope bears them."""
        try:
            field.data = "\n".join(parse_adresse(field.data or ""))
        except AdresseInvalide as error:
            raise ValidationError(str(error)) from error

    def validate_email(self, field: Field) -> None:
        """An address that a mail can reach."""
        if field.data:
            parsed(field, parse_email)

    def voulue(self) -> Identite:
        """What was typed; call once valid."""
        return Identite(
            raison_sociale=str(self.raison_sociale.data),
            siret=self.siret.data or None,
            adresse=tuple(str(self.adresse.data).split("\n")),
            email=self.email.data or None,
        )

    def reprendre(self, actuelle: Identite) -> None:
        """Somebody changed it meanwhile: what was typed stays, to be decided again knowing that."""
        self.version.data = actuelle.version
        self.form_errors.append(
            "Ce dossier a changé entre-temps : vérifiez ce qu’il est maintenant, puis validez de nouveau."
        )


def _parsed(field: Field, parse: Callable[[str], str], refus: type[ValueError]) -> None:
    try:
        field.data = parse(field.data)
    except refus as error:
        raise ValidationError(str(error)) from error
