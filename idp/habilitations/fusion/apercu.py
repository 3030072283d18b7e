"""What putting an organisme into another would move, told before it is done, and what stands in the way.

A preview has a digest: what is done is what was shown, or it is shown again.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import aliased

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.fusion.policy import Double, Obstacle, Place, reunir
from idp.habilitations.import_utilisateurs.models import EtatImport, ImportUtilisateurs
from idp.habilitations.models import (
    ContratDeService,
    Convention,
    EtatSuccession,
    Groupe,
    Mandat,
    NumeroUtilisateur,
    Organisme,
    Rattachement,
)
from idp.habilitations.perimetre import organisme_de
from idp.habilitations.revues.models import EtatRevue, Revue
from idp.habilitations.supervision.models import Remplacement


@dataclass(frozen=True, slots=True)
class DeuxPlaces:
    """A person who is in both organismes, and what they would have."""

    account_id: UUID
    nom: str
    gardee_id: UUID
    absorbee_id: UUID
    gardee: Place
    absorbee: Place
    apres: Double


@dataclass(frozen=True, slots=True)
class ConventionQuiSuit:
    """A convention that moves with its contrats; ``en_double``, services that both organismes have."""

    libelle: str
    services: tuple[str, ...]
    en_double: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Apercu:
    """What would move from ``absorbe`` to ``garde``."""

    garde: Organisme
    absorbe: Organisme
    obstacle: Obstacle | None
    numeros: tuple[str, ...]
    conventions: tuple[ConventionQuiSuit, ...]
    groupes: int
    personnes: int
    """Those who are not in both."""
    programmes: tuple[str, ...]
    doubles: tuple[DeuxPlaces, ...]

    @property
    def empreinte(self) -> str:
        """The same as long as nothing of it changed."""
        dit = (
            self.garde.id,
            self.absorbe.id,
            self.obstacle,
            self.numeros,
            self.conventions,
            self.groupes,
            self.personnes,
            self.programmes,
            self.doubles,
        )
        return hashlib.sha256(repr(dit).encode()).hexdigest()[:16]


def montrer(agent: AgentVu, garde_id: UUID, absorbe_id: UUID, now: datetime) -> Apercu:
    """What would move; raises ``NotHere`` unless both exist for this agent. A constant number of statements."""
    garde, absorbe = organisme_de(agent, garde_id), organisme_de(agent, absorbe_id)
    deux = tuple(doubles(garde_id, absorbe_id, clock.today(now)))
    return Apercu(
        garde=garde,
        absorbe=absorbe,
        obstacle=_obstacle(garde, absorbe),
        numeros=tuple(
            db.session.scalars(
                select(NumeroUtilisateur.valeur)
                .where(NumeroUtilisateur.organisme_id == absorbe_id)
                .order_by(NumeroUtilisateur.valeur)
            )
        ),
        conventions=tuple(_conventions(garde_id, absorbe_id)),
        groupes=_combien(
            select(func.count())
            .select_from(Groupe)
            .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
            .join(Convention, Convention.id == ContratDeService.convention_id)
            .where(Convention.organisme_id == absorbe_id)
        ),
        personnes=_combien(
            select(func.count())
            .select_from(Rattachement)
            .where(Rattachement.organisme_id == absorbe_id)
        )
        - len(deux),
        programmes=tuple(
            db.session.scalars(
                select(Mandat.programme)
                .where(
                    Mandat.organisme_id == absorbe_id,
                    Mandat.programme.is_not(None),
                    Mandat.ended_at.is_(None),
                )
                .order_by(Mandat.programme)
            )
        ),
        doubles=deux,
    )


def doubles(garde_id: UUID, absorbe_id: UUID, jour: date) -> Iterator[DeuxPlaces]:
    """The people who are in both, by name. One statement."""
    autre = aliased(Rattachement)
    rows = db.session.execute(
        select(Account, Rattachement, autre, _a_un_mandat(Rattachement), _a_un_mandat(autre))
        .join(Rattachement, Rattachement.account_id == Account.id)
        .join(autre, autre.account_id == Account.id)
        .where(Rattachement.organisme_id == garde_id, autre.organisme_id == absorbe_id)
        .order_by(Account.family_name, Account.given_name, Account.id)
        .execution_options(populate_existing=True)
    )
    for account, gardee, absorbee, mandat_garde, mandat_absorbe in rows:
        une, deux = place(gardee, mandat_garde), place(absorbee, mandat_absorbe)
        yield DeuxPlaces(
            account_id=account.id,
            nom=account.display_name,
            gardee_id=gardee.id,
            absorbee_id=absorbee.id,
            gardee=une,
            absorbee=deux,
            apres=reunir(une, deux, jour),
        )


def place(rattachement: Rattachement, mandat: bool) -> Place:
    """A row, as the decisions see it."""
    return Place(
        role=rattachement.role,
        ouverture=rattachement.ouverture,
        cloture=rattachement.cloture,
        suspendue=rattachement.suspendu_at is not None,
        suspendue_par=rattachement.suspendu_par,
        mandat=mandat,
    )


def obstacle_en_cours(organismes: list[UUID]) -> Obstacle | None:
    """What is under way in these organismes, and would be lost. One statement."""
    en_cours = [
        (
            Obstacle.REVUE,
            exists().where(Revue.organisme_id.in_(organismes), Revue.etat != EtatRevue.CLOSE),
        ),
        (
            Obstacle.IMPORT,
            exists().where(
                ImportUtilisateurs.organisme_id.in_(organismes),
                ImportUtilisateurs.etat == EtatImport.EN_COURS,
            ),
        ),
        (
            Obstacle.REMPLACEMENT,
            exists().where(
                Remplacement.organisme_id.in_(organismes),
                Remplacement.etat == EtatSuccession.EN_ATTENTE,
            ),
        ),
    ]
    vrais = db.session.execute(select(*(condition for _obstacle, condition in en_cours))).one()
    return next(
        (obstacle for (obstacle, _c), vrai in zip(en_cours, vrais, strict=True) if vrai), None
    )


def _obstacle(garde: Organisme, absorbe: Organisme) -> Obstacle | None:
    if garde.id == absorbe.id:
        return Obstacle.LE_MEME
    if garde.fusionne_dans or absorbe.fusionne_dans:
        return Obstacle.DEJA_REUNI
    # What the Caf suspended would work again in an organisme that is not.
    if any(un.suspendu_at or un.delegation_retiree_at for un in (garde, absorbe)):
        return Obstacle.SUSPENDU
    return obstacle_en_cours([garde.id, absorbe.id])


def _conventions(garde_id: UUID, absorbe_id: UUID) -> Iterator[ConventionQuiSuit]:
    rows = db.session.execute(
        select(Convention.id, Convention.libelle, Convention.organisme_id, ContratDeService.service)
        .outerjoin(ContratDeService, ContratDeService.convention_id == Convention.id)
        .where(Convention.organisme_id.in_([garde_id, absorbe_id]))
        .order_by(Convention.debut, Convention.id, ContratDeService.service)
    ).all()
    deja = {row.service for row in rows if row.organisme_id == garde_id}
    suivent: dict[UUID, tuple[str, list[str]]] = {}
    for row in rows:
        if row.organisme_id == absorbe_id:
            suivent.setdefault(row.id, (row.libelle, []))[1].append(row.service or "")
    for libelle, services in suivent.values():
        nommes = tuple(filter(None, services))
        yield ConventionQuiSuit(libelle, nommes, tuple(one for one in nommes if one in deja))


def _a_un_mandat(de: type[Rattachement]) -> ColumnElement[bool]:
    return exists().where(Mandat.rattachement_id == de.id, Mandat.ended_at.is_(None)).correlate(de)


def _combien(requete: Any) -> int:
    return db.session.scalar(requete) or 0
