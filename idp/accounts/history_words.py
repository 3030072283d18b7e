"""The journal of one person in French sentences; an event that is not here is not shown to them.

Keyed by the names that the journal keeps, since those of ``habilitations`` and ``oidc`` tell of the same person.
"""

from collections.abc import Callable, Mapping
from typing import Any

from idp.accounts.history import Happened
from idp.services import services

Words = str | Callable[[Mapping[str, Any]], str]

_REFUSALS = {
    "throttled": "Connexion refusée : trop d’essais manqués",
    "secret_expired": "Connexion refusée : mot de passe provisoire expiré",
    "secret_used": "Connexion refusée : mot de passe provisoire déjà utilisé",
}
_KINDS = {
    "totp": "une application d’authentification",
    "passkey": "une clé d’accès",
    "recovery_code": "un code de secours",
}
_TEXTS = {
    "regles_usage": "les règles d’usage",
    "conditions_utilisation": "les conditions d’utilisation",
}


def _signed_in(data: Mapping[str, Any]) -> str:
    how = "avec un mot de passe provisoire" if data.get("credential") in _PROVISIONAL else ""
    words = ["Connexion", how, f"depuis {data['device']}" if data.get("device") else ""]
    return " ".join(filter(None, words))


_PROVISIONAL = ("provisional", "reset")


def _refused(data: Mapping[str, Any]) -> str:
    return _REFUSALS.get(str(data.get("reason")), "Connexion refusée : mot de passe incorrect")


def _kind(before: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: f"{before} {_KINDS.get(str(data.get('kind')), 'un moyen')}"


def _accepted(data: Mapping[str, Any]) -> str:
    text = _TEXTS.get(str(data.get("texte")), "un texte")
    return f"Vous avez accepté {text}, version {data.get('version', '')}".removesuffix(", version ")


def _opened(data: Mapping[str, Any]) -> str:
    service = services().get(str(data.get("client_id")))
    return f"Ouverture du service {service.nom}" if service else "Ouverture d’un service"


SENTENCES: Mapping[str, Words] = {
    "sign_in_succeeded": _signed_in,
    "sign_in_refused": _refused,
    "signed_out": "Déconnexion",
    "sessions_ended": lambda data: (
        "Vous avez fermé une autre connexion"
        if data.get("count") == 1
        else "Vous avez fermé vos autres connexions"
    ),
    "second_factor_shown": _kind("Double authentification réussie avec"),
    "second_factor_refused": "Double authentification refusée",
    "factor_added": _kind("Double authentification : vous avez ajouté"),
    "factor_removed": _kind("Double authentification : vous avez retiré"),
    "factor_removal_asked": "La Caf a préparé le retrait de vos moyens de double authentification",
    "factors_removed": "La Caf a retiré vos moyens de double authentification",
    "recovery_codes_drawn": "Dix nouveaux codes de secours ont été tirés",
    "trusted_browser_added": "Vous avez fait confiance à un navigateur",
    "trusted_browsers_forgotten": "Plus aucun navigateur n’est de confiance",
    "activation_secret_issued": "Un mot de passe provisoire vous a été envoyé",
    "reset_sent": "Un mot de passe provisoire vous a été envoyé par courriel",
    "password_chosen": "Vous avez choisi votre mot de passe",
    "password_changed": "Votre mot de passe a été changé",
    "current_password_refused": "Changement de mot de passe refusé : mot de passe actuel incorrect",
    "informations_given": "Vous avez donné vos nom, prénom et adresse mail",
    "names_changed": "Votre nom ou votre civilité a été modifié",
    "phone_changed": lambda data: (
        "Votre numéro de téléphone a été retiré"
        if data.get("removed")
        else "Votre numéro de téléphone a été modifié"
    ),
    "email_code_sent": "Un code a été envoyé pour confirmer une adresse mail",
    "email_code_refused": "Un code de confirmation d’adresse mail a été refusé",
    "email_proven": "Votre adresse mail a été confirmée",
    "email_change_asked": "Un changement d’adresse mail a été demandé",
    "email_change_cancelled": "Le changement d’adresse mail a été annulé",
    "email_changed": "Votre adresse mail a été changée",
    "email_replaced": "Votre organisme a donné une autre adresse mail, que vous seul pouvez confirmer",
    "texte_accepted": _accepted,
    "first_connection_done": "Votre première connexion est terminée",
    "account_suspended": "La Caf a suspendu votre accès",
    "account_reinstated": "La Caf a rétabli votre accès",
    "account_closed": "La Caf a fermé votre compte",
    "mail_refused": "Un courriel n’a pas pu arriver à votre adresse mail",
    "mail_delivered_again": "Nos courriels arrivent de nouveau à votre adresse mail",
    "idle_warned": "Vous avez été prévenu : un compte qui ne sert plus est supprimé",
    "administrateur_designe": "Vous êtes devenu administrateur de votre organisme",
    "organisme_choisi": "Vous avez choisi l’organisme pour lequel vous travaillez",
    "personal_data_taken": "Vous avez téléchargé vos données",
    "authorization_granted": _opened,
    "consent_given": "Vous avez autorisé un service à lire vos informations",
}


def in_words(happened: Happened) -> str:
    """What happened, as the person reads it."""
    words = SENTENCES[happened.event]
    return words if isinstance(words, str) else words(happened.data)
