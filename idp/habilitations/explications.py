"""The sentences that tell a person why they have no right, and who can help: one for each reason of ``policy``."""

from idp.habilitations.policy import Refus

_PHRASES = {
    Refus.COMPTE_INACTIF: "Votre compte n’est pas actif.",
    Refus.ORGANISME_SUSPENDU: "La Caf a suspendu les accès de votre organisme.",
    Refus.RATTACHEMENT_SUSPENDU: "Votre accès à cet organisme est suspendu.",
    Refus.RATTACHEMENT_A_VENIR: "Votre accès à cet organisme n’est pas encore ouvert.",
    Refus.RATTACHEMENT_CLOS: "Votre accès à cet organisme est clos.",
    Refus.SANS_CONTRAT: "Votre organisme n’a pas de contrat avec la Caf pour le service {service}.",
    Refus.CONVENTION_NON_VALIDEE: "La convention de votre organisme avec la Caf n’est pas validée.",
    Refus.CONVENTION_HORS_DATES: "La convention de votre organisme avec la Caf n’est pas en cours.",
    Refus.CONTRAT_SUSPENDU: "La Caf a suspendu l’accès de votre organisme au service {service}.",
    Refus.CONTRAT_HORS_DATES: "Le contrat de votre organisme pour le service {service} n’est pas en cours.",
    Refus.SANS_GROUPE: "Vous n’êtes dans aucun groupe d’habilitation du service {service}.",
    Refus.GROUPE_SUSPENDU: "Votre groupe d’habilitation pour le service {service} est fermé.",
    Refus.HABILITATION_A_VENIR: "Votre habilitation au service {service} n’a pas encore commencé.",
    Refus.HABILITATION_TERMINEE: "Votre habilitation au service {service} est terminée.",
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
    """The true reason, in one sentence; what holds for every service of an organisme names none."""
    return _PHRASES[refus].format(service=service)


def revient_a_l_administrateur(refus: Refus) -> bool:
    """Whether the administrateur of the organisme can help; otherwise the Caf."""
    return refus in _DU_RESSORT_DE_L_ADMINISTRATEUR
