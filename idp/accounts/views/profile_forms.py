"""Forms of « Mon profil ». Parsing is in ``idp/contact.py``; codes and passwords are judged by the services."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

from wtforms import EmailField, Field, PasswordField, TelField
from wtforms.validators import InputRequired, ValidationError

from idp.accounts.models import Account
from idp.accounts.profile import Names
from idp.accounts.views.forms import Identite, MotDePasseForm
from idp.contact import parse_phone
from idp.forms import AvecAdresseMail, KeptForm, parsed


class NomForm(Identite):
    """How the person is called."""

    @classmethod
    def of(cls, account: Account) -> "NomForm":
        """The form, filled with what is known."""
        return cls(civilite=account.civility, nom=account.family_name, prenom=account.given_name)

    def names(self) -> Names:
        """What was typed, parsed; call once valid."""
        return Names(str(self.civilite.data), str(self.nom.data), str(self.prenom.data))


class TelephoneForm(KeptForm):
    """A number that exists, of France or abroad."""

    telephone = TelField("Téléphone", [InputRequired("Saisissez votre numéro de téléphone.")])

    def validate_telephone(self, field: Field) -> None:
        """Canonical, or the sentence that says what is wrong."""
        parsed(field, parse_phone)


class CourrielForm(AvecAdresseMail):
    """A new address, typed twice."""

    email = EmailField(
        "Nouvelle adresse mail", [InputRequired("Saisissez votre nouvelle adresse mail.")]
    )
    email_confirme = EmailField(
        "Confirmer la nouvelle adresse mail",
        [InputRequired("Saisissez la nouvelle adresse mail une seconde fois.")],
    )

    def refuse_same(self) -> None:
        """It is the address of the account already."""
        self.email.errors = ["C’est déjà l’adresse mail de votre compte."]


class ChangerMotDePasseForm(MotDePasseForm):
    """The password of today, then another one twice."""

    actuel = PasswordField(
        "Mot de passe actuel", [InputRequired("Saisissez votre mot de passe actuel.")]
    )

    def validate_nouveau(self, field: Field) -> None:
        """Another one."""
        if field.data and field.data == self.actuel.data:
            raise ValidationError("C’est votre mot de passe actuel : choisissez-en un autre.")

    def refuse_current(self) -> None:
        """The same words for a wrong password and for a throttled attempt, as at sign-in."""
        self.actuel.errors = [
            "Ce n’est pas votre mot de passe actuel. Vérifiez-le et recommencez. Après cinq essais manqués,"
            " attendez une minute avant de recommencer, puis deux, puis quatre, jusqu’à deux heures."
        ]
