"""What an import does or did, a row for each line: for the file that its author downloads.

Pure: the words of a line, from its plan.
"""

from collections.abc import Sequence

from idp.habilitations.organismes.declaration import OrganismeDeclare
from idp.habilitations.organismes.lignes_nommees import LigneRefusee
from idp.habilitations.organismes.plan import Changement, Effet, Quoi

TITRES = ("Ligne", "Effet", "N° utilisateur", "Organisme", "Détail")
PREVUS = {
    Effet.CREE: "à créer",
    Effet.MIS_A_JOUR: "à mettre à jour",
    Effet.INCHANGE: "inchangé",
    Effet.REFUSE: "refusé",
}
FAITS = {**PREVUS, Effet.CREE: "créé", Effet.MIS_A_JOUR: "mis à jour"}
QUOI = {
    Quoi.NOM: "nom",
    Quoi.ADRESSE: "adresse",
    Quoi.SIRET: "SIRET",
    Quoi.COURRIEL: "adresse mail",
    Quoi.NUMEROS: "N° utilisateur",
    Quoi.GROUPES: "groupes d’habilitation",
}


def dit(changement: Changement) -> str:
    """« nom : « A » devient « B » », « groupes d’habilitation : ajout de … »."""
    quoi = QUOI[changement.quoi]
    if not changement.avant:
        return f"{quoi} : ajout de {changement.apres}"
    return f"{quoi} : « {changement.avant} » devient « {changement.apres} »"


def motif(refus: LigneRefusee) -> str:
    """A reason, after the column that it is about."""
    valeur = f" (lu : « {refus.valeur} »)" if refus.valeur else ""
    return (f"{refus.colonne} : " if refus.colonne else "") + refus.motif + valeur


def ligne(
    numero: int,
    effet: str,
    declare: OrganismeDeclare | None,
    details: Sequence[Changement | LigneRefusee],
) -> list[str]:
    """The row of a line; ``effet`` is a word of ``PREVUS`` or ``FAITS``."""
    numeros, nom = (
        (" | ".join(declare.numeros_utilisateur), declare.designation) if declare else ("", "")
    )
    dits = [dit(one) if isinstance(one, Changement) else motif(one) for one in details]
    return [str(numero), effet, numeros, nom, " ; ".join(dits)]
