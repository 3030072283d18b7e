"""The form of a sous-groupe: its name, and which groups of the contract it opens."""

import unicodedata
from collections.abc import Iterable
from uuid import UUID

from wtforms import Field, HiddenField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError

from idp.forms import KeptForm
from idp.habilitations.composition.mes_groupes import GroupeVu
from idp.habilitations.composition.sous_groupes import RefusDeSousGroupe, Voulu
from idp.habilitations.delegation import Bases
from idp.habilitations.views.partenaire.cases import CasesACocher

NOM_MAX_CHARS = 80


class SousGroupeForm(KeptForm):
    """``version`` is what was told, ``confirme`` the second press."""

    nom = StringField(
        "Nom du sous-groupe",
        [
            InputRequired("Donnez un nom au sous-groupe."),
            Length(
                max=NOM_MAX_CHARS,
                message=f"Choisissez un nom de {NOM_MAX_CHARS} caractères au plus.",
            ),
        ],
    )
    bases = CasesACocher("Groupes qu’il réunit")
    version = HiddenField()
    confirme = HiddenField()

    @classmethod
    def pour(
        cls, offerts: Iterable[GroupeVu], sous_groupe: GroupeVu | None = None
    ) -> "SousGroupeForm":
        """The form of a contract, filled with what the sous-groupe has."""
        ouvre = [str(base) for base in sous_groupe.bases] if sous_groupe else []
        form = cls(nom=sous_groupe.libelle if sous_groupe else "", bases=ouvre)
        form.bases.choices = [
            SelectChoice(
                str(base.id), base.libelle if base.actif else f"{base.libelle} (fermé par la Caf)"
            )
            for base in offerts
        ]
        return form

    def validate_nom(self, field: Field) -> None:
        """One line, without control characters."""
        field.data = " ".join(unicodedata.normalize("NFC", field.data or "").split())
        if not field.data or not field.data.isprintable():
            raise ValidationError("Donnez un nom lisible au sous-groupe.")

    def voulu(self) -> Voulu:
        """What was asked for, parsed; call once valid."""
        return Voulu(str(self.nom.data), Bases(map(UUID, self.bases.data or ())))

    def refuser(self, refus: RefusDeSousGroupe) -> None:
        """Show an outcome of the service beside the field that it concerns."""
        if refus is RefusDeSousGroupe.NOM_PRIS:
            self.nom.errors = [PHRASES[refus]]
        elif refus in (RefusDeSousGroupe.RIEN_A_DONNER, RefusDeSousGroupe.PAS_PLUS_ETROIT):
            self.bases.errors = [PHRASES[refus]]
        else:
            self.form_errors.append(PHRASES[refus])


class SuppressionForm(KeptForm):
    """The second press; ``version`` is what was told."""

    version = HiddenField()


PHRASES = {
    RefusDeSousGroupe.RESERVE_A_L_ADMINISTRATEUR: "Seul un administrateur peut modifier un sous-groupe.",
    RefusDeSousGroupe.RIEN_A_DONNER: "Cochez au moins un groupe.",
    RefusDeSousGroupe.PAS_PLUS_ETROIT: (
        "Un sous-groupe est plus étroit que le contrat : laissez au moins un groupe de côté."
    ),
    RefusDeSousGroupe.NOM_PRIS: "Un groupe de votre organisme porte déjà ce nom.",
    RefusDeSousGroupe.SOI_MEME: (
        "Vous êtes dans ce sous-groupe, et personne ne change ses propres accès : demandez-le à un autre"
        " administrateur, ou à votre Caf."
    ),
    RefusDeSousGroupe.ENTRE_TEMPS: (
        "Quelqu’un a modifié ce sous-groupe ou ses membres entre-temps. Rien n’a été enregistré : vérifiez ce qui"
        " changerait maintenant."
    ),
}
