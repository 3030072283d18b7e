"""The sentences of what an actor may not do, for pages that act upon a person."""

from idp.habilitations.administration.successions import RefusDeSuccession
from idp.habilitations.delegation import RefusDAgir

PHRASES: dict[RefusDAgir | RefusDeSuccession, str] = {
    RefusDAgir.AUTRE_ORGANISME: "Cette personne n’est pas de votre organisme.",
    RefusDAgir.RESERVE_A_L_ADMINISTRATEUR: "Seul un administrateur de l’organisme peut le faire.",
    RefusDAgir.SOI_MEME: "Vous ne pouvez pas le faire pour vous-même : demandez-le à un autre administrateur.",
    RefusDAgir.ROLE_PROTEGE: "Seul un administrateur peut agir sur une personne qui gère des habilitations.",
    RefusDAgir.CREATION_NON_DELEGUEE: "Votre mandat ne comprend pas la création d’utilisateurs.",
    RefusDAgir.HORS_PERIMETRE: "Ce groupe n’est pas dans votre périmètre.",
    RefusDAgir.PARTAGE: (
        "Cette personne a aussi des groupes que vous ne gérez pas : un administrateur peut le faire."
    ),
    RefusDAgir.DERNIER_ADMINISTRATEUR: (
        "C’est le dernier administrateur de votre organisme : nommez-en d’abord un autre, ou contactez la Caf."
    ),
    RefusDAgir.DEJA: "C’était déjà fait.",
    RefusDAgir.RIEN_A_DONNER: "Cochez au moins un groupe, parmi ceux de votre organisme.",
    RefusDAgir.PAS_PLUS_ETROIT: "Un sous-groupe ouvre moins que tous les groupes de son service.",
    RefusDeSuccession.PAS_ENCORE_ACTIF: (
        "Cette personne n’a pas terminé sa première connexion, ou son accès n’est pas ouvert."
    ),
    RefusDeSuccession.DEJA_EN_COURS: "Une demande attend déjà une réponse pour cette personne.",
    RefusDeSuccession.TROP: "Vous avez déjà fait plusieurs demandes aujourd’hui : recommencez demain.",
    RefusDeSuccession.PERIMEE: "Cette demande a déjà reçu une réponse, ou n’est plus valable.",
}
