"""Import of the file that a caisse sends: good lines go in, bad ones are reported, again changes nothing.

Lines are entered in small transactions, so that an import cut short is resumed by importing the file again.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from idp.audit import Actor
from idp.db import db, transaction
from idp.habilitations.caisses import caisses
from idp.habilitations.models import Caisse
from idp.habilitations.organismes.enregistrement import Effet, enregistrer, enregistrer_caisses
from idp.habilitations.organismes.fichier import LigneLue, lire_organismes
from idp.habilitations.organismes.lignes_nommees import LigneRefusee, extrait

LIGNES_PAR_TRANSACTION = 100


@dataclass(slots=True)
class Bilan:
    """What an import did, line by line for what it refused."""

    effets: Counter[Effet] = field(default_factory=Counter)
    refus: list[LigneRefusee] = field(default_factory=list)
    """Every reason; a line may have several."""

    @property
    def lignes_refusees(self) -> set[int]:
        """The numbers of the lines that did not go in."""
        return {refus.ligne for refus in self.refus}


def importer(
    fichier: BinaryIO, *, actor: Actor, now: datetime, avance: Callable[[int], None]
) -> Bilan:
    """Import a whole file; ``avance`` is told how many bytes were read so far.

    Raises ``FichierRefuse`` when the file as a whole cannot be read; nothing is then changed.
    """
    connues = caisses()
    with transaction():
        enregistrer_caisses(
            [
                Caisse(
                    code=caisse.code, libelle=caisse.libelle, departements=list(caisse.departements)
                )
                for caisse in connues.values()
            ]
        )
    lignes = lire_organismes(
        fichier, {code: caisse.departements for code, caisse in connues.items()}
    )
    bilan = Bilan()
    while lot := list(islice(lignes, LIGNES_PAR_TRANSACTION)):
        with transaction():
            _importer_lot(lot, bilan, actor=actor, now=now)
        db.session.expunge_all()
        avance(fichier.tell())
    return bilan


def _importer_lot(
    lot: list[LigneLue | LigneRefusee], bilan: Bilan, *, actor: Actor, now: datetime
) -> None:
    for ligne in lot:
        if isinstance(ligne, LigneRefusee):
            bilan.refus.append(ligne)
            continue
        enregistre = enregistrer(ligne.organisme, actor=actor, now=now)
        bilan.effets[enregistre.effet] += 1
        if enregistre.effet is Effet.NUMEROS_DE_PLUSIEURS:
            bilan.refus.append(_numeros_de_plusieurs(ligne))


def _numeros_de_plusieurs(ligne: LigneLue) -> LigneRefusee:
    return LigneRefusee(
        ligne=ligne.ligne,
        colonne="numeros_utilisateur",
        motif="Ces N° utilisateur appartiennent déjà à plusieurs organismes.",
        valeur=extrait("|".join(ligne.organisme.numeros_utilisateur)),
    )
