"""Forms of the agents: a motive above all, conventions, contrats, a successor."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from wtforms import (
    DateField,
    Field,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from idp.contact import parse_name
from idp.forms import KeptForm, parsed, trimmed
from idp.habilitations.caisses import caisses
from idp.habilitations.conventions.contrats import Choix
from idp.habilitations.conventions.gestion import NouvelleConvention
from idp.habilitations.groupes import Declinaison
from idp.habilitations.supervision.remplacements import Successeur

MOTIF_MAX_CHARS = 500


class MotifForm(KeptForm):
    """Why; kept, and read by the partner in their journal."""

    motif = TextAreaField(
        "Motif",
        [
            DataRequired("Dites pourquoi, en une phrase."),
            Length(max=MOTIF_MAX_CHARS, message="Le motif a 500 caractères au plus."),
        ],
        filters=[trimmed],
    )


class ResiliationForm(MotifForm):
    """When it ends."""

    dernier_jour = DateField("Dernier jour de la convention", [Optional()])


class DatesForm(MotifForm):
    """When a convention begins and ends."""

    debut = DateField("Premier jour", [InputRequired("Choisissez le premier jour.")])
    fin = DateField("Dernier jour", [Optional()])

    def validate_fin(self, field: Field) -> None:
        """Not before the first day."""
        if field.data and self.debut.data and field.data < self.debut.data:
            raise ValidationError("Le dernier jour précède le premier.")


class ConventionForm(DatesForm):
    """A convention to prepare."""

    libelle = StringField(
        "Nom de la convention",
        [
            DataRequired("Donnez un nom à la convention."),
            Length(max=200, message="Le nom a 200 caractères au plus."),
        ],
        filters=[trimmed],
    )

    def saisie(self, renouvelle_id: UUID | None = None) -> NouvelleConvention:
        """What was asked for; call once valid."""
        debut: date = self.debut.data
        return NouvelleConvention(
            *(str(self.libelle.data), debut, self.fin.data, renouvelle_id),
            motif=str(self.motif.data),
        )


class ContratForm(MotifForm):
    """The groups of a contrat: what the service cuts them by, and zones."""

    declinaisons = SelectMultipleField(
        "Groupes à ouvrir", [InputRequired("Cochez au moins une case.")]
    )
    zones = StringField("Zones", [InputRequired("Indiquez au moins une caisse.")])

    def offrir(self, declinaisons: Sequence[Declinaison]) -> None:
        """The boxes."""
        self.declinaisons.choices = [SelectChoice(une.code, une.libelle) for une in declinaisons]

    def validate_zones(self, field: Field) -> None:
        """Codes of caisses, or numbers of départements that one caisse serves."""
        zones = [_zone(mot) for mot in re.split(r"[\s,;]+", field.data or "") if mot]
        field.data = ", ".join(dict.fromkeys(zones))

    def choix(self) -> Choix:
        """What was asked for; call once valid."""
        return Choix(
            tuple(self.declinaisons.data),
            tuple(self.zones.data.split(", ")),
            motif=str(self.motif.data),
        )


class NouveauContratForm(ContratForm):
    """The same, and until when."""

    fin = DateField("Dernier jour", [Optional()])

    def choix(self) -> Choix:
        """What was asked for; call once valid."""
        return replace(super().choix(), fin=self.fin.data)


def _zone(mot: str) -> str:
    connues = caisses()
    code = mot.upper()
    if code in connues:
        return code
    desservant = sorted(caisse.code for caisse in connues.values() if code in caisse.departements)
    if not desservant:
        raise ValidationError(
            f"« {mot} » n’est ni un code de caisse (359), ni un numéro de département (35)."
        )
    if len(desservant) > 1:
        raise ValidationError(
            f"Le département {code} a plusieurs caisses : indiquez {' ou '.join(desservant)}."
        )
    return desservant[0]


class SuccesseurForm(MotifForm):
    """Somebody of the organisme (found on the page before), or a new person."""

    civilite = RadioField(
        "Civilité",
        [Optional()],
        choices=[SelectChoice("Mme", "Madame"), SelectChoice("M.", "Monsieur")],
    )
    nom = StringField("Nom", [InputRequired("Saisissez le nom."), Length(max=100)])
    prenom = StringField("Prénom", [InputRequired("Saisissez le prénom."), Length(max=100)])

    def validate_nom(self, field: Field) -> None:
        """A name that may be printed."""
        parsed(field, parse_name)

    def validate_prenom(self, field: Field) -> None:
        """A name that may be printed."""
        parsed(field, parse_name)

    def successeur(self) -> Successeur:
        """The new person; call once valid."""
        return Successeur(
            civilite=self.civilite.data or None, nom=self.nom.data, prenom=self.prenom.data
        )
