"""The forms of the administrateurs, in the words of an agent who acts in their place."""

from idp.habilitations.personnes.modification import RefusDeModification
from idp.habilitations.views.partenaire.formulaires import CreerUtilisateur, ModifierUtilisateur

SOI_MEME = "Ce sont vos propres accès : un autre agent peut les modifier."
DERNIER_ADMINISTRATEUR = (
    "C’est le dernier administrateur de cet organisme : remplacez-le d’abord, dans « Supervision »."
)
PHRASES = {
    RefusDeModification.SOI_MEME: SOI_MEME,
    RefusDeModification.DERNIER_ADMINISTRATEUR: DERNIER_ADMINISTRATEUR,
}


class CreerASaPlace(CreerUtilisateur):
    """« Créer un utilisateur »."""

    deja_utilisateur = "Cette adresse est déjà celle d’un utilisateur de cet organisme."


class ModifierASaPlace(ModifierUtilisateur):
    """« Modifier ses accès »."""

    def phrase(self, refus: RefusDeModification) -> str:
        """The sentence of a refusal."""
        return PHRASES.get(refus) or super().phrase(refus)
