"""How the summary of a review looks: values in, an unsigned PDF out, in the style of the other documents."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime

from idp import clock
from idp.habilitations.personnes.releve import MARGIN, PageCourante
from idp.habilitations.revues.lignes import LigneVue
from idp.habilitations.revues.policy import Issue
from idp.printable import format_identifiant

TITRES = {
    Issue.RETIREE: "Accès retirés",
    Issue.CADUQUE: "Accès retirés faute de réponse",
    Issue.REFUSEE: "Accès à retirer, maintenus pour garder un administrateur",
    Issue.PARTIE: "Personnes parties pendant la revue",
    Issue.GARDEE: "Accès gardés",
    Issue.MAINTENUE: "Administrateurs sans réponse, maintenus",
}
ORDRE = tuple(TITRES)
_ROLES = {
    "administrateur": "administrateur",
    "responsable_habilitation": "responsable d’habilitation",
    "utilisateur": "utilisateur",
}


@dataclass(frozen=True, slots=True)
class Entete:
    """What is said of the whole review; ``journal`` is the head of the chain, its rank and its hash."""

    organisme: str
    ouverte_le: date
    ouverte_par: str | None
    terminee_le: date
    terminee_par: str | None
    comptes: Mapping[Issue, int]
    journal: tuple[int, str] | None
    certificat: str


def ecrire(
    entete: Entete, sections: Iterable[tuple[Issue, Iterable[LigneVue]]], *, cree_le: datetime
) -> bytes:
    """The whole document; lines are read one after the other."""
    titre = f"Revue des habilitations – {entete.organisme}"
    with closing(_CompteRendu(cree_le)) as feuille:
        feuille.set_title(titre)
        feuille.set_author("Mon Compte Partenaire")
        feuille.set_subject("Compte rendu signé d’une revue des habilitations")
        feuille.add_page()
        feuille.ligne("Revue des habilitations", 18, bold=True)
        feuille.ligne(entete.organisme, 14, bold=True)
        feuille.resume(entete)
        for issue, lignes in sections:
            combien = entete.comptes.get(issue, 0)
            if combien:
                feuille.titre(f"{TITRES[issue]} ({combien})")
                for ligne in lignes:
                    feuille.personne(ligne)
        feuille.preuve(entete)
        return bytes(feuille.output())


class _CompteRendu(PageCourante):
    """People under headings, then what proves the document."""

    def resume(self, entete: Entete) -> None:
        """Dates, who, and how many of each."""
        self._place(MARGIN, self.get_y() + 2)
        par = f" par {entete.ouverte_par}" if entete.ouverte_par else " automatiquement"
        self.ligne(f"Ouverte le {_jour(entete.ouverte_le)}{par}.", 10.5)
        fin = f"par {entete.terminee_par}" if entete.terminee_par else "à son échéance"
        self.ligne(f"Terminée le {_jour(entete.terminee_le)} {fin}.", 10.5)
        total = sum(entete.comptes.values())
        dits = ", ".join(
            f"{TITRES[issue].lower()} : {entete.comptes[issue]}"
            for issue in ORDRE
            if entete.comptes.get(issue)
        )
        self.ligne(f"{total} personne{'s' if total > 1 else ''} : {dits}.", 10.5)

    def personne(self, ligne: LigneVue) -> None:
        """A name, what was held at the opening, and who answered."""
        if self.will_page_break(16):
            self.add_page()
        self._place(MARGIN, self.get_y() + 1.2)
        identite = f"{ligne.nom} – {format_identifiant(ligne.identifiant)} – {_ROLES[ligne.role]}"
        self.ligne(identite, 10, bold=True)
        groupes = " ; ".join(droit.libelle for droit in ligne.droits) or "aucun groupe"
        self.ligne(f"À l’ouverture : {groupes}.", 9)
        self.ligne(_reponse(ligne), 9)

    def preuve(self, entete: Entete) -> None:
        """What binds the document to the journal, and how its signature is checked."""
        self.titre("Preuve")
        if entete.journal:
            rang, empreinte = entete.journal
            self.ligne(f"Journal de Mon Compte Partenaire : ligne {rang}, empreinte", 9)
            self.ligne(empreinte, 9)
        self.ligne(
            "Ce document porte une signature électronique (PAdES). Un lecteur de PDF montre s’il a été modifié.",
            9,
        )
        self.ligne(
            "Empreinte SHA-256 du certificat qui l’a signé, à comparer à celle de l’aide :", 9
        )
        self.ligne(entete.certificat, 9)


def _reponse(ligne: LigneVue) -> str:
    if ligne.decided_at is None:
        return "Sans réponse."
    mot = {"garder": "À garder", "retirer": "À retirer"}[ligne.decision or ""]
    le = ligne.decided_at.astimezone(clock.PARIS).strftime("%d/%m/%Y à %H:%M")
    return f"{mot}, répondu par {ligne.decideur or 'un administrateur'} le {le}."


def _jour(jour: date) -> str:
    return jour.strftime("%d/%m/%Y")
