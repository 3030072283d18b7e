"""Import of the file that a caisse sends: good lines go in, bad ones are reported, again changes nothing.

Lines are entered in transactions of their own, so that an import cut short is resumed by importing the file again.
The console lays a file down first, and its worker does it (``idp/habilitations/import_organismes``).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import BinaryIO

from idp.audit import Actor
from idp.db import db, transaction
from idp.habilitations.caisses import caisses
from idp.habilitations.organismes.declaration import OrganismeDeclare
from idp.habilitations.organismes.enregistrement import enregistrer, prevoir
from idp.habilitations.organismes.fichier import LigneLue, lire_organismes
from idp.habilitations.organismes.lignes_nommees import LigneRefusee, extrait
from idp.habilitations.organismes.plan import PARTOUT, PHRASES, Effet, Motif, Plan
from idp.habilitations.organismes.table_des_caisses import enregistrer_caisses

LIGNES_PAR_TRANSACTION = 1000


@dataclass(frozen=True, slots=True)
class LigneFaite:
    """A line that could be read, and what became of it."""

    ligne: int
    organisme: OrganismeDeclare
    plan: Plan

    @property
    def refus(self) -> list[LigneRefusee]:
        """Why not, when it was refused for what it finds."""
        motif = self.plan.motif
        return [refus_de(self.ligne, self.organisme, motif)] if motif else []


Sort = LigneFaite | LigneRefusee


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

    def noter(self, sort: Sort) -> None:
        """Count a line."""
        if isinstance(sort, LigneRefusee):
            self.refus.append(sort)
            return
        self.refus += sort.refus
        if sort.refus:
            return
        self.effets[sort.plan.effet] += 1


def importer(
    fichier: BinaryIO, *, actor: Actor, now: datetime, avance: Callable[[int], None]
) -> Bilan:
    """Import a whole file; ``avance`` is told how many bytes were read so far.

    Raises ``FichierRefuse`` when the file as a whole cannot be read; nothing is then changed.
    """
    bilan = Bilan()
    for sort in derouler(fichier, actor=actor, now=now, avance=avance):
        bilan.noter(sort)
    return bilan


def derouler(
    fichier: BinaryIO,
    *,
    actor: Actor,
    now: datetime,
    avance: Callable[[int], None],
    essai: bool = False,
) -> Iterator[Sort]:
    """The same, line by line as they are done; a trial (``essai``) changes nothing."""
    for lot in lots(fichier):
        with transaction():
            sorts = list(_sorts(lot, essai=essai, actor=actor, now=now))
        db.session.expunge_all()
        avance(fichier.tell())
        yield from sorts


def lots(fichier: BinaryIO) -> Iterator[list[LigneLue | LigneRefusee]]:
    """The lines of a file, those of one transaction at a time; raises ``FichierRefuse``."""
    connues = {code: caisse.departements for code, caisse in caisses().items()}
    lignes = lire_organismes(fichier, connues)
    with transaction():
        enregistrer_caisses()
    while lot := list(islice(lignes, LIGNES_PAR_TRANSACTION)):
        yield lot


def _sorts(
    lot: list[LigneLue | LigneRefusee], *, essai: bool, actor: Actor, now: datetime
) -> Iterator[Sort]:
    declares = [ligne.organisme for ligne in lot if isinstance(ligne, LigneLue)]
    plans = iter(
        prevoir(declares, PARTOUT, par=actor.account_id, now=now)
        if essai
        else enregistrer(declares, actor=actor, now=now)
    )
    for ligne in lot:
        if isinstance(ligne, LigneRefusee):
            yield ligne
        else:
            yield LigneFaite(ligne.ligne, ligne.organisme, next(plans))


def refus_de(ligne: int, organisme: OrganismeDeclare, motif: Motif) -> LigneRefusee:
    """The reason in words, with what it is about."""
    colonne, phrase = PHRASES[motif]
    valeurs = {
        "caisse": organisme.caisse,
        "zones": "|".join(organisme.zones),
        "numeros_utilisateur": "|".join(organisme.numeros_utilisateur),
    }
    return LigneRefusee(ligne, colonne, phrase, extrait(valeurs[colonne]))
