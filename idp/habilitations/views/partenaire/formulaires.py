"""The form « Créer un utilisateur », field by field as in the guide (page 3)."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from flask_wtf.file import FileField, FileRequired
from wtforms import (
    DateField,
    EmailField,
    Field,
    HiddenField,
    RadioField,
    StringField,
    TelField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from idp.forms import AvecAdresseMail, AvecNoms, AvecTelephone, KeptForm
from idp.habilitations.dates_de_groupe import Coche, Dates
from idp.habilitations.groupes import GroupeACocher
from idp.habilitations.models import Mobilite
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.personnes.modification import Modification, RefusDeModification
from idp.habilitations.personnes.prolongation import Duree
from idp.habilitations.personnes.utilisateurs import NouvelUtilisateur, RefusDeCreation
from idp.habilitations.views.partenaire.cases import AvecGroupes

MOBILITES = [
    SelectChoice(Mobilite.SEDENTAIRE, "Sédentaire (possède un poste fixe)"),
    SelectChoice(Mobilite.ITINERANT, "Itinérant (poste de travail variable)"),
]


class CreerUtilisateur(AvecNoms, AvecAdresseMail, AvecTelephone, AvecGroupes):
    """Names, address and its confirmation, telephone likewise, dates, mobility, groups."""

    nom = StringField("Nom", [InputRequired("Saisissez le nom."), Length(max=80)])
    prenom = StringField("Prénom", [InputRequired("Saisissez le prénom."), Length(max=80)])
    email = EmailField("Adresse mail", [InputRequired("Saisissez l’adresse mail.")])
    email_confirme = EmailField(
        "Confirmer l’adresse mail", [InputRequired("Saisissez l’adresse mail une seconde fois.")]
    )
    telephone = TelField("Téléphone", [Optional()])
    telephone_confirme = TelField("Confirmer le téléphone")
    ouverture = DateField(
        "Date d’ouverture",
        [InputRequired("Choisissez la date d’ouverture, par exemple 03/06/2026.")],
    )
    cloture = DateField("Date de clôture", [Optional()])
    mobilite = RadioField("Poste de travail", choices=MOBILITES, default=Mobilite.SEDENTAIRE)
    demande = HiddenField()

    @classmethod
    def pour(cls, groupes: Sequence[GroupeACocher], jour: date) -> "CreerUtilisateur":
        """The form of one organisme, « Date d'ouverture » filled with the day."""
        form = cls()
        form.jour = jour
        form.offrir(groupes)
        if not form.is_filled:
            form.ouverture.data = jour
            form.demande.data = str(uuid4())
        return form

    jour: date

    def validate_telephone_confirme(self, field: Field) -> None:
        """The same number twice, however it is spaced."""
        if _digits(field.data) != _digits(
            self.telephone.raw_data[0] if self.telephone.raw_data else ""
        ):
            raise ValidationError("Les deux numéros de téléphone ne sont pas identiques.")

    def validate_ouverture(self, field: Field) -> None:
        """Not before today: a right is never opened in the past."""
        if field.data and field.data < self.jour:
            raise ValidationError("La date d’ouverture ne peut pas être passée.")

    def validate_cloture(self, field: Field) -> None:
        """Not before the opening."""
        if field.data and self.ouverture.data and field.data < self.ouverture.data:
            raise ValidationError("La date de clôture précède la date d’ouverture.")

    def saisie(self) -> NouvelUtilisateur:
        """What was typed, parsed; call once valid."""
        return NouvelUtilisateur(
            nom=str(self.nom.data),
            prenom=str(self.prenom.data),
            email=str(self.email.data),
            telephone=self.telephone.data or None,
            ouverture=self.ouverture.data or self.jour,
            cloture=self.cloture.data,
            mobilite=Mobilite(self.mobilite.data),
            groupes=tuple(map(UUID, self.groupes.data or ())),
            demande=_uuid(self.demande.data),
        )

    deja_utilisateur = "Cette adresse est déjà celle d’un utilisateur de votre organisme."

    def refuser(self, refus: RefusDeCreation) -> None:
        """Show an outcome of the service beside the field that it concerns."""
        if refus is RefusDeCreation.DEJA_UTILISATEUR:
            self.email.errors = [self.deja_utilisateur]
        elif refus is RefusDeCreation.CREATION_NON_DELEGUEE:
            self.form_errors.append(
                "Votre mandat ne comprend pas la création d’utilisateurs : demandez-la à un administrateur."
            )
        else:
            self.groupes.errors = ["Ce groupe n’existe plus : rechargez la page."]


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


class EnvoyerFichier(KeptForm):
    """A file of users."""

    fichier = FileField("Fichier à importer", [FileRequired("Choisissez un fichier.")])


def _digits(text: str | None) -> str:
    return "".join(character for character in text or "" if character.isdigit())


class DatesDesGroupes(Field):
    """From when and until when each groupe is ticked: two boxes for each, ``debut-ID`` and ``fin-ID``."""

    def process(
        self, formdata: Any, data: Any = None, extra_filters: Sequence[Any] | None = None
    ) -> None:
        """Keep what was typed, by groupe; without a form, what they have."""
        self.process_errors: list[str] = []
        self.data = None
        self.saisies: dict[str, dict[str, str]] = {}
        for nom in formdata or ():
            borne, _tiret, groupe_id = nom.partition("-")
            if borne in ("debut", "fin") and _uuid(groupe_id):
                self.saisies.setdefault(groupe_id, {})[borne] = formdata[nom]
        for groupe_id, coche in (data or {}).items() if not formdata else ():
            periode = coche.periode
            self.saisies[str(groupe_id)] = {
                "debut": periode.debut.isoformat(),
                "fin": periode.fin.isoformat() if periode.fin else "",
            }

    def saisie(self, groupe_id: UUID, borne: str) -> str:
        """What its box holds."""
        return self.saisies.get(str(groupe_id), {}).get(borne, "")

    @property
    def cachees(self) -> list[tuple[str, str]]:
        """The same as hidden fields of the page that asks for a confirmation."""
        return [
            (f"{borne}-{groupe_id}", valeur)
            for groupe_id, saisie in self.saisies.items()
            for borne, valeur in saisie.items()
        ]

    def voulues(self) -> dict[UUID, Dates]:
        """Parsed; raises ``ValidationError`` on what is no date."""
        return {
            UUID(groupe_id): Dates(_jour(saisie.get("debut")), _jour(saisie.get("fin")))
            for groupe_id, saisie in self.saisies.items()
        }


def _jour(texte: str | None) -> date | None:
    try:
        return date.fromisoformat(texte) if texte else None
    except ValueError as error:
        raise ValidationError("Écrivez chaque date ainsi : 12/01/2027.") from error


class ModifierUtilisateur(AvecGroupes):
    """Dates, poste de travail and groups; ``version`` is what was shown, ``confirme`` the second press."""

    ouverture = DateField("Date d’ouverture", [InputRequired("Choisissez la date d’ouverture.")])
    cloture = DateField("Date de clôture", [Optional()])
    mobilite = RadioField("Poste de travail", choices=MOBILITES)
    dates = DatesDesGroupes("Dates d’un groupe")
    version = HiddenField()
    confirme = HiddenField()

    @classmethod
    def de(cls, fiche: Fiche, jour: date) -> "ModifierUtilisateur":
        """The form of this user, filled with what they have."""
        form = cls(
            ouverture=fiche.ouverture,
            cloture=fiche.cloture,
            mobilite=fiche.mobilite,
            groupes=[str(one) for one in fiche.groupes],
            dates=fiche.coches,
            version=fiche.version,
        )
        form.offrir(fiche.offerts, lambda groupe: _bornes(fiche.coches.get(groupe.id), jour))
        return form

    def validate_dates(self, field: DatesDesGroupes) -> None:
        """Dates, if any."""
        field.voulues()

    def validate_cloture(self, field: Field) -> None:
        """Not before the opening."""
        if field.data and self.ouverture.data and field.data < self.ouverture.data:
            raise ValidationError("La date de clôture précède la date d’ouverture.")

    def voulu(self) -> Modification:
        """What was asked for, parsed; call once valid."""
        return Modification(
            ouverture=self.ouverture.data,
            cloture=self.cloture.data,
            mobilite=Mobilite(self.mobilite.data),
            groupes=frozenset(map(UUID, self.groupes.data or ())),
            dates=self.dates.voulues(),
        )

    def refuser(self, refus: RefusDeModification) -> None:
        """Show an outcome of the service beside the field that it concerns."""
        field = {
            RefusDeModification.OUVERTURE_PASSEE: self.ouverture,
            RefusDeModification.CLOTURE_PASSEE: self.cloture,
            RefusDeModification.GROUPE_INCONNU: self.groupes,
            RefusDeModification.DATE_SANS_GROUPE: self.dates,
            RefusDeModification.DEBUT_DE_GROUPE_PASSE: self.dates,
            RefusDeModification.FIN_DE_GROUPE_PASSEE: self.dates,
            RefusDeModification.DATES_INVERSEES: self.dates,
        }.get(refus)
        if field is None:
            self.form_errors.append(self.phrase(refus))
        else:
            field.errors = [self.phrase(refus)]

    def phrase(self, refus: RefusDeModification) -> str:
        """The sentence of a refusal, to who fills this form."""
        return REFUS_DE_MODIFICATION[refus]


class Prolonger(KeptForm):
    """For how long; ``version`` is what was shown."""

    duree = RadioField("Jusqu’à quand ?", [InputRequired("Choisissez jusqu’à quand.")])
    version = HiddenField()

    @classmethod
    def de(cls, fiche: Fiche, un_an: date) -> "Prolonger":
        """The form of this user; ``un_an`` is the last day if it goes on for a year."""
        form = cls(duree=Duree.UN_AN, version=fiche.version)
        form.duree.choices = [
            SelectChoice(Duree.UN_AN, f"Un an de plus : jusqu’au {un_an:%d/%m/%Y}"),
            SelectChoice(Duree.SANS_FIN, "Sans date de fin"),
        ]
        return form


def _bornes(coche: Coche | None, jour: date) -> str:
    """What the label of a box says of its dates, when there is something to say."""
    if coche is None:
        return ""
    periode = coche.periode
    if periode.fin and periode.fin < jour:
        return f" (terminé depuis le {periode.fin:%d/%m/%Y})"
    bornes = [f"à partir du {periode.debut:%d/%m/%Y}"] if periode.debut > jour else []
    bornes += [f"jusqu’au {periode.fin:%d/%m/%Y}"] if periode.fin else []
    return f" ({', '.join(bornes)})" if bornes else ""


REFUS_DE_MODIFICATION = {
    RefusDeModification.SOI_MEME: (
        "Vous ne pouvez pas modifier vos propres accès : demandez-le à un autre administrateur, ou à votre Caf."
    ),
    RefusDeModification.ROLE_PROTEGE: (
        "Seul un administrateur peut modifier les accès d’une personne qui gère des habilitations."
    ),
    RefusDeModification.PARTAGE: (
        "Cette personne a aussi des groupes que vous ne gérez pas : vous pouvez cocher et décocher les vôtres,"
        " mais un administrateur doit changer ses dates et son poste."
    ),
    RefusDeModification.DERNIER_ADMINISTRATEUR: (
        "C’est le dernier administrateur sans date de clôture : nommez-en d’abord un autre."
    ),
    RefusDeModification.GROUPE_INCONNU: "Ce groupe n’existe plus : rechargez la page.",
    RefusDeModification.OUVERTURE_PASSEE: (
        "Une date d’ouverture ne se déplace que dans l’avenir, tant que l’accès n’est pas ouvert."
    ),
    RefusDeModification.CLOTURE_PASSEE: (
        "La date de clôture est passée. Pour fermer l’accès aujourd’hui, utilisez « Clore l’accès »."
    ),
    RefusDeModification.DATE_SANS_GROUPE: (
        "Vous avez donné une date à un groupe qui n’est pas coché : cochez-le, ou effacez sa date."
    ),
    RefusDeModification.DEBUT_DE_GROUPE_PASSE: (
        "Un groupe ne commence pas dans le passé, et son début ne se déplace plus une fois qu’il a commencé."
    ),
    RefusDeModification.FIN_DE_GROUPE_PASSEE: (
        "La date de fin d’un groupe est passée. Pour le retirer aujourd’hui, décochez-le."
    ),
    RefusDeModification.DATES_INVERSEES: "La date de fin d’un groupe précède celle de son début.",
    RefusDeModification.CLOS: "Cet accès est clos : rouvrez-le avant de le modifier.",
    RefusDeModification.ENTRE_TEMPS: (
        "Quelqu’un d’autre a modifié cet utilisateur entre-temps. Rien n’a été enregistré : voici ce qu’il a"
        " maintenant, à côté de ce que vous aviez choisi."
    ),
}
