"""Forms of delegation: a mandate, and a request to become administrateur."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from wtforms import BooleanField, DateField, Field, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from idp.forms import KeptForm, trimmed
from idp.habilitations.administration.mandats import MandatVoulu
from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.models import Voie
from idp.habilitations.views.partenaire.cases import AvecGroupes


class MandatForm(AvecGroupes):
    """Groupes of the perimeter, creation of users, dates."""

    peut_creer = BooleanField("Peut aussi créer des utilisateurs")
    debut = DateField("À partir du", [InputRequired("Choisissez le premier jour.")])
    fin = DateField("Jusqu’au", [Optional()])

    jour: date

    @classmethod
    def pour(
        cls, groupes: Sequence[GroupeACocher], actuel: MandatVoulu | None, jour: date
    ) -> "MandatForm":
        """The form of one person, filled with the mandate that they have."""
        form = cls(
            groupes=[str(one) for one in actuel.groupes] if actuel else [],
            peut_creer=actuel.peut_creer if actuel else False,
            debut=max(actuel.debut, jour) if actuel else jour,
            fin=actuel.fin if actuel else None,
        )
        form.jour = jour
        form.offrir(groupes)
        return form

    def validate_debut(self, field: Field) -> None:
        """Nothing is delegated in the past."""
        if field.data and field.data < self.jour:
            raise ValidationError("Le premier jour ne peut pas être passé.")

    def validate_fin(self, field: Field) -> None:
        """Not before the first day."""
        if field.data and self.debut.data and field.data < self.debut.data:
            raise ValidationError("Le dernier jour précède le premier.")

    def voulu(self) -> MandatVoulu:
        """What was asked for, parsed; call once valid."""
        return MandatVoulu(
            groupes=frozenset(map(UUID, self.groupes.data or ())),
            peut_creer=bool(self.peut_creer.data),
            debut=self.debut.data or self.jour,
            fin=self.fin.data,
        )


class CandidatureForm(KeptForm):
    """To whom one asks, and why."""

    voie = RadioField(
        "À qui le demander ?",
        choices=[
            SelectChoice(Voie.COOPTATION, "Aux administrateurs de mon organisme"),
            SelectChoice(Voie.CAF, "À la Caf : l’administrateur est parti, ou ne répond pas"),
        ],
        default=Voie.COOPTATION,
    )
    motif = TextAreaField(
        "Votre motif",
        [DataRequired("Dites pourquoi, en une phrase."), Length(max=500)],
        filters=[trimmed],
    )
