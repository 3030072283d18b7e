"""Forms of the people. Parsing is in ``idp/contact.py``; passwords are judged by the service."""

# mypy: allow-subclassing-any
# WTForms ships no annotations.

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    PasswordField,
    RadioField,
    StringField,
    TelField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from idp.accounts.challenges import CodeOutcome
from idp.accounts.factors.verification import FactorRefusal
from idp.accounts.login import SignInRefusal
from idp.accounts.models import Account
from idp.accounts.onboarding import Informations
from idp.accounts.policy import (
    PASSPHRASE_MIN_CHARS,
    PASSWORD_MAX_CHARS,
    PASSWORD_MIN_CHARS,
    PASSWORD_MIN_CHARS_OF_WHO_GIVES_ACCESS,
    PasswordRefusal,
)
from idp.accounts.recovery import TYPED_MAX_CHARS
from idp.forms import (
    AvecAdresseMail,
    AvecNoms,
    AvecTelephone,
    FrenchForm,
    KeptForm,
)

# The same words for a wrong password and for a throttled attempt (``idp/accounts/login.py``).
_INCORRECT = (
    "Identifiant ou mot de passe incorrect. Vérifiez-les et recommencez. Après cinq essais manqués, attendez"
    " une minute avant de recommencer, puis deux, puis quatre, jusqu’à deux heures. Sinon, voyez « Je n’arrive"
    " pas à me connecter »."
)
_SIGN_IN_REFUSALS = {
    SignInRefusal.INCORRECT: _INCORRECT,
    SignInRefusal.THROTTLED: _INCORRECT,
    SignInRefusal.SECRET_EXPIRED: (
        "Ce mot de passe provisoire n’est plus valable : sa durée est dépassée. Pour en recevoir un autre,"
        " cliquez sur « Identifiant perdu »."
    ),
    SignInRefusal.SECRET_USED: (
        "Ce mot de passe provisoire a déjà servi. Saisissez le mot de passe que vous avez choisi ; si vous ne"
        " le connaissez plus, cliquez sur « Mot de passe oublié »."
    ),
}


class Connexion(FrenchForm):
    """The login form; its field names are a public contract."""

    identifiant = StringField("Identifiant", [InputRequired("Saisissez votre identifiant.")])
    mot_de_passe = PasswordField("Mot de passe", [InputRequired("Saisissez votre mot de passe.")])

    def refuse(self, reason: SignInRefusal) -> None:
        """Show why nobody is signed in; of neither field, since which one is wrong is not told."""
        self.form_errors.append(_SIGN_IN_REFUSALS[reason])


class Identite(AvecNoms, KeptForm):
    """Civility and names, wherever they are asked."""

    civilite = RadioField(
        "Civilité",
        [InputRequired("Choisissez une civilité.")],
        choices=[SelectChoice("Mme", "Madame"), SelectChoice("M.", "Monsieur")],
    )
    nom = StringField("Nom", [InputRequired("Saisissez votre nom.")])
    prenom = StringField("Prénom", [InputRequired("Saisissez votre prénom.")])


class InformationsForm(AvecAdresseMail, AvecTelephone, Identite):
    """Step 2 of the first connection."""

    email = EmailField("Adresse mail", [InputRequired("Saisissez votre adresse mail.")])
    email_confirme = EmailField(
        "Confirmer l’adresse mail",
        [InputRequired("Saisissez votre adresse mail une seconde fois.")],
    )
    telephone = TelField("Téléphone (facultatif)", [Optional()])

    @classmethod
    def of(cls, account: Account) -> "InformationsForm":
        """The form, filled with what is known of the person until they submit it."""
        return cls(
            civilite=account.civility,
            nom=account.family_name,
            prenom=account.given_name,
            email=account.email,
            email_confirme=account.email,
            telephone=account.phone,
        )

    def informations(self) -> Informations:
        """What was typed, parsed; call once valid."""
        return Informations(
            civility=str(self.civilite.data),
            family_name=str(self.nom.data),
            given_name=str(self.prenom.data),
            email=str(self.email.data),
            phone=self.telephone.data or None,
        )


def _digits(field: Field) -> str:
    return "".join(filter(str.isdecimal, field.data or ""))[:20]


class CodeForm(FrenchForm):
    """The six digits received by mail, however they are spaced."""

    code = StringField(
        "Code reçu par courriel", [InputRequired("Saisissez le code à six chiffres.")]
    )

    def typed(self) -> str:
        """The digits alone."""
        return _digits(self.code)

    def refuse(self, outcome: CodeOutcome) -> None:
        """Show what to do with a code that does not prove the address."""
        self.code.errors = [_CODE_REFUSALS[outcome]]


_CODE_REFUSALS = {
    CodeOutcome.WRONG: "Ce n’est pas le bon code. Vérifiez les six chiffres du dernier message reçu.",
    CodeOutcome.NONE_ALIVE: (
        "Ce code n’est plus valable : il a plus de 15 minutes, ou cinq essais ont été manqués. Demandez un"
        " nouveau code."
    ),
}


_PASSWORD_REFUSALS = {
    PasswordRefusal.TOO_SHORT: (
        f"Ce mot de passe est trop court : il faut au moins {PASSWORD_MIN_CHARS} caractères."
    ),
    PasswordRefusal.TOO_SHORT_TO_GIVE_ACCESS: (
        "Ce mot de passe est trop court : comme vous donnez des accès à d’autres personnes, il vous faut au"
        f" moins {PASSWORD_MIN_CHARS_OF_WHO_GIVES_ACCESS} caractères."
    ),
    PasswordRefusal.TOO_LONG: (
        f"Ce mot de passe est trop long : {PASSWORD_MAX_CHARS} caractères au plus."
    ),
    PasswordRefusal.UNPRINTABLE: (
        "Ce mot de passe contient un caractère invisible. Saisissez-le au clavier, ou copiez-le à nouveau."
    ),
    PasswordRefusal.TOO_FEW_CLASSES: (
        "Ajoutez d’autres sortes de caractères : il en faut trois parmi minuscules, majuscules, chiffres et"
        f" autres signes. Ou bien allongez-le jusqu’à {PASSPHRASE_MIN_CHARS} caractères."
    ),
    PasswordRefusal.OWN_WORDS: (
        "Ce mot de passe se devine à partir de votre nom, de votre adresse, de votre identifiant, de votre"
        " organisme, de son N° utilisateur ou de la Caf."
        " Choisissez des mots qui n’ont aucun lien avec vous."
    ),
    PasswordRefusal.GUESSABLE: (
        "Ce mot de passe est trop facile à deviner : mot courant, suite, répétition ou date. Ajoutez un ou"
        " deux mots sans lien entre eux."
    ),
    PasswordRefusal.PROVISIONAL: (
        "C’est votre mot de passe provisoire. Choisissez un mot de passe que vous êtes seul à connaître."
    ),
}


class MotDePasseForm(FrenchForm):
    """A new password, typed twice: without JavaScript nobody can look at what they type."""

    nouveau = PasswordField("Nouveau mot de passe", [InputRequired("Saisissez un mot de passe.")])
    confirmation = PasswordField(
        "Confirmer le mot de passe", [InputRequired("Saisissez le mot de passe une seconde fois.")]
    )

    def validate_confirmation(self, field: Field) -> None:
        """The same password twice."""
        if field.data != self.nouveau.data:
            raise ValidationError("Les deux mots de passe ne sont pas identiques.")

    def refuse(self, reason: PasswordRefusal) -> None:
        """Show why this password is not accepted, and what to do."""
        self.nouveau.errors = [_PASSWORD_REFUSALS[reason]]


class MotDePasseOublieForm(FrenchForm):
    """Who cannot sign in any more."""

    compte = StringField(
        "Adresse mail ou identifiant",
        [
            InputRequired("Saisissez votre adresse mail, ou votre identifiant."),
            Length(max=TYPED_MAX_CHARS, message="Ce texte est trop long pour une adresse mail."),
        ],
    )


_NOM_DE_FACTEUR = [
    Optional(),
    Length(max=80, message="Ce nom est trop long : 80 caractères au plus."),
]


class SecondFacteur(FrenchForm):
    """A code of an application, or a recovery code: the same box."""

    code = StringField(
        "Code", [InputRequired("Saisissez le code de votre application, ou un code de secours.")]
    )
    confiance = BooleanField("Ne plus demander ce code sur ce navigateur pendant 90 jours")

    def refuse(self, reason: FactorRefusal) -> None:
        """Show what to do."""
        self.code.errors = [_FACTOR_REFUSALS[reason]]


_FACTOR_REFUSALS = {
    FactorRefusal.INCORRECT: (
        "Ce code n’est pas le bon, ou il a déjà servi. Attendez que l’application en affiche un nouveau, et"
        " vérifiez que l’heure de votre téléphone est exacte."
    ),
    FactorRefusal.THROTTLED: (
        "Trop de codes faux ont été saisis. Attendez une minute avant de recommencer, puis deux, puis quatre."
    ),
}


class ReponseDeCle(FrenchForm):
    """What the device answered; a script fills it in."""

    reponse = StringField("Réponse de la clé", [InputRequired()])


class CleAccesForm(ReponseDeCle):
    """A passkey that is being added."""

    nom = StringField("Nom de cette clé (facultatif)", _NOM_DE_FACTEUR)

    def label(self) -> str:
        """The name that was typed, on a single line."""
        return " ".join((self.nom.data or "").split())

    def refuse(self) -> None:
        """Show what to do."""
        self.form_errors.append(
            "La clé n’a pas été ajoutée : la demande a plus de cinq minutes, ou l’appareil n’a pas vérifié que"
            " c’est vous. Recommencez."
        )


class ApplicationForm(FrenchForm):
    """The first code of an application that is being added."""

    nom = StringField("Nom de cette application (facultatif)", _NOM_DE_FACTEUR)
    code = StringField(
        "Code affiché par l’application", [InputRequired("Saisissez le code à six chiffres.")]
    )

    def typed(self) -> str:
        """The digits alone."""
        return _digits(self.code)

    def label(self) -> str:
        """The name that was typed, on a single line."""
        return " ".join((self.nom.data or "").split())

    def refuse(self) -> None:
        """Show what to do with a wrong code."""
        self.code.errors = [
            "Ce n’est pas le bon code. Attendez que l’application en affiche un nouveau, et vérifiez que l’heure"
            " de votre téléphone est exacte."
        ]


class AcceptationForm(FrenchForm):
    """One text, one box to tick."""

    accepte = BooleanField(
        "J’ai lu ce texte et je l’accepte", [InputRequired("Cochez la case pour continuer.")]
    )


class ConfirmationForm(FrenchForm):
    """A button, and nothing to type."""
