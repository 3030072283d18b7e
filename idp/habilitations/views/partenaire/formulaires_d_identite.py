"""The forms that correct a user; ``version`` is what was shown, so that nobody undoes what somebody else did."""

from wtforms import EmailField, HiddenField, StringField, TelField
from wtforms.validators import InputRequired, Length, Optional

from idp.accounts.views.blueprint import telephone
from idp.forms import AvecAdresseMail, AvecNoms, AvecTelephone, KeptForm
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.personnes.identite import Identite, RefusDIdentite


class _DUnUtilisateur(KeptForm):
    version = HiddenField()

    def refuser(self, refus: RefusDIdentite, lue: Fiche) -> None:
        """Show an outcome of the service; sent again, the form then speaks of the user as they are now."""
        self.form_errors.append(REFUS[refus])
        if refus is RefusDIdentite.ENTRE_TEMPS:
            self.version.data = lue.version


class IdentiteForm(AvecNoms, AvecTelephone, _DUnUtilisateur):
    """Names and telephone."""

    nom = StringField("Nom", [InputRequired("Saisissez le nom."), Length(max=80)])
    prenom = StringField("Prénom", [InputRequired("Saisissez le prénom."), Length(max=80)])
    telephone = TelField("Téléphone", [Optional()])

    @classmethod
    def de(cls, lue: Fiche) -> "IdentiteForm":
        """Filled with what they are."""
        return cls(
            nom=lue.nom_de_famille,
            prenom=lue.prenom,
            telephone=telephone(lue.telephone) if lue.telephone else "",
            version=lue.version,
        )

    def voulue(self) -> Identite:
        """What was typed, parsed; call once valid."""
        return Identite(
            str(self.nom.data), str(self.prenom.data), str(self.telephone.data or "") or None
        )


class AdresseForm(AvecAdresseMail, _DUnUtilisateur):
    """A new address, typed twice."""

    email = EmailField("Nouvelle adresse mail", [InputRequired("Saisissez l’adresse mail.")])
    email_confirme = EmailField(
        "Confirmer la nouvelle adresse mail",
        [InputRequired("Saisissez l’adresse mail une seconde fois.")],
    )

    @classmethod
    def de(cls, lue: Fiche) -> "AdresseForm":
        """Empty."""
        return cls(version=lue.version)


_LUI_MEME = "cette personne corrige elle-même ses informations dans « Mon profil »."
REFUS = {
    RefusDIdentite.SOI_MEME: "Vos propres informations se corrigent dans « Mon profil ».",
    RefusDIdentite.ROLE_PROTEGE: (
        "Seul un administrateur peut corriger l’identité d’une personne qui gère des habilitations."
    ),
    RefusDIdentite.PARTAGE: (
        "Cette personne a aussi des groupes que vous ne gérez pas : un administrateur peut corriger son identité."
    ),
    RefusDIdentite.AILLEURS: f"Votre organisme n’est pas le seul pour lequel elle travaille : {_LUI_MEME}",
    RefusDIdentite.CLOS: "Cet accès est clos : rouvrez-le avant de corriger l’identité.",
    RefusDIdentite.PREMIERE_CONNEXION: (
        "Cette personne a déjà un mot de passe : elle donnera son adresse mail en terminant sa première connexion."
    ),
    RefusDIdentite.RESERVE_A_L_ADMINISTRATEUR: (
        "Seul un administrateur peut remplacer l’adresse mail d’une personne qui s’est connectée ; sinon,"
        f" {_LUI_MEME}"
    ),
    RefusDIdentite.DEJA_UTILISATEUR: "Cette adresse est déjà celle d’un utilisateur de votre organisme.",
    RefusDIdentite.TROP_TOT: "Un message vient déjà de partir : attendez quelques minutes, puis recommencez.",
    RefusDIdentite.ENTRE_TEMPS: (
        "Quelqu’un d’autre a modifié cet utilisateur entre-temps. Rien n’a été enregistré : voici ce qu’il a"
        " maintenant, à côté de ce que vous aviez saisi."
    ),
}
