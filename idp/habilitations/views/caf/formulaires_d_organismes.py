"""The forms of what the Caf knows of an organisme."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

import re
from collections.abc import Callable, Sequence

from wtforms import (
    EmailField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from idp import elision
from idp.contact import parse_email
from idp.forms import KeptForm, parsed, trimmed
from idp.habilitations.agents import AgentVu
from idp.habilitations.caisses import CaisseDecrite, caisses
from idp.habilitations.groupes import LOGEMENTS
from idp.habilitations.models import TypeOrganisme
from idp.habilitations.numeros import (
    SiretInvalide,
    format_numero_utilisateur,
    format_siret,
    parse_siret,
)
from idp.habilitations.organismes.attribution import DejaConnu, RefusDeNumero
from idp.habilitations.organismes.changements import Identite
from idp.habilitations.organismes.declaration import AdresseInvalide, parse_adresse, parse_numeros
from idp.habilitations.organismes.models import MOTIF_MAX
from idp.habilitations.organismes.plan import PHRASES, Motif
from idp.printable import normalise

REFUS_DE_NUMERO = {
    RefusDeNumero.HORS_PERIMETRE: (
        "Un N° utilisateur que vous ajoutez ou retirez est d’une caisse que vous ne supervisez pas :"
        " à elle de le faire."
    ),
    RefusDeNumero.DERNIER: "Un organisme garde au moins un N° utilisateur.",
    RefusDeNumero.RETIRE: PHRASES[Motif.NUMERO_RETIRE][1],
}
NUMERO_OBLIGATOIRE = "Saisissez au moins un N° utilisateur."


TYPES = [
    SelectChoice(TypeOrganisme.PERSONNE_MORALE, "Personne morale"),
    SelectChoice(TypeOrganisme.PERSONNE_PHYSIQUE, "Personne physique"),
]


class _AvecAdressePostale(KeptForm):
    """Has the field ``adresse``."""

    def validate_adresse(self, field: Field) -> None:
        """At most six lines, the last one with postcode and city, as an envelope bears them."""
        try:
            field.data = "\n".join(parse_adresse(field.data or ""))
        except AdresseInvalide as error:
            raise ValidationError(str(error)) from error


class ModifierOrganisme(_AvecAdressePostale):
    """Name, type, SIRET, addresses and numbers, and why they change."""

    type = RadioField("Type", [InputRequired("Choisissez le type.")], choices=TYPES)
    raison_sociale = StringField(
        "Raison sociale", [DataRequired("Saisissez la raison sociale."), Length(max=200)]
    )
    siret = StringField("SIRET", [Optional()])
    adresse = TextAreaField("Adresse", [DataRequired("Saisissez l’adresse.")])
    email = EmailField("Adresse mail", [Optional()])
    numeros = TextAreaField("N° utilisateur", [Optional()])
    motif = TextAreaField(
        "Motif",
        [DataRequired("Dites pourquoi, en une phrase."), Length(max=MOTIF_MAX)],
        filters=[trimmed],
    )
    version = HiddenField()

    @classmethod
    def de(cls, actuelle: Identite) -> "ModifierOrganisme":
        """The form, filled with what the organisme is today."""
        form = cls()
        if not form.is_filled:
            form.type.data = actuelle.type
            form.raison_sociale.data = actuelle.raison_sociale
            form.siret.data = format_siret(actuelle.siret) if actuelle.siret else ""
            form.adresse.data = "\n".join(actuelle.adresse)
            form.email.data = actuelle.email
            form.numeros.data = "\n".join(map(format_numero_utilisateur, actuelle.numeros or ()))
            form.version.data = actuelle.version
        return form

    def validate_raison_sociale(self, field: Field) -> None:
        """On one line."""
        field.data = " ".join((field.data or "").split())

    def validate_siret(self, field: Field) -> None:
        """Fourteen digits whose key is right, however they are spaced."""
        if field.data and self.type.data == TypeOrganisme.PERSONNE_PHYSIQUE:
            raise ValidationError("Une personne physique n’a pas de SIRET : laissez-le vide.")
        if field.data:
            _parsed(field, parse_siret, SiretInvalide)

    def validate_email(self, field: Field) -> None:
        """An address that a mail can reach."""
        if field.data:
            parsed(field, parse_email)

    def validate_numeros(self, field: Field) -> None:
        """One on each line, of caisses that exist."""
        try:
            lus = parse_numeros(en_barres(field.data), departements()) if field.data else ()
        except ValueError as error:
            raise ValidationError(str(error)) from error
        field.data = "\n".join(map(format_numero_utilisateur, lus))

    def voulue(self) -> Identite:
        """What was typed; call once valid."""
        return Identite(
            raison_sociale=str(self.raison_sociale.data),
            siret=self.siret.data or None,
            adresse=tuple(str(self.adresse.data).split("\n")),
            email=self.email.data or None,
            type=TypeOrganisme(self.type.data),
            numeros=tuple(sorted(map(normalise, str(self.numeros.data).split("\n"))))
            if self.numeros.data
            else (),
        )

    def refuser(self, refus: RefusDeNumero | DejaConnu) -> None:
        """Say why, beside the numbers."""
        phrase = deja_connu(refus) if isinstance(refus, DejaConnu) else REFUS_DE_NUMERO[refus]
        self.numeros.errors = (phrase,)

    def reprendre(self, actuelle: Identite) -> None:
        """Somebody changed it meanwhile: what was typed stays, to be decided again knowing that."""
        self.version.data = actuelle.version
        self.form_errors.append(
            "Ce dossier a changé entre-temps : vérifiez ce qu’il est maintenant, puis validez de nouveau."
        )


class CreerOrganisme(_AvecAdressePostale):
    """What a line of the file of a caisse says, and why it is done by hand."""

    caisse = SelectField("Caf qui écrit à l’organisme", [InputRequired("Choisissez la caisse.")])
    type = RadioField("Type", [InputRequired("Choisissez le type.")], choices=TYPES)
    raison_sociale = StringField("Raison sociale", [Optional()])
    siret = StringField("SIRET", [Optional()])
    civilite = SelectField(
        "Civilité",
        [Optional()],
        choices=[
            SelectChoice("", "Non précisée"),
            SelectChoice("Mme", "Madame"),
            SelectChoice("M.", "Monsieur"),
        ],
    )
    nom = StringField("Nom", [Optional()])
    prenom = StringField("Prénom", [Optional()])
    numeros_utilisateur = TextAreaField("N° utilisateur", [InputRequired(NUMERO_OBLIGATOIRE)])
    adresse = TextAreaField("Adresse", [InputRequired("Saisissez l’adresse.")])
    courriel = EmailField("Adresse mail", [Optional()])
    types_logement = SelectMultipleField(
        "Logements à déclarer",
        choices=[SelectChoice(logement, libelle) for logement, libelle in LOGEMENTS.items()],
    )
    zones = StringField("Zones", [Optional()])
    motif = TextAreaField(
        "Motif",
        [DataRequired("Dites pourquoi, en une phrase."), Length(max=MOTIF_MAX)],
        filters=[trimmed],
    )

    @classmethod
    def pour(cls, agent: AgentVu) -> "CreerOrganisme":
        """The form, with the caisses of this agent."""
        form = cls()
        siennes = [une for une in caisses().values() if agent.national or une.code in agent.caisses]
        form.caisse.choices = [
            SelectChoice(une.code, f"{une.libelle} ({une.code})") for une in siennes
        ]
        return form

    def cellules(self) -> dict[str, str]:
        """What was typed, under the names of the columns of the file; call once valid."""
        lignes = str(self.adresse.data).split("\n")
        simples = (
            *("caisse", "type", "raison_sociale", "siret"),
            *("civilite", "nom", "prenom", "courriel"),
        )
        return {
            **{nom: str(self[nom].data or "") for nom in simples},
            "numeros_utilisateur": en_barres(self.numeros_utilisateur.data or ""),
            "zones": en_barres(self.zones.data or ""),
            "types_logement": "|".join(self.types_logement.data or ()),
            **{f"adresse_{rang}": ligne for rang, ligne in enumerate(lignes, 1)},
        }

    def refuser(self, colonne: str, phrase: str) -> None:
        """Say why, beside the field of this column."""
        nom = "adresse" if colonne.startswith("adresse_") else colonne
        if nom not in self:
            self.form_errors.append(phrase)
        elif not self[nom].errors:
            self[nom].errors = (phrase,)


class ChangerDeCaisse(KeptForm):
    """Another caisse that writes to an organisme."""

    caisse = SelectField("Caf qui écrira", [InputRequired("Choisissez la caisse.")])
    motif = TextAreaField(
        "Motif",
        [DataRequired("Dites pourquoi, en une phrase."), Length(max=MOTIF_MAX)],
        filters=[trimmed],
    )

    @classmethod
    def parmi(cls, possibles: Sequence[CaisseDecrite]) -> "ChangerDeCaisse":
        """The form, with these caisses; none is chosen beforehand when there are several."""
        form = cls()
        choix = [SelectChoice(une.code, f"{une.libelle} ({une.code})") for une in possibles]
        form.caisse.choices = choix if len(choix) == 1 else [SelectChoice("", "Choisissez"), *choix]
        return form


def en_barres(texte: str) -> str:
    """Values on lines, or between commas, as a cell of the file holds them."""
    return "|".join(part.strip() for part in re.split(r"[\n,;]+", texte) if part.strip())


def deja_connu(fait: DejaConnu) -> str:
    """Whose this number is; the page has the link, where the agent may follow it."""
    sien = "d’un autre organisme, que vous ne supervisez pas"
    if fait.raison_sociale:
        sien = elision.de(fait.raison_sociale)
    return f"Le N° {format_numero_utilisateur(fait.numero)} est celui {sien}."


def departements() -> dict[str, tuple[str, ...]]:
    """Of each caisse."""
    return {une.code: une.departements for une in caisses().values()}


def _parsed(field: Field, parse: Callable[[str], str], refus: type[ValueError]) -> None:
    try:
        field.data = parse(field.data)
    except refus as error:
        raise ValidationError(str(error)) from error
