"""« Mes groupes »: what each groupe of an organisme opens, whether it is open today, and how many are in it.

Two statements, whatever their number. One groupe and its members are in ``membres.py``; sous-groupes are made in
``sous_groupes.py``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, select

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.errors import NotHere
from idp.habilitations.delegation import Acteur, Bases
from idp.habilitations.en_cours import service_suspendu
from idp.habilitations.etats_de_convention import JAMAIS_VALIDEES
from idp.habilitations.models import (
    Caisse,
    Composante,
    ContratDeService,
    Convention,
    Groupe,
    Habilitation,
    Rattachement,
    TypeLogement,
)
from idp.habilitations.policy import ContratVu, Periode, Refus, obstacles_de_contrat
from idp.habilitations.recherche import plat


@dataclass(frozen=True, slots=True)
class GroupeVu:
    """One groupe; ``composantes`` are the base groupes that a sous-groupe opens, nothing for one of the Caf."""

    id: UUID
    code: str
    libelle: str
    sous_groupe: bool
    type_logement: TypeLogement | None
    caisse: str | None
    departements: tuple[str, ...]
    profil: str | None
    actif: bool
    """Whether it may be ticked: False once the Caf has closed it for good."""
    suspendu: bool
    membres: int = 0
    composantes: tuple["GroupeVu", ...] = ()

    @property
    def ouvert(self) -> bool:
        """Whether it opens anything, whatever its contract."""
        return self.actif and not self.suspendu

    @property
    def bases(self) -> Bases:
        """What it opens, as the decisions of ``delegation.py`` compare it."""
        return Bases(base.id for base in self.composantes) if self.sous_groupe else Bases([self.id])

    @property
    def ouvre(self) -> tuple["GroupeVu", ...]:
        """The base groupes, whose codes services receive."""
        return self.composantes if self.sous_groupe else (self,)


@dataclass(frozen=True, slots=True)
class ContratAffiche:
    """The right of the organisme to one service, and its groupes; ``obstacles`` say why it opens nothing today."""

    id: UUID
    service: str
    convention: str
    fin: date | None
    """The last day of the contract, or of its convention when that comes first."""
    obstacles: tuple[Refus, ...]
    groupes: tuple[GroupeVu, ...] = field(default=())

    @property
    def bases(self) -> tuple[GroupeVu, ...]:
        """Those of the Caf."""
        return tuple(groupe for groupe in self.groupes if not groupe.sous_groupe)

    @property
    def sous_groupes(self) -> tuple[GroupeVu, ...]:
        """Those of the administrateurs."""
        return tuple(groupe for groupe in self.groupes if groupe.sous_groupe)


def lister(acteur: Acteur, now: datetime, *, recherche: str = "") -> list[ContratAffiche]:
    """The groupes that the actor may give, by contract: two statements. A contract without any is left out."""
    mots = plat(recherche).split()
    contrats = _contrats(acteur, clock.today(now), _membres(acteur.organisme_id))
    retenus = [
        (contrat, tuple(groupe for groupe in contrat.groupes if _nomme(groupe, mots)))
        for contrat in contrats
    ]
    return [_avec(contrat, groupes) for contrat, groupes in retenus if groupes]


def lire(acteur: Acteur, groupe_id: UUID, now: datetime) -> tuple[ContratAffiche, GroupeVu]:
    """One groupe and its contract: two statements; raises ``NotHere`` when it is not for this actor to give."""
    contrats = _contrats(acteur, clock.today(now), _membres(acteur.organisme_id, groupe_id))
    for contrat in contrats:
        for groupe in contrat.groupes:
            if groupe.id == groupe_id:
                return contrat, groupe
    raise inconnu()


def le_contrat(acteur: Acteur, contrat_id: UUID, now: datetime) -> ContratAffiche:
    """One contract and its groupes; raises ``NotHere`` for that of another organisme."""
    for contrat in lister(acteur, now):
        if contrat.id == contrat_id:
            return contrat
    raise inconnu()


def inconnu() -> NotHere:
    """What is answered of a groupe that does not exist, or is not for this actor."""
    return NotHere("Ce groupe n’existe pas, ou n’est pas de votre organisme.")


def _avec(contrat: ContratAffiche, groupes: tuple[GroupeVu, ...]) -> ContratAffiche:
    return ContratAffiche(
        contrat.id, contrat.service, contrat.convention, contrat.fin, contrat.obstacles, groupes
    )


def _nomme(groupe: GroupeVu, mots: Iterable[str]) -> bool:
    noms = (
        name
        for un in (groupe, *groupe.composantes)
        for name in (un.libelle, un.code, un.caisse, un.profil, *un.departements)
    )
    texte = plat(" ".join(filter(None, noms)))
    return all(mot in texte for mot in mots)


def _membres(organisme_id: UUID, groupe_id: UUID | None = None) -> dict[UUID, int]:
    un_seul = [Habilitation.groupe_id == groupe_id] if groupe_id else []
    rows = db.session.execute(
        select(Habilitation.groupe_id, func.count())
        .join(Rattachement, Rattachement.id == Habilitation.rattachement_id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(Rattachement.organisme_id == organisme_id, Account.anonymised_at.is_(None), *un_seul)
        .group_by(Habilitation.groupe_id)
    )
    return {row[0]: row[1] for row in rows}


def _contrats(acteur: Acteur, jour: date, membres: dict[UUID, int]) -> list[ContratAffiche]:
    par_contrat: defaultdict[UUID, defaultdict[UUID, list[Row[Any]]]]
    par_contrat = defaultdict(lambda: defaultdict(list))
    for row in db.session.execute(_des_groupes(acteur.organisme_id)):
        par_contrat[row.ContratDeService.id][row.Groupe.id].append(row)
    contrats = []
    for par_groupe in par_contrat.values():
        vus = _groupes(par_groupe, membres)
        groupes = tuple(groupe for groupe in vus if acteur.couvre(groupe.bases))
        if groupes:
            contrats.append(_contrat(next(iter(par_groupe.values()))[0], jour, groupes))
    return contrats


def _des_groupes(organisme_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Groupe,
            ContratDeService,
            Convention,
            Caisse.libelle.label("caisse"),
            Caisse.departements,
            Composante.base_id,
            service_suspendu().label("service_suspendu"),
        )
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .outerjoin(Caisse, Caisse.code == Groupe.zone)
        .outerjoin(Composante, Composante.sous_groupe_id == Groupe.id)
        # A sous-groupe that was taken away stays for what names it; one of the Caf is shown closed.
        .where(
            Convention.organisme_id == organisme_id,
            Convention.etat.not_in(JAMAIS_VALIDEES),
            Groupe.actif | ~Groupe.sous_groupe,
        )
        .order_by(ContratDeService.service, Convention.debut, Convention.id, Groupe.libelle)
        .execution_options(populate_existing=True)
    )


def _groupes(par_groupe: dict[UUID, list[Row[Any]]], membres: dict[UUID, int]) -> list[GroupeVu]:
    bases = {
        groupe_id: _groupe(rows, membres, {})
        for groupe_id, rows in par_groupe.items()
        if not rows[0].Groupe.sous_groupe
    }
    return [
        bases.get(groupe_id) or _groupe(rows, membres, bases)
        for groupe_id, rows in par_groupe.items()
    ]


def _groupe(
    rows: Sequence[Row[Any]], membres: dict[UUID, int], bases: dict[UUID, GroupeVu]
) -> GroupeVu:
    first, groupe = rows[0], rows[0].Groupe
    return GroupeVu(
        id=groupe.id,
        code=groupe.code,
        libelle=groupe.libelle,
        sous_groupe=groupe.sous_groupe,
        type_logement=groupe.type_logement,
        caisse=first.caisse,
        departements=tuple(first.departements or ()),
        profil=groupe.profil,
        actif=groupe.actif,
        suspendu=groupe.suspendu_at is not None,
        membres=membres.get(groupe.id, 0),
        composantes=tuple(
            sorted(
                (bases[row.base_id] for row in rows if row.base_id in bases),
                key=lambda base: base.libelle,
            )
        ),
    )


def _contrat(row: Row[Any], jour: date, groupes: tuple[GroupeVu, ...]) -> ContratAffiche:
    convention, contrat = row.Convention, row.ContratDeService
    vu = ContratVu(
        etat=convention.etat,
        convention=Periode(convention.debut, convention.fin),
        contrat=Periode(contrat.debut, contrat.fin),
        suspendu=contrat.suspendu_at is not None,
        clos=contrat.clos_at is not None,
        service_suspendu=row.service_suspendu,
    )
    fins = [fin for fin in (contrat.fin, convention.fin) if fin]
    return ContratAffiche(
        id=contrat.id,
        service=contrat.service,
        convention=convention.libelle,
        fin=min(fins, default=None),
        obstacles=tuple(obstacles_de_contrat(vu, jour)),
        groupes=groupes,
    )
