"""What a declared line does, for whom it finds: pure, and the same when it is told and when it is done.

A line only ever adds rights: withdrawing one is a decision of a person, never of a file. Whoever sends a file
changes and opens nothing outside the caisses that they supervise (``Portee``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from uuid import UUID

from idp.habilitations.models import TypeLogement
from idp.habilitations.numeros import caisse_of
from idp.habilitations.organismes.declaration import OrganismeDeclare

OFFRE_BAILLEURS = "offre-bailleurs"


class Effet(StrEnum):
    """What a declaration changes."""

    CREE = "cree"
    MIS_A_JOUR = "mis_a_jour"
    INCHANGE = "inchange"
    REFUSE = "refuse"


class Motif(StrEnum):
    """Why a line that can be read does nothing."""

    NUMEROS_DE_PLUSIEURS = "numeros_de_plusieurs"
    CAISSE_HORS_PERIMETRE = "caisse_hors_perimetre"
    NUMERO_HORS_PERIMETRE = "numero_hors_perimetre"
    ORGANISME_HORS_PERIMETRE = "organisme_hors_perimetre"
    ZONE_HORS_PERIMETRE = "zone_hors_perimetre"
    NUMERO_RETIRE = "numero_retire"


PHRASES: dict[Motif, tuple[str, str]] = {
    Motif.NUMEROS_DE_PLUSIEURS: (
        "numeros_utilisateur",
        "Ces N° utilisateur appartiennent déjà à plusieurs organismes.",
    ),
    Motif.CAISSE_HORS_PERIMETRE: ("caisse", "Vous ne supervisez pas cette caisse."),
    Motif.NUMERO_HORS_PERIMETRE: (
        "numeros_utilisateur",
        "Un de ces N° utilisateur est d’une caisse que vous ne supervisez pas : à elle de l’ajouter.",
    ),
    Motif.ORGANISME_HORS_PERIMETRE: (
        "numeros_utilisateur",
        "Ce N° utilisateur est celui d’un organisme d’une caisse que vous ne supervisez pas.",
    ),
    Motif.ZONE_HORS_PERIMETRE: (
        "zones",
        "Une de ces zones est d’une caisse que vous ne supervisez pas : à elle de l’ouvrir.",
    ),
    Motif.NUMERO_RETIRE: (
        "numeros_utilisateur",
        "Vous avez retiré un de ces N° utilisateur à un autre organisme, ou vous et qui l’a retiré n’êtes pas"
        " indépendants : c’est à un autre agent de l’ajouter ici.",
    ),
}
"""The column to look at, and the words for who sent the file."""


class Quoi(StrEnum):
    """What of an organisme a line changes."""

    NOM = "nom"
    ADRESSE = "adresse"
    SIRET = "siret"
    COURRIEL = "courriel"
    NUMEROS = "numeros"
    GROUPES = "groupes"


@dataclass(frozen=True, slots=True)
class Changement:
    """A difference, in words; ``avant`` is empty for what is added."""

    quoi: Quoi
    avant: str
    apres: str


@dataclass(frozen=True, slots=True)
class Portee:
    """The caisses for which somebody may send a file; None: all of them."""

    caisses: frozenset[str] | None = None
    retires: Mapping[str, UUID] = field(default_factory=dict)
    """Numbers that it takes somebody else to give, each by the organisme that it was withdrawn from
    (``attribution.py``)."""

    def contient(self, caisse: str) -> bool:
        """Whether a line of that caisse is theirs to send."""
        return self.caisses is None or caisse in self.caisses


PARTOUT = Portee()


@dataclass(frozen=True, slots=True)
class Connu:
    """An organisme that a line finds again; ``groupes`` are the codes of its contrat for Offre Bailleurs."""

    id: UUID
    caisse: str
    nom: str
    adresse: tuple[str, ...]
    siret: str | None
    courriel: str | None
    numeros: frozenset[str] = frozenset()
    caisses_des_numeros: frozenset[str] = frozenset()
    contrat: UUID | None = None
    groupes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class GroupeVoulu:
    """A groupe d'habilitation that a line asks for."""

    logement: TypeLogement
    zone: str

    @property
    def code(self) -> str:
        """What services see."""
        return f"{OFFRE_BAILLEURS}:{self.logement}:{self.zone}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a line does; ``numeros`` and ``groupes`` are those that it adds."""

    effet: Effet
    connu: Connu | None = None
    numeros: tuple[str, ...] = ()
    groupes: tuple[GroupeVoulu, ...] = ()
    changements: tuple[Changement, ...] = field(default=())
    motif: Motif | None = None


def decider(declare: OrganismeDeclare, connus: Sequence[Connu], portee: Portee) -> Plan:
    """The plan of one line; ``connus`` are the organismes of its numbers."""
    if not portee.contient(declare.caisse):
        return Plan(Effet.REFUSE, motif=Motif.CAISSE_HORS_PERIMETRE)
    if _numero_d_ailleurs(declare, connus, portee):
        return Plan(Effet.REFUSE, motif=Motif.NUMERO_HORS_PERIMETRE)
    if len(connus) > 1:
        return Plan(Effet.REFUSE, motif=Motif.NUMEROS_DE_PLUSIEURS)
    connu = connus[0] if connus else None
    plan = _plan(declare, connu)
    motif = _hors_perimetre(plan, portee)
    return Plan(Effet.REFUSE, connu, motif=motif) if motif else plan


def _plan(declare: OrganismeDeclare, connu: Connu | None) -> Plan:
    voulus = tuple(
        GroupeVoulu(logement, zone) for logement in declare.types_logement for zone in declare.zones
    )
    if connu is None:
        return Plan(Effet.CREE, numeros=declare.numeros_utilisateur, groupes=voulus)
    numeros = tuple(un for un in declare.numeros_utilisateur if un not in connu.numeros)
    groupes = tuple(un for un in voulus if un.code not in connu.groupes)
    changements = _changements(declare, connu, numeros, groupes)
    effet = Effet.MIS_A_JOUR if changements else Effet.INCHANGE
    return Plan(effet, connu, numeros, groupes, changements)


def _changements(
    declare: OrganismeDeclare,
    connu: Connu,
    numeros: tuple[str, ...],
    groupes: tuple[GroupeVoulu, ...],
) -> tuple[Changement, ...]:
    # What the file leaves empty is not what the caisse withdraws.
    compares = (
        (Quoi.NOM, connu.nom, declare.designation),
        (Quoi.ADRESSE, " / ".join(connu.adresse), " / ".join(declare.adresse)),
        (Quoi.SIRET, connu.siret or "", declare.siret or connu.siret or ""),
        (Quoi.COURRIEL, connu.courriel or "", declare.courriel or connu.courriel or ""),
        (Quoi.NUMEROS, "", " | ".join(numeros)),
        (Quoi.GROUPES, "", " | ".join(un.code for un in groupes)),
    )
    return tuple(Changement(*compare) for compare in compares if compare[1] != compare[2])


def _numero_d_ailleurs(declare: OrganismeDeclare, connus: Sequence[Connu], portee: Portee) -> bool:
    """Whether a number is another caisse's to add: said before anything else of it, so that nobody learns whether
    an organisme of others has it."""
    siens = (un.numeros for un in connus if _est_a(un, portee))
    ajoutes = set(declare.numeros_utilisateur).difference(*siens)
    return not all(map(portee.contient, filter(None, map(caisse_of, ajoutes))))


def _est_a(connu: Connu, portee: Portee) -> bool:
    return any(map(portee.contient, {connu.caisse, *connu.caisses_des_numeros}))


def _hors_perimetre(plan: Plan, portee: Portee) -> Motif | None:
    if plan.connu and not _est_a(plan.connu, portee):
        return Motif.ORGANISME_HORS_PERIMETRE
    ici = plan.connu.id if plan.connu else None
    if any(portee.retires.get(un, ici) != ici for un in plan.numeros):
        return Motif.NUMERO_RETIRE
    if not all(portee.contient(un.zone) for un in plan.groupes):
        return Motif.ZONE_HORS_PERIMETRE
    return None


def apres(plan: Plan, declare: OrganismeDeclare, contrat: UUID | None) -> Connu | None:
    """The organisme once the plan is done, for the lines that follow; None when there was none before."""
    connu = plan.connu
    if connu is None:
        return None
    return replace(
        connu,
        nom=declare.designation,
        adresse=declare.adresse,
        siret=declare.siret or connu.siret,
        courriel=declare.courriel or connu.courriel,
        numeros=connu.numeros.union(plan.numeros),
        contrat=contrat,
        groupes=connu.groupes.union(un.code for un in plan.groupes),
    )
