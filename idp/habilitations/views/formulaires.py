"""Forms of the pages that are open to everybody; those of the console are in ``partenaire/formulaires.py``."""

from wtforms import Field, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from idp.forms import FrenchForm
from idp.habilitations.caisses import caisses
from idp.habilitations.numeros import NumeroInvalide, parse_numero_utilisateur

TYPED_MAX_CHARS = 100


class IdentifiantPerduForm(FrenchForm):
    """A N° utilisateur, with or without separators."""

    numero = StringField(
        "N° utilisateur",
        [
            InputRequired("Saisissez votre N° utilisateur."),
            Length(max=TYPED_MAX_CHARS, message="Ce texte est trop long pour un N° utilisateur."),
        ],
    )

    def validate_numero(self, field: Field) -> None:
        """Canonical, or the sentence that says what was typed instead."""
        try:
            field.data = parse_numero_utilisateur(field.data or "", caisses())
        except NumeroInvalide as error:
            raise ValidationError(str(error)) from error
