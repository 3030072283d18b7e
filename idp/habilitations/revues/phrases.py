"""The sentences that say why an access deserves a look: one for each reason of ``policy.py``."""

from datetime import datetime

from idp import clock
from idp.habilitations.revues.lignes import LigneVue
from idp.habilitations.revues.policy import Motif


def raisons(ligne: LigneVue) -> tuple[str, ...]:
    """In plain French, the weightiest first; empty when nothing adds up."""
    return tuple(_phrase(motif, ligne) for motif in ligne.motifs)


def _phrase(motif: Motif, ligne: LigneVue) -> str:
    connexion = ligne.derniere_connexion_at
    return {
        Motif.INACTIF_12_MOIS: f"Aucune connexion depuis plus de 12 mois{_le(connexion)}.",
        Motif.INACTIF_6_MOIS: f"Aucune connexion depuis plus de 6 mois{_le(connexion)}.",
        Motif.JAMAIS_CONNECTE: (
            f"Aucune connexion depuis la création de l’accès, le {_jour(ligne.cree_at)}."
        ),
        Motif.SANS_DONNEUR: (
            f"{_groupes(ligne.sans_donneur)} de quelqu’un qui n’est plus là, ou d’un programme qui n’agit plus."
        ),
        Motif.ADMINISTRE: "Administre l’organisme : peut donner tous les accès.",
        Motif.DELEGUE: f"{_groupes(ligne.delegues)} d’un responsable d’habilitation ou d’un programme.",
        Motif.PEUT_DONNER: "Responsable d’habilitation : peut donner des accès à d’autres personnes.",
        Motif.BEAUCOUP: f"Beaucoup d’accès : {ligne.groupes} groupes.",
        Motif.MAIL_REFUSE: "Son adresse mail refuse nos messages.",
        Motif.SUSPENDU: "Accès suspendu, qui peut être rendu.",
        Motif.FINIT_BIENTOT: f"S’arrête de lui-même le {ligne.cloture:%d/%m/%Y}."
        if ligne.cloture
        else "",
    }[motif]


def _groupes(combien: int) -> str:
    return f"{combien} groupe{'s' if combien > 1 else ''} reçu{'s' if combien > 1 else ''}"


def _le(connexion: datetime | None) -> str:
    return f" (la dernière : {_jour(connexion)})" if connexion else ""


def _jour(instant: datetime) -> str:
    return clock.today(instant).strftime("%d/%m/%Y")
