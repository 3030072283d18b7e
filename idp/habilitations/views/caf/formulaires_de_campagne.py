"""The form of a campaign: whom to write to."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

from collections.abc import Mapping, Sequence
from datetime import date

from wtforms import DateField, Field, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from idp.forms import KeptForm, trimmed
from idp.habilitations.campagnes.conduite import Cible
from idp.habilitations.campagnes.models import TITRE_MAX_CHARS, Connexions
from idp.habilitations.campagnes.policy import edition_fr
from idp.habilitations.models import TypeOrganisme

TOUS = ""


class NouvelleCampagne(KeptForm):
    """The choices of caisses are those of the agent; a national agent who ticks none writes to all."""

    titre = StringField(
        "Titre",
        [
            DataRequired("Donnez un titre à la campagne."),
            Length(max=TITRE_MAX_CHARS, message=f"{TITRE_MAX_CHARS} caractères au plus."),
        ],
        filters=[trimmed],
    )
    edition = SelectField("Rappel de")
    caisses = SelectMultipleField(
        "Caisses", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    type_organisme = SelectField(
        "Type d’organisme",
        choices=[
            SelectChoice(TOUS, "Tous"),
            SelectChoice(TypeOrganisme.PERSONNE_MORALE.value, "Personnes morales"),
            SelectChoice(TypeOrganisme.PERSONNE_PHYSIQUE.value, "Personnes physiques"),
        ],
    )
    service = SelectField("Service ouvert")
    connexions = RadioField(
        "Connexions",
        choices=[
            SelectChoice(Connexions.TOUTES.value, "Toutes les personnes"),
            SelectChoice(Connexions.JAMAIS.value, "Celles qui ne se sont jamais connectées"),
            SelectChoice(
                Connexions.PAS_DEPUIS.value,
                "Celles qui ne se sont pas connectées depuis une date",
            ),
        ],
        default=Connexions.TOUTES.value,
    )
    depuis = DateField("Depuis le", [Optional()])

    @classmethod
    def pour(
        cls, caisses: Mapping[str, str], services: Mapping[str, str], editions: Sequence[date]
    ) -> "NouvelleCampagne":
        """The form of an agent: names of caisses and of services by their codes, months to choose from."""
        form = cls()
        if len(caisses) == 1 and not form.is_filled:
            form.caisses.data = list(caisses)
        form.caisses.choices = [
            SelectChoice(code, f"{nom} ({code})") for code, nom in caisses.items()
        ]
        form.edition.choices = [SelectChoice(une.isoformat(), edition_fr(une)) for une in editions]
        form.service.choices = [
            SelectChoice(TOUS, "Tous"),
            *(SelectChoice(code, nom) for code, nom in services.items()),
        ]
        return form

    def validate_connexions(self, field: Field) -> None:
        """« Depuis » wants a day."""
        if field.data == Connexions.PAS_DEPUIS and self.depuis.data is None:
            raise ValidationError("Donnez la date depuis laquelle elles ne se sont pas connectées.")

    def cible(self) -> Cible:
        """What was asked."""
        type_organisme = self.type_organisme.data
        return Cible(
            titre=str(self.titre.data),
            caisses=tuple(self.caisses.data or ()),
            type_organisme=TypeOrganisme(type_organisme) if type_organisme else None,
            service=self.service.data or None,
            connexions=Connexions(self.connexions.data),
            depuis=self.depuis.data,
            edition=date.fromisoformat(self.edition.data),
        )
