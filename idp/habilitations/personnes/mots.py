"""The French words of what people are, in pages and in files alike."""

from collections.abc import Mapping
from types import MappingProxyType

from idp.habilitations.delegation import Role
from idp.habilitations.etats import Etat
from idp.habilitations.personnes.filtres import Connexion

ETATS: Mapping[Etat, str] = MappingProxyType(
    {
        Etat.ACTIF: "Actif",
        Etat.ATTENDU: "Première connexion attendue",
        Etat.A_VENIR: "Ouverture à venir",
        Etat.SUSPENDU: "Suspendu",
        Etat.CLOS: "Clos",
    }
)
ROLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.ADMINISTRATEUR: "Administrateur",
        Role.RESPONSABLE_HABILITATION: "Responsable d’habilitation",
        Role.UTILISATEUR: "Utilisateur",
    }
)
CONNEXIONS: Mapping[Connexion, str] = MappingProxyType(
    {
        Connexion.TROIS_MOIS: "Aucune depuis 3 mois",
        Connexion.SIX_MOIS: "Aucune depuis 6 mois",
        Connexion.DOUZE_MOIS: "Aucune depuis 12 mois",
        Connexion.JAMAIS: "Jamais, depuis plus de 30 jours",
    }
)
