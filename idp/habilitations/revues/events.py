"""What the journal keeps of reviews, beside the events of the rights that they take or give back."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from idp.habilitations.events import Fait


@dataclass(frozen=True, slots=True)
class RevueOuverte(Fait):
    """The review of an organisme opened, by hand or by itself; what has no answer lapses on ``echeance``."""

    name: ClassVar[str] = "revue_ouverte"
    revue_id: UUID
    personnes: int
    echeance: str


@dataclass(frozen=True, slots=True)
class RevueRappelee(Fait):
    """Administrateurs were told by mail that so many accesses have no answer, so many days before the end."""

    name: ClassVar[str] = "revue_rappelee"
    revue_id: UUID
    jours: int
    restent: int


@dataclass(frozen=True, slots=True)
class LigneRevue(Fait):
    """An administrateur answered of a person, or took the answer back (``annuler``)."""

    name: ClassVar[str] = "ligne_revue"
    revue_id: UUID
    rattachement_id: UUID
    reponse: str


@dataclass(frozen=True, slots=True)
class SansRisqueGardes(Fait):
    """An administrateur kept at once everybody of whom nothing adds up to a risk."""

    name: ClassVar[str] = "sans_risque_gardes"
    revue_id: UUID
    personnes: int


@dataclass(frozen=True, slots=True)
class RevueTerminee(Fait):
    """A review was ended: by an administrateur, or because its time was over. What was decided is done."""

    name: ClassVar[str] = "revue_terminee"
    revue_id: UUID
    retraits: int
    sans_reponse: int


@dataclass(frozen=True, slots=True)
class AccesCaduc(Fait):
    """Nobody answered of a person before the end of a review: their groups were taken back."""

    name: ClassVar[str] = "acces_caduc"
    revue_id: UUID
    rattachement_id: UUID
    groupes: int


@dataclass(frozen=True, slots=True)
class AccesRetabli(Fait):
    """What a person had lost for want of an answer was given back."""

    name: ClassVar[str] = "acces_retabli"
    revue_id: UUID
    rattachement_id: UUID
    groupes: int


@dataclass(frozen=True, slots=True)
class RevueClose(Fait):
    """Everything that a review decided is done, and its summary is signed; its digest binds it to the journal."""

    name: ClassVar[str] = "revue_close"
    revue_id: UUID
    gardees: int
    retirees: int
    caduques: int
    document_sha256: str
