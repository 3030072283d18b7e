"""What the agent reads of each reason, and the next thing to tell the person, in the words of the guide.

Doors are those of ``idp/accounts/trouble.py``, where a visitor reads the same advice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idp import clock
from idp.accounts.trouble import DOORS, Trouble
from idp.habilitations.assistance.policy import Cause, Constat
from idp.habilitations.explications import explication_d_autrui
from idp.habilitations.policy import Refus


@dataclass(frozen=True, slots=True)
class Parole:
    """``constat`` is what is so; ``dire`` what to tell the person now."""

    constat: str
    dire: str


_DE_LA_CAUSE: Mapping[Cause, Parole] = {
    Cause.COMPTE_CLOS: Parole(
        "Son compte est clos{depuis}.",
        "Dites-lui que ce compte ne se rouvre pas : un administrateur de son organisme peut lui en créer un"
        " autre.",
    ),
    Cause.COMPTE_SUSPENDU: Parole(
        "La Caf a suspendu son compte, à titre conservatoire.",
        "Dites-lui que son accès est suspendu, et que vous transmettez sa question à un superviseur. Ne donnez"
        " pas le motif par téléphone.",
    ),
    Cause.JAMAIS_CONNECTEE: Parole(
        "Elle ne s’est jamais connectée.",
        "Dites-lui de passer par « Identifiant perdu », pas par « Mot de passe oublié » : elle ne s’est jamais"
        " connectée.",
    ),
    Cause.RIEN_ENVOYE: Parole(
        "Aucun identifiant ne lui a encore été envoyé.",
        "Dites-lui que vous les lui envoyez maintenant, et utilisez un bouton de cette page.",
    ),
    Cause.COURRIER_REVENU: Parole(
        "Un de ses courriers est revenu{le} : n’habite pas à l’adresse indiquée.",
        "Demandez-lui l’adresse postale de son organisme et faites-la corriger ; préparez ensuite deux nouveaux"
        " courriers.",
    ),
    Cause.COURRIER_A_IMPRIMER: Parole(
        "Ses deux courriers attendent l’impression{depuis}.",
        "Dites-lui que ses courriers ne sont pas encore partis : comptez une dizaine de jours pour recevoir les"
        " deux.",
    ),
    Cause.COURRIER_EN_ROUTE: Parole(
        "Un courrier a été imprimé pour elle{le}.",
        "Dites-lui d’attendre d’avoir les deux courriers : le second arrive souvent quelques jours après le"
        " premier.",
    ),
    Cause.COURRIER_ANCIEN: Parole(
        "Son dernier courrier a été imprimé{le} : elle devrait avoir reçu les deux.",
        "Vérifiez avec elle l’adresse postale de son organisme, puis envoyez-lui deux nouveaux courriers.",
    ),
    Cause.PROVISOIRE_EXPIRE: Parole(
        "Son mot de passe provisoire ne vaut plus rien depuis{le_instant}.",
        "Dites-lui de ne plus s’en servir, et d’en demander un autre par « Identifiant perdu » avec son N°"
        " utilisateur ; ou envoyez-le d’ici.",
    ),
    Cause.PROVISOIRE_VALABLE: Parole(
        "Elle a un mot de passe provisoire valable jusqu’au{instant}.",
        "Dites-lui de saisir son identifiant et ce mot de passe provisoire dans « Faire ma première connexion ».",
    ),
    Cause.PREMIERE_CONNEXION_INACHEVEE: Parole(
        "Elle a commencé sa première connexion, sans la terminer.",
        "Dites-lui de se connecter à nouveau, avec le mot de passe choisi, ou sinon le provisoire : elle reprendra"
        " à l’étape où elle s’est arrêtée.",
    ),
    Cause.ATTENTE: Parole(
        "Après plusieurs essais manqués, elle doit attendre jusqu’à{heure}.",
        "Dites-lui de ne plus essayer avant{heure}, ou de passer tout de suite par « Mot de passe oublié » : le"
        " mot de"
        " passe provisoire reçu par courriel entre sans attendre.",
    ),
    Cause.ATTENTE_DU_FACTEUR: Parole(
        "Après plusieurs codes faux, sa double authentification attend jusqu’à{heure}.",
        "Dites-lui d’attendre{heure}, et de vérifier que l’heure de son téléphone est réglée automatiquement.",
    ),
    Cause.RESEAU_EN_PAUSE: Parole(
        "Trop de demandes sont venues de son réseau : la porte « Connexion » y est en pause jusqu’à{heure}.",
        "Dites-lui que son compte n’est pas bloqué, et de recommencer après{heure}, ou depuis un autre réseau.",
    ),
    Cause.PROVISOIRE_PERIME_SAISI: Parole(
        "Son dernier essai,{le_instant}, était avec un mot de passe provisoire périmé.",
        "Dites-lui de ne plus se servir de ce courrier ou de ce courriel, et de prendre le plus récent.",
    ),
    Cause.PROVISOIRE_DEJA_SERVI: Parole(
        "Son dernier essai,{le_instant}, était avec un mot de passe provisoire qui a déjà servi.",
        "Dites-lui de saisir le mot de passe qu’elle a choisi elle-même, pas celui du courrier. Elle ne le connaît"
        " plus ? « Mot de passe oublié ».",
    ),
    Cause.MOT_DE_PASSE_FAUX: Parole(
        "Son dernier essai,{le_instant}, était avec un mot de passe faux.",
        "Demandez-lui de vérifier la touche Majuscule et l’identifiant. Si elle n’est pas sûre de son mot de"
        " passe :"
        " « Mot de passe oublié ».",
    ),
    Cause.MOT_DE_PASSE_A_CHANGER: Parole(
        "Elle doit choisir un nouveau mot de passe.",
        "Dites-lui de se connecter et de choisir un nouveau mot de passe sur la page qui s’affiche : rien"
        " d’autre ne"
        " s’ouvre avant.",
    ),
    Cause.FACTEUR_NON_MONTRE: Parole(
        "Elle s’arrête à la double authentification ; il lui reste des codes de secours.",
        "Elle n’a plus son téléphone ou sa clé ? "
        + DOORS[Trouble.TELEPHONE_PERDU].texts[0].replace("Connectez-vous", "Qu’elle se connecte"),
    ),
    Cause.FACTEUR_PERDU: Parole(
        "Elle s’arrête à la double authentification, et n’a plus de code de secours.",
        "Dites-lui que deux agents de sa Caf peuvent retirer son moyen perdu, après avoir vérifié qui elle est. Ne"
        " lui demandez jamais un code.",
    ),
    Cause.FACTEUR_A_AJOUTER: Parole(
        "Son rôle demande une double authentification, qu’elle n’a pas encore.",
        "Dites-lui d’ajouter un moyen sur la page qui s’affiche après son mot de passe : cela prend deux minutes.",
    ),
    Cause.RETRAIT_DE_FACTEUR_DEMANDE: Parole(
        "Le retrait de sa double authentification a été demandé{le} ; un second agent doit l’accorder.",
        "Dites-lui que la demande est en cours, et prévenez un autre agent.",
    ),
    Cause.TEXTES_A_ACCEPTER: Parole(
        "Les règles d’usage ou les conditions d’utilisation ont changé depuis qu’elle les a acceptées.",
        "Dites-lui de lire et d’accepter les textes qui s’affichent après son mot de passe.",
    ),
    Cause.MAIL_REFUSE: Parole(
        "Nos courriels ne lui arrivent pas : son adresse les refuse depuis{le}.",
        "Faites-lui épeler son adresse mail. Si elle a changé, un administrateur de son organisme la remplace"
        " dans sa"
        " fiche.",
    ),
    Cause.SANS_MAIL: Parole(
        "Aucune adresse mail n’est connue : « Mot de passe oublié » ne lui enverra rien.",
        "Dites-lui de faire ajouter son adresse mail par un administrateur de son organisme.",
    ),
    Cause.MAIL_NON_CONFIRME: Parole(
        "Son adresse mail n’est pas confirmée : « Mot de passe oublié » ne lui enverra rien.",
        "Dites-lui de confirmer son adresse dans « Mon profil » dès qu’elle sera connectée ; sinon, que son"
        " administrateur la remplace.",
    ),
    Cause.TEMOINS_REFUSES: Parole(
        "Elle se connecte, mais son navigateur ne garde pas la session : il refuse nos cookies.",
        "Dites-lui d’autoriser les cookies de ce site, ou d’essayer avec un autre navigateur.",
    ),
}
_DU_REFUS: Mapping[Refus, str] = {
    Refus.COMPTE_INACTIF: "Dites-lui de faire d’abord sa première connexion.",
    Refus.ORGANISME_SUSPENDU: (
        "Dites-lui que les accès de son organisme sont suspendus, et que son administrateur en est informé."
    ),
    Refus.RATTACHEMENT_SUSPENDU: "Dites-lui de s’adresser à un administrateur de son organisme.",
    Refus.RATTACHEMENT_A_VENIR: (
        "Dites-lui que son accès n’est pas encore ouvert : son administrateur peut avancer la date d’ouverture."
    ),
    Refus.RATTACHEMENT_CLOS: (
        "Dites-lui que son accès est clos : un administrateur de son organisme peut le rouvrir."
    ),
    Refus.SANS_CONTRAT: "Dites-lui que son organisme n’a pas de contrat pour ce service.",
    Refus.SERVICE_SUSPENDU: (
        "Dites-lui que la Caf a suspendu ce service pour tous ses partenaires : elle n’y est pour rien."
    ),
    Refus.CONVENTION_SUSPENDUE: "Dites-lui que la convention de son organisme est suspendue.",
    Refus.CONVENTION_NON_VALIDEE: (
        "Dites-lui que la convention de son organisme n’est pas validée, et que la Caf s’en occupe."
    ),
    Refus.CONVENTION_HORS_DATES: (
        "Dites-lui que la convention de son organisme n’est pas en cours : elle est à renouveler avec la Caf."
    ),
    Refus.CONTRAT_SUSPENDU: "Dites-lui que ce service est suspendu pour tout son organisme.",
    Refus.CONTRAT_HORS_DATES: (
        "Dites-lui que le contrat de ce service n’est pas en cours : il est à renouveler avec la Caf."
    ),
    Refus.SANS_GROUPE: (
        "Dites-lui de demander à son administrateur de cocher pour elle un groupe d’habilitation de ce service."
    ),
    Refus.GROUPE_SUSPENDU: "Dites-lui de demander un autre groupe d’habilitation à son administrateur.",
    Refus.HABILITATION_A_VENIR: "Dites-lui que son habilitation n’a pas encore commencé.",
    Refus.HABILITATION_TERMINEE: (
        "Dites-lui de demander à son administrateur de cocher à nouveau ce groupe d’habilitation."
    ),
}
RIEN = Parole(
    "Rien ne l’empêche de se connecter, ni d’ouvrir ses services.",
    "Demandez-lui l’adresse qu’elle a saisie et le message exact qui s’affiche ; faites-lui ouvrir « Je n’arrive"
    " pas à"
    " me connecter ».",
)


def parole(constat: Constat) -> Parole:
    """Of a reason not to sign in."""
    modele = _DE_LA_CAUSE[constat.cause]
    mots = _mots(constat.at)
    return Parole(modele.constat.format_map(mots), modele.dire.format_map(mots))


def parole_du_refus(refus: Refus, service: str) -> Parole:
    """Of a reason why a service is closed to them."""
    constat = explication_d_autrui(refus, service)
    for a_l_organisme, a_la_caf in (("votre organisme", "son organisme"), ("Votre o", "Son o")):
        constat = constat.replace(a_l_organisme, a_la_caf)
    return Parole(constat, _DU_REFUS[refus])


def _mots(at: datetime | None) -> dict[str, str]:
    if at is None:
        return dict.fromkeys(("depuis", "le", "le_instant", "instant", "heure"), "")
    ici = at.astimezone(clock.PARIS)
    return {
        "depuis": f" depuis le {ici:%d/%m/%Y}",
        "le": f" le {ici:%d/%m/%Y}",
        "le_instant": f" le {ici:%d/%m/%Y à %H:%M}",
        "instant": f" {ici:%d/%m/%Y à %H:%M}",
        "heure": f" {ici:%H:%M}",
    }
