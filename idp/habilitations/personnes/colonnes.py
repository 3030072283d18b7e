"""The columns of the files of users: those that the import reads, and those that the export adds for the eye."""

from idp.habilitations.models import Mobilite
from idp.habilitations.organismes.lignes_nommees import Colonnes, keyword

LUES = (
    *("Nom", "Prénom", "Adresse mail", "Téléphone", "Ouverture", "Clôture", "Poste de travail"),
    *("Groupes", "Identifiant"),
)
"""Identifiant is filled in by the export: it finds again somebody whose address is not enough."""
DU_MODELE = LUES[:-1]
POUR_L_OEIL = ("Rôle", "État", "Dernière connexion", "Libellés des groupes")
REFUS = ("Ligne", "Colonne à corriger", "Motif du refus")
"""What the file of refused lines adds; once corrected, it may be sent as it is."""

TITRES = {keyword(titre): titre for titre in (*LUES, *POUR_L_OEIL, *REFUS)}
COLONNES = Colonnes(tuple(TITRES), ("nom", "prenom", "adresse_mail"), "utilisateur", TITRES)

POSTES = {Mobilite.SEDENTAIRE: "Sédentaire", Mobilite.ITINERANT: "Itinérant"}
"""What the column « Poste de travail » says, and is read from."""

SEPARATEUR = " | "
"""Between two groups of one cell."""
