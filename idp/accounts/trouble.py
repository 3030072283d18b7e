"""« Je n'arrive pas à me connecter »: what somebody has in hand, and the door that suits: pure.

Guide, « Vos identifiants de connexion » and « Trouver votre N° d'utilisateur ».
"""

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """What the person has, or what happens to them."""

    DEUX_COURRIERS = "deux-courriers"
    UN_COURRIER = "un-courrier"
    PROVISOIRE_EXPIRE = "provisoire-expire"
    IDENTIFIANT = "identifiant"
    ADRESSE_MAIL = "adresse-mail"
    NUMERO_UTILISATEUR = "numero-utilisateur"
    SIRET = "siret"
    TELEPHONE_PERDU = "telephone-perdu"
    TROP_D_ESSAIS = "trop-d-essais"
    RIEN = "rien"


@dataclass(frozen=True, slots=True)
class Door:
    """Where to go: ``path`` and what its button says; ``texts`` are paragraphs, ``delay`` how long it"
    " takes."""

    libelle: str
    texts: tuple[str, ...]
    path: str | None = None
    button: str = ""
    delay: str = ""


CONNEXION = "/connexion"
PREMIERE_CONNEXION = "/premiere-connexion"
IDENTIFIANT_PERDU = "/identifiant-perdu"
MOT_DE_PASSE_OUBLIE = "/mot-de-passe-oublie"

DOORS = {
    Trouble.DEUX_COURRIERS: Door(
        "Les deux courriers de la Caf : l’identifiant et le mot de passe provisoire",
        (
            "Il vous faut les deux. Saisissez l’identifiant du premier et le mot de passe du second ;"
            " vous choisirez ensuite le vôtre.",
        ),
        PREMIERE_CONNEXION,
        "Faire ma première connexion",
        "Comptez cinq minutes.",
    ),
    Trouble.UN_COURRIER: Door(
        "Un seul des deux courriers",
        (
            "Les deux courriers ne partent pas le même jour : le second arrive souvent quelques jours après.",
            "S’il n’arrive pas, demandez les deux à nouveau avec le N° utilisateur de votre organisme.",
        ),
        IDENTIFIANT_PERDU,
        "Recevoir à nouveau mes identifiants",
        "Par courriel en quelques minutes si nous connaissons votre adresse, sinon par courrier sous"
        " quelques jours.",
    ),
    Trouble.PROVISOIRE_EXPIRE: Door(
        "Un mot de passe provisoire qui ne marche plus",
        (
            "Un mot de passe reçu par courriel vaut 24 heures ; par courrier, 60 jours. Chacun ne sert"
            " plus dès que vous avez choisi le vôtre.",
            "Vous ne vous êtes jamais connecté : demandez-en un autre par « Identifiant perdu ». Vous"
            " aviez déjà choisi un mot de passe : passez plutôt par « Mot de passe oublié ».",
        ),
        IDENTIFIANT_PERDU,
        "Identifiant perdu",
        "Par courriel en quelques minutes, ou par courrier sous quelques jours.",
    ),
    Trouble.IDENTIFIANT: Door(
        "Mon identifiant, mais pas mon mot de passe",
        (
            "Saisissez votre identifiant : un mot de passe provisoire part à l’adresse mail de votre compte.",
            "Vous ne vous êtes jamais connecté, et vos identifiants sont venus par courrier : allez"
            " plutôt à « Identifiant perdu ».",
        ),
        MOT_DE_PASSE_OUBLIE,
        "Mot de passe oublié",
        "Le courriel arrive en quelques minutes.",
    ),
    Trouble.ADRESSE_MAIL: Door(
        "Mon adresse mail",
        (
            "Saisissez-la : un courriel vous rappelle votre identifiant et vous donne un mot de passe"
            " provisoire.",
            "Plusieurs comptes ont cette adresse ? Le courriel les liste, avec leur organisme.",
        ),
        MOT_DE_PASSE_OUBLIE,
        "Mot de passe oublié",
        "Le courriel arrive en quelques minutes.",
    ),
    Trouble.NUMERO_UTILISATEUR: Door(
        "Le N° utilisateur de mon organisme, sur une quittance ou sur le courrier de juillet",
        (
            "Saisissez-le : les identifiants repartent vers les personnes qui gèrent les accès de"
            " l’organisme.",
        ),
        IDENTIFIANT_PERDU,
        "Identifiant perdu",
        "Par courriel en quelques minutes si nous connaissons une adresse, sinon par courrier sous"
        " quelques jours.",
    ),
    Trouble.SIRET: Door(
        "Le SIRET de mon organisme",
        (
            "Le SIRET ne suffit pas : il nous faut le N° utilisateur, 14 chiffres dont les trois"
            " premiers désignent votre Caf, par exemple 359 00007090001.",
            "Il est sur le courrier ou le courriel de juillet, et sur les quittances. La page suivante"
            " montre où.",
        ),
        IDENTIFIANT_PERDU,
        "Voir où se trouve le N° utilisateur",
    ),
    Trouble.TELEPHONE_PERDU: Door(
        "Mon mot de passe, mais plus le téléphone ou la clé de la double authentification",
        (
            "Connectez-vous avec votre mot de passe, puis saisissez l’un de vos dix codes de secours à"
            " la place du code. Retirez ensuite le moyen perdu dans « Mon profil », « Double"
            " authentification ».",
            "Vous n’avez plus de code de secours ? Contactez votre Caf : après vérification, deux agents"
            " retireront votre moyen, et vous en ajouterez un autre.",
        ),
        CONNEXION,
        "Me connecter avec un code de secours",
    ),
    Trouble.TROP_D_ESSAIS: Door(
        "Tout, mais j’ai fait trop d’essais",
        (
            "Après cinq essais manqués, il faut attendre une minute, puis deux, puis quatre, jusqu’à"
            " deux heures. Votre compte n’est jamais bloqué pour de bon.",
            "Pour entrer sans attendre, demandez un mot de passe provisoire par courriel.",
        ),
        MOT_DE_PASSE_OUBLIE,
        "Mot de passe oublié",
        "Le courriel arrive en quelques minutes.",
    ),
    Trouble.RIEN: Door(
        "Rien de tout cela",
        (
            "Votre organisme a un administrateur ? Il voit votre identifiant dans « Gestion des"
            " habilitations », et peut créer votre accès.",
            "Sinon, contactez votre Caf, par le moyen indiqué sur ses courriers ou sur caf.fr : elle"
            " retrouvera votre N° utilisateur.",
        ),
    ),
}


def door_of(answer: str) -> Door | None:
    """The door that suits an answer; None when it is not one."""
    return DOORS[Trouble(answer)] if answer in set(Trouble) else None
