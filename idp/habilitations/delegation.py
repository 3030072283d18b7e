"""Who may do what in the console of one organisme: pure decisions, values in, a named outcome out.

The chain is Caf → organisme → administrateur → responsable d'habilitation → utilisateur, and each link gives at
most what it was given itself: an administrateur may give every groupe of their organisme, a responsable (a person,
or the program of a partner) the groupes of their mandate. Nobody gives to themself, and an organisme keeps an
administrateur who can act. Guide, page 3; ``docs/decisions/0015-delegation.md``.

A groupe is compared by what it opens: the set of base groupes, those that the Caf made. Whether a right holds on a
day is ``policy.py``'s; the rows are read by ``acteurs.py`` and ``cibles.py``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

Bases = frozenset[UUID]
"""What a groupe opens: ids of base groupes; one of the Caf opens itself."""


class Role(StrEnum):
    """What a person is in an organisme."""

    ADMINISTRATEUR = "administrateur"
    RESPONSABLE_HABILITATION = "responsable_habilitation"
    UTILISATEUR = "utilisateur"


class Qualite(StrEnum):
    """In what capacity a right was given."""

    CAF = "caf"
    ADMINISTRATEUR = "administrateur"
    RESPONSABLE_HABILITATION = "responsable_habilitation"
    PROGRAMME = "programme"


@dataclass(frozen=True, slots=True)
class Acteur:
    """Who acts in the console of one organisme, and within which bounds.

    ``account_id`` is None for a program, which always acts under a mandate; ``perimetre`` holds the base groupes
    that may be given, None for all those of the organisme.
    """

    account_id: UUID | None
    organisme_id: UUID
    raison_sociale: str
    role: Role
    mandat_id: UUID | None = None
    perimetre: Bases | None = None
    peut_creer: bool = True
    pour_la_caf: bool = False
    """Whether it is an agent, who manages in the place of the administrateurs: the delegation is withdrawn."""

    @property
    def administre(self) -> bool:
        """Whether they do what an administrateur of this organisme does."""
        return self.role is Role.ADMINISTRATEUR

    @property
    def qualite(self) -> Qualite:
        """In what capacity they give."""
        if self.pour_la_caf:
            return Qualite.CAF
        return Qualite.PROGRAMME if self.account_id is None else Qualite(self.role.value)

    def couvre(self, bases: Bases) -> bool:
        """Whether they may give all that."""
        return self.perimetre is None or bases <= self.perimetre


@dataclass(frozen=True, slots=True)
class Cible:
    """Whom they act upon; ``tenus`` says what each groupe ticked for that person opens."""

    account_id: UUID
    organisme_id: UUID
    role: Role
    cree_par: UUID | None = None
    """The account, or the mandate of the program, that created the user."""
    tenus: tuple[Bases, ...] = ()


class RefusDAgir(StrEnum):
    """Why an actor may not do something: ordinary outcomes, which pages explain."""

    AUTRE_ORGANISME = "autre_organisme"
    RESERVE_A_L_ADMINISTRATEUR = "reserve_a_l_administrateur"
    SOI_MEME = "soi_meme"
    ROLE_PROTEGE = "role_protege"
    CREATION_NON_DELEGUEE = "creation_non_deleguee"
    HORS_PERIMETRE = "hors_perimetre"
    PARTAGE = "partage"
    DERNIER_ADMINISTRATEUR = "dernier_administrateur"
    DEJA = "deja"
    RIEN_A_DONNER = "rien_a_donner"
    PAS_PLUS_ETROIT = "pas_plus_etroit"


def voit(acteur: Acteur, cible: Cible) -> bool:
    """Whether this person exists for the actor: a responsable knows those who hold something of their mandate,
    or whom they created and who hold nothing yet."""
    if acteur.organisme_id != cible.organisme_id:
        return False
    if acteur.perimetre is None or _soi_meme(acteur, cible):
        return True
    if any(bases & acteur.perimetre for bases in cible.tenus):
        return True
    return not cible.tenus and cible.cree_par is not None and cible.cree_par == _auteur(acteur)


def refus_de_creer(acteur: Acteur) -> RefusDAgir | None:
    """Why this actor may create nobody; None when they may. Each box that they tick is asked for besides."""
    return None if acteur.peut_creer else RefusDAgir.CREATION_NON_DELEGUEE


def refus_de_cocher(acteur: Acteur, cible: Cible, bases: Bases) -> RefusDAgir | None:
    """Why this box may not be ticked or unticked for that person; None when it may."""
    refus = _refus_sur(acteur, cible)
    if refus:
        return refus
    return None if acteur.couvre(bases) else RefusDAgir.HORS_PERIMETRE


def refus_de_regler(acteur: Acteur, cible: Cible) -> RefusDAgir | None:
    """Why that person's dates, poste or secret may not be changed: they bear on all that they hold."""
    refus = _refus_sur(acteur, cible)
    if refus:
        return refus
    return None if all(map(acteur.couvre, cible.tenus)) else RefusDAgir.PARTAGE


def refus_de_faire_partir(
    acteur: Acteur, cible: Cible, *, autres_administrateurs: bool
) -> RefusDAgir | None:
    """Why that person may not be closed nor suspended from inside the organisme."""
    if cible.role is Role.ADMINISTRATEUR and not autres_administrateurs:
        return RefusDAgir.DERNIER_ADMINISTRATEUR
    return refus_de_regler(acteur, cible)


def refus_de_mandater(acteur: Acteur, cible: Cible, bases: Bases) -> RefusDAgir | None:
    """Why that person may not be responsable d'habilitation for what ``bases`` opens."""
    refus = _refus_d_administrer(acteur, cible)
    if refus:
        return refus
    if cible.role is Role.ADMINISTRATEUR:
        return RefusDAgir.DEJA
    return _refus_de_donner(acteur, bases)


def refus_de_mandater_un_programme(acteur: Acteur, bases: Bases) -> RefusDAgir | None:
    """Why a program may not act for what ``bases`` opens."""
    if not acteur.administre:
        return RefusDAgir.RESERVE_A_L_ADMINISTRATEUR
    return _refus_de_donner(acteur, bases)


def refus_de_retirer_un_mandat(acteur: Acteur, cible: Cible) -> RefusDAgir | None:
    """Why the mandate of that person may not be ended."""
    return _refus_d_administrer(acteur, cible)


def refus_de_promouvoir(acteur: Acteur, cible: Cible) -> RefusDAgir | None:
    """Why that person may not become administrateur, proposed or co-opted by this actor."""
    refus = _refus_d_administrer(acteur, cible)
    if refus:
        return refus
    return RefusDAgir.DEJA if cible.role is Role.ADMINISTRATEUR else None


def refus_de_retrograder(
    acteur: Acteur, cible: Cible, *, autres_administrateurs: bool
) -> RefusDAgir | None:
    """Why that administrateur may not become a plain user again."""
    refus = _refus_d_administrer(acteur, cible)
    if refus:
        return refus
    if cible.role is not Role.ADMINISTRATEUR:
        return RefusDAgir.DEJA
    return None if autres_administrateurs else RefusDAgir.DERNIER_ADMINISTRATEUR


def refus_de_composer(acteur: Acteur, bases: Bases, contrat: Bases) -> RefusDAgir | None:
    """Why a sous-groupe may not open ``bases``: it only narrows what its ``contrat`` opens."""
    if not acteur.administre:
        return RefusDAgir.RESERVE_A_L_ADMINISTRATEUR
    if not bases:
        return RefusDAgir.RIEN_A_DONNER
    return None if bases < contrat else RefusDAgir.PAS_PLUS_ETROIT


def ouvert_par(groupes: Iterable[Bases]) -> Bases:
    """All that several groupes open together."""
    return frozenset[UUID]().union(*groupes)


def _refus_sur(acteur: Acteur, cible: Cible) -> RefusDAgir | None:
    if acteur.organisme_id != cible.organisme_id:
        return RefusDAgir.AUTRE_ORGANISME
    if _soi_meme(acteur, cible):
        return RefusDAgir.SOI_MEME
    if not acteur.administre and cible.role is not Role.UTILISATEUR:
        return RefusDAgir.ROLE_PROTEGE
    return None


def _refus_d_administrer(acteur: Acteur, cible: Cible) -> RefusDAgir | None:
    if not acteur.administre:
        return RefusDAgir.RESERVE_A_L_ADMINISTRATEUR
    return _refus_sur(acteur, cible)


def _refus_de_donner(acteur: Acteur, bases: Bases) -> RefusDAgir | None:
    if not bases:
        return RefusDAgir.RIEN_A_DONNER
    return None if acteur.couvre(bases) else RefusDAgir.HORS_PERIMETRE


def _soi_meme(acteur: Acteur, cible: Cible) -> bool:
    return acteur.account_id == cible.account_id


def _auteur(acteur: Acteur) -> UUID | None:
    return acteur.account_id or acteur.mandat_id
