"""The sentences that tell why there is no right, and who can help: one for each reason of ``policy``.

They speak to the person (``explication``), or of the person to who manages their rights
(``explication_d_autrui``).
"""

from idp.habilitations.policy import Refus

_A_LA_PERSONNE = {
    Refus.COMPTE_INACTIF: "Votre compte n’est pas actif.",
    Refus.ORGANISME_SUSPENDU: "La Caf a suspendu les accès de votre organisme.",
    Refus.RATTACHEMENT_SUSPENDU: "Votre accès à cet organisme est suspendu.",
    Refus.RATTACHEMENT_A_VENIR: "Votre accès à cet organisme n’est pas encore ouvert.",
    Refus.RATTACHEMENT_CLOS: "Votre accès à cet organisme est clos.",
    Refus.SANS_CONTRAT: "Votre organisme n’a pas de contrat avec la Caf pour le service {service}.",
    Refus.SERVICE_SUSPENDU: "La Caf a suspendu le service {service} pour tous ses partenaires.",
    Refus.CONVENTION_NON_VALIDEE: "La convention de votre organisme avec la Caf n’est pas validée.",
    Refus.CONVENTION_SUSPENDUE: "La Caf a suspendu la convention de votre organisme.",
    Refus.CONVENTION_HORS_DATES: "La convention de votre organisme avec la Caf n’est pas en cours.",
    Refus.CONTRAT_SUSPENDU: "La Caf a suspendu l’accès de votre organisme au service {service}.",
    Refus.CONTRAT_HORS_DATES: "Le contrat de votre organisme pour le service {service} n’est pas en cours.",
    Refus.SANS_GROUPE: "Vous n’êtes dans aucun groupe d’habilitation du service {service}.",
    Refus.GROUPE_SUSPENDU: "Votre groupe d’habilitation pour le service {service} est fermé.",
    Refus.HABILITATION_A_VENIR: "Votre habilitation au service {service} n’a pas encore commencé.",
    Refus.HABILITATION_TERMINEE: "Votre habilitation au service {service} est terminée.",
}

# Of the organisme, the two voices say the same: who reads is of it.
_D_AUTRUI = _A_LA_PERSONNE | {
    Refus.COMPTE_INACTIF: "Son compte n’est pas actif.",
    Refus.RATTACHEMENT_SUSPENDU: "Son accès à votre organisme est suspendu.",
    Refus.RATTACHEMENT_A_VENIR: "Son accès à votre organisme n’est pas encore ouvert.",
    Refus.RATTACHEMENT_CLOS: "Son accès à votre organisme est clos.",
    Refus.SANS_GROUPE: "Cette personne n’est dans aucun groupe d’habilitation du service {service}.",
    Refus.GROUPE_SUSPENDU: "Son groupe d’habilitation pour le service {service} est fermé.",
    Refus.HABILITATION_A_VENIR: "Son habilitation au service {service} n’a pas encore commencé.",
    Refus.HABILITATION_TERMINEE: "Son habilitation au service {service} est terminée.",
}

_REMEDES = {
    Refus.COMPTE_INACTIF: "Faire la première connexion ; un compte suspendu ou clos n’est rouvert que par la Caf.",
    Refus.ORGANISME_SUSPENDU: "Que la Caf rende ses accès à votre organisme.",
    Refus.RATTACHEMENT_SUSPENDU: "Lever la suspension, ou rouvrir l’accès.",
    Refus.RATTACHEMENT_A_VENIR: "Avancer la date d’ouverture, ou l’attendre.",
    Refus.RATTACHEMENT_CLOS: "Rouvrir l’accès.",
    Refus.SANS_CONTRAT: "Signer un contrat pour ce service avec la Caf.",
    Refus.SERVICE_SUSPENDU: "Attendre que la Caf rouvre ce service : votre organisme n’y est pour rien.",
    Refus.CONVENTION_NON_VALIDEE: "Que la Caf valide la convention.",
    Refus.CONVENTION_SUSPENDUE: "Que la Caf lève la suspension de la convention.",
    Refus.CONVENTION_HORS_DATES: "Renouveler la convention avec la Caf, ou attendre son début.",
    Refus.CONTRAT_SUSPENDU: "Que la Caf rende l’accès à ce service.",
    Refus.CONTRAT_HORS_DATES: "Renouveler le contrat avec la Caf, ou attendre son début.",
    Refus.SANS_GROUPE: "Cocher un groupe d’habilitation de ce service.",
    Refus.GROUPE_SUSPENDU: "Que la Caf rouvre le groupe, ou en cocher un autre.",
    Refus.HABILITATION_A_VENIR: "Attendre son premier jour, ou cocher à nouveau le groupe.",
    Refus.HABILITATION_TERMINEE: "Cocher à nouveau le groupe.",
}

# What the administrateur of the organisme can change alone; the rest is for the Caf.
_DU_RESSORT_DE_L_ADMINISTRATEUR = {
    Refus.RATTACHEMENT_SUSPENDU,
    Refus.RATTACHEMENT_A_VENIR,
    Refus.RATTACHEMENT_CLOS,
    Refus.SANS_GROUPE,
    Refus.HABILITATION_A_VENIR,
    Refus.HABILITATION_TERMINEE,
}


def explication(refus: Refus, service: str = "") -> str:
    """The true reason, told to the person; what holds for every service of an organisme names none."""
    return _A_LA_PERSONNE[refus].format(service=service)


def explication_d_autrui(refus: Refus, service: str = "") -> str:
    """The same, told of somebody else to who manages their rights."""
    return _D_AUTRUI[refus].format(service=service)


def remede(refus: Refus) -> str:
    """What would have to change."""
    return _REMEDES[refus]


def revient_a_l_administrateur(refus: Refus) -> bool:
    """Whether the administrateur of the organisme can help; otherwise the Caf."""
    return refus in _DU_RESSORT_DE_L_ADMINISTRATEUR


def qui_aide(refus: Refus) -> str:
    """Who can change it, in words."""
    if refus is Refus.COMPTE_INACTIF:
        return "La personne elle-même, sinon la Caf"
    if revient_a_l_administrateur(refus):
        return "Un administrateur de votre organisme"
    return "La Caf"
