"""The copy of a person's data to read, as PDF: values in, bytes out; drawn as the letters are (``lettre.py``)."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import date, datetime

from idp import clock
from idp.accounts.own_data import Record, Value
from idp.habilitations.courriers.lettre import Feuille

TITRES = {
    "identite": "Identité",
    "coordonnees": "Coordonnées",
    "textes_acceptes": "Textes acceptés",
    "double_authentification": "Double authentification",
    "navigateurs_de_confiance": "Navigateurs de confiance",
    "connexions": "Connexions",
    "historique": "Historique des douze derniers mois",
    "organismes": "Organismes et groupes d’habilitation",
    "courriers": "Courriers",
    "services_prevenus": "Services prévenus de la fin d’un accès",
    "autorisations": "Autorisations données à d’autres sites",
    "agent_de_la_caf": "Agent de la Caf",
}
LIBELLES = {
    "accepte_le": "accepté le",
    "accorde_le": "accordé le",
    "accorde_par": "accordé par",
    "active_le": "activé le",
    "adresse_du_reseau": "adresse du réseau",
    "adresse_mail": "adresse mail",
    "adresse_mail_confirmee_le": "adresse mail confirmée le",
    "ajoute_le": "ajouté le",
    "annonce_par_le_navigateur": "annoncé par le navigateur",
    "caisses": "caisses",
    "civilite": "civilité",
    "cloture": "clôture",
    "courriel_refuse_le": "courriel refusé le",
    "cree_le": "créé le",
    "debut": "début",
    "demande_le": "demandé le",
    "depuis_le": "depuis le",
    "derniere_connexion_le": "dernière connexion le",
    "donnee_le": "donnée le",
    "etat": "état",
    "etat_de_l_acces": "état de l’accès",
    "evenement": "événement",
    "imprime_le": "imprimé le",
    "jusqu_au": "jusqu’au",
    "mot_de_passe_change_le": "mot de passe changé le",
    "nom_donne": "nom donné",
    "numero_technique": "numéro technique, connu des services",
    "ouverte_le": "ouverte le",
    "portee": "portée",
    "prenom": "prénom",
    "prevenu_le": "prévenu le",
    "raison_sociale": "raison sociale",
    "role": "rôle",
    "telephone": "téléphone",
    "terminee_le": "terminée le",
    "utilise_le": "utilisé le",
    "vue_le": "vue le",
}
"""Of the fields whose name is not a word already."""

MARGIN, WIDTH, LINE = 20.0, 170.0, 5.0


def ecrire(
    nom: str, sections: Mapping[str, Record | Sequence[Record]], *, cree_le: datetime
) -> bytes:
    """Every section, one after the other."""
    titre = f"Mon Compte Partenaire : les données de {nom}"
    with closing(_Releve(cree_le)) as feuille:
        feuille.set_title(titre)
        feuille.set_author("Mon Compte Partenaire")
        feuille.add_page()
        feuille.ligne(titre, 15, bold=True)
        feuille.ligne(f"Copie faite le {_dit(cree_le)}.", 10)
        for cle, contenu in sections.items():
            feuille.section(TITRES[cle], [contenu] if isinstance(contenu, Mapping) else contenu)
        return bytes(feuille.output())


class PageCourante(Feuille):
    """Running text under headings; nothing faces a window."""

    def header(self) -> None:
        """Nothing."""

    def footer(self) -> None:
        """The number of the page."""
        self._place(MARGIN, -17)
        self._style(8)
        self._text(f"Mon Compte Partenaire – page {self.page_no()}", 3.6, WIDTH, align="C")

    def titre(self, texte: str) -> None:
        """A heading, never alone at the foot of a page."""
        self._place(MARGIN, self.get_y() + 4)
        if self.will_page_break(4 * LINE):
            self.add_page()
        self.ligne(texte, 12, bold=True)

    def ligne(self, texte: str, points: float, *, bold: bool = False) -> None:
        """A paragraph from the left margin."""
        self._place(MARGIN, self.get_y())
        self._style(points, bold=bold)
        self._text(texte, max(LINE, points * 0.5), WIDTH)


class _Releve(PageCourante):
    """The records of a copy."""

    def section(self, titre: str, fiches: Sequence[Record]) -> None:
        """A heading, then each record."""
        self.titre(titre)
        if not fiches:
            self.ligne("Rien.", 10)
        for fiche in fiches:
            self._fiche(fiche, "")
            self._place(MARGIN, self.get_y() + 1.5)

    def _fiche(self, fiche: Record, retrait: str) -> None:
        dits, dessous = [], []
        for cle, valeur in fiche.items():
            if isinstance(valeur, Sequence) and not isinstance(valeur, str):
                dessous += list(valeur)
            elif valeur is not None:
                dits.append(f"{LIBELLES.get(cle, cle)} : {_dit(valeur)}")
        self.ligne(retrait + " ; ".join(dits), 10)
        for une in dessous:
            self._fiche(une, "– ")


def _dit(valeur: Value) -> str:
    if isinstance(valeur, datetime):
        return valeur.astimezone(clock.PARIS).strftime("%d/%m/%Y à %H:%M")
    return valeur.strftime("%d/%m/%Y") if isinstance(valeur, date) else str(valeur)
