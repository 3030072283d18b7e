"""What a line of an import does, for whom it finds: pure, and the same before (to be told) and when it is done.

Who may create and tick is ``delegation.py``'s: an import does nothing that its author could not do by hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from idp.habilitations.delegation import (
    Acteur,
    Bases,
    Cible,
    RefusDAgir,
    refus_de_cocher,
    refus_de_creer,
    voit,
)


class Verdict(StrEnum):
    """What becomes of a line."""

    CREATION = "creation"
    AJOUT = "ajout"
    INCHANGE = "inchange"
    REFUS = "refus"


class Motif(StrEnum):
    """Why a line that can be read does nothing."""

    CREATION_NON_DELEGUEE = "creation_non_deleguee"
    DEJA_UTILISATEUR = "deja_utilisateur"
    IDENTIFIANT_INCONNU = "identifiant_inconnu"
    OUVERTURE_PASSEE = "ouverture_passee"
    CLOTURE_AVANT_OUVERTURE = "cloture_avant_ouverture"
    CLOS = "clos"
    SOI_MEME = "soi_meme"
    ROLE_PROTEGE = "role_protege"
    HORS_PERIMETRE = "hors_perimetre"


@dataclass(frozen=True, slots=True)
class Demande:
    """What decides of a line: ``nommee`` when it gives the identifiant of somebody who exists."""

    nommee: bool
    ouverture: date
    cloture: date | None
    groupes: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Connu:
    """A user of the organisme whom a line finds again; ``tenus`` are the boxes ticked."""

    rattachement_id: UUID
    cible: Cible
    tenus: frozenset[UUID]
    clos: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What a line does; ``coches`` are the boxes that it ticks."""

    verdict: Verdict
    coches: frozenset[UUID] = frozenset()
    motif: Motif | None = None


def decider(
    acteur: Acteur,
    demande: Demande,
    connu: Connu | None,
    *,
    ouvre: Mapping[UUID, Bases],
    jour: date,
) -> Plan:
    """The plan of one line; ``ouvre`` says what each groupe that the actor may give opens."""
    if not demande.groupes <= ouvre.keys():
        return Plan(Verdict.REFUS, motif=Motif.HORS_PERIMETRE)
    motif = _refus_de_nouveau(acteur, demande, jour) if connu is None else None
    if motif:
        return Plan(Verdict.REFUS, motif=motif)
    if connu is None:
        return Plan(Verdict.CREATION, demande.groupes)
    if not voit(acteur, connu.cible):
        inconnu = Motif.IDENTIFIANT_INCONNU if demande.nommee else Motif.DEJA_UTILISATEUR
        return Plan(Verdict.REFUS, motif=inconnu)
    coches = demande.groupes - connu.tenus
    if not coches:
        return Plan(Verdict.INCHANGE)
    motif = _refus_d_ajouter(acteur, connu, Bases().union(*(ouvre[one] for one in coches)))
    return Plan(Verdict.REFUS, motif=motif) if motif else Plan(Verdict.AJOUT, coches)


def _refus_de_nouveau(acteur: Acteur, demande: Demande, jour: date) -> Motif | None:
    if demande.nommee:
        return Motif.IDENTIFIANT_INCONNU
    if refus_de_creer(acteur):
        return Motif.CREATION_NON_DELEGUEE
    if demande.ouverture < jour:
        return Motif.OUVERTURE_PASSEE
    if demande.cloture and demande.cloture < demande.ouverture:
        return Motif.CLOTURE_AVANT_OUVERTURE
    return None


def _refus_d_ajouter(acteur: Acteur, connu: Connu, bases: Bases) -> Motif | None:
    if connu.clos:
        return Motif.CLOS
    refus = refus_de_cocher(acteur, connu.cible, bases)
    return _MOTIFS.get(refus, Motif.HORS_PERIMETRE) if refus else None


_MOTIFS = {
    RefusDAgir.SOI_MEME: Motif.SOI_MEME,
    RefusDAgir.ROLE_PROTEGE: Motif.ROLE_PROTEGE,
}
