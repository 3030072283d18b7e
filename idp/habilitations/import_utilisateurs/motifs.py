"""Why a line was refused, in words for who sent the file, and the column to look at."""

from idp.habilitations.import_utilisateurs.plan import Motif

PHRASES: dict[Motif, tuple[str, str]] = {
    Motif.CREATION_NON_DELEGUEE: (
        "",
        "Votre mandat ne comprend pas la création d’utilisateurs : demandez-la à un administrateur.",
    ),
    Motif.DEJA_UTILISATEUR: (
        "adresse_mail",
        "Cette adresse est déjà celle d’un utilisateur de votre organisme.",
    ),
    Motif.IDENTIFIANT_INCONNU: (
        "identifiant",
        "Cet identifiant n’est pas celui d’un de vos utilisateurs : laissez la case vide pour en créer un.",
    ),
    Motif.OUVERTURE_PASSEE: (
        "ouverture",
        "La date d’ouverture ne peut pas être passée : laissez la case vide pour ouvrir l’accès aujourd’hui.",
    ),
    Motif.CLOTURE_AVANT_OUVERTURE: (
        "cloture",
        "La date de clôture précède la date d’ouverture.",
    ),
    Motif.CLOS: (
        "groupes",
        "L’accès de cette personne est clos : rouvrez-le avant de lui donner un groupe.",
    ),
    Motif.SOI_MEME: (
        "groupes",
        "C’est vous : vous ne pouvez pas vous donner de groupe à vous-même.",
    ),
    Motif.ROLE_PROTEGE: (
        "groupes",
        "Cette personne est administrateur ou responsable d’habilitation : un administrateur change ses accès.",
    ),
    Motif.HORS_PERIMETRE: (
        "groupes",
        "Ce groupe n’est pas de ceux que vous pouvez donner.",
    ),
}
