"""The file of a person in an organisme, as an agent of its Caf reads it; every reading is in the journal.

It is what the administrateur reads (``fiche.py``), and besides where else the person is, within the caisses of the
agent, the letters, how many factors. Nothing that opens an account is in it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select

from idp import audit
from idp.accounts.factors.models import Passkey, Totp
from idp.accounts.models import Account, AccountState
from idp.db import db
from idp.habilitations import acteurs
from idp.habilitations.agents import AgentVu
from idp.habilitations.delegation import Acteur
from idp.habilitations.effets import suivi_des_avis
from idp.habilitations.effets.suivi_des_avis import AvisVu
from idp.habilitations.events import DossierConsulte
from idp.habilitations.models import (
    Courrier,
    EtatCourrier,
    Groupe,
    Mandat,
    Organisme,
    PerimetreResponsable,
    Rattachement,
    Role,
    TypeCourrier,
)
from idp.habilitations.perimetre import organisme_de, rattachement_de, supervises
from idp.habilitations.personnes import fiche
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.policy import Periode

COURRIERS_MONTRES = 10
AILLEURS_MONTRES = 20


@dataclass(frozen=True, slots=True)
class GroupeTenu:
    """A groupe that the person is in, and when."""

    libelle: str
    service: str
    periode: Periode


@dataclass(frozen=True, slots=True)
class MandatTenu:
    """What they may give as responsable d'habilitation."""

    periode: Periode
    peut_creer: bool
    groupes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ailleurs:
    """Another organisme of the person, of the caisses of the agent."""

    rattachement_id: UUID
    organisme_id: UUID
    raison_sociale: str
    role: Role


@dataclass(frozen=True, slots=True)
class LettreVue:
    """A letter to the person; ``imprimee_le`` is None while it waits, or when it never leaves."""

    type: TypeCourrier
    demandee_le: datetime
    imprimee_le: datetime | None
    lot: str | None
    etat: EtatCourrier


@dataclass(frozen=True, slots=True)
class DossierDePersonne:
    """Everything that an agent reads of one person in one organisme."""

    fiche: Fiche
    etat_du_compte: AccountState
    cree_le: datetime
    applications: int
    cles_d_acces: int
    groupes: tuple[GroupeTenu, ...]
    mandats: tuple[MandatTenu, ...]
    ailleurs: tuple[Ailleurs, ...]
    courriers: tuple[LettreVue, ...]
    avis: tuple[AvisVu, ...]


def consulter(
    agent: AgentVu, organisme_id: UUID, rattachement_id: UUID, now: datetime
) -> DossierDePersonne:
    """The file, read and journalled; raises ``NotHere`` when the person is not of that organisme, or it does not
    exist for this agent. A constant number of statements."""
    acteur = acteurs.lecteur(agent, organisme_de(agent, organisme_id))
    lue = fiche.lire(acteur, rattachement_id)
    noter(acteur, lue, now)
    return _dossier(agent, acteur, lue)


def noter(agent: Acteur, lue: Fiche, now: datetime) -> None:
    """An agent is shown what that person has: the journal says so."""
    fiche.journaliser(agent, DossierConsulte(rattachement_id=lue.rattachement_id), lue, now)


def noter_la_page(agent: AgentVu, rattachement_id: UUID, now: datetime) -> None:
    """The same of a page that is about this person: what would be done to them, what they asked. Raises
    ``NotHere`` when they do not exist for this agent."""
    place = rattachement_de(agent, rattachement_id)
    audit.record(
        DossierConsulte(rattachement_id=place.id),
        at=now,
        actor=agent.actor,
        account_id=place.account_id,
        organisme_id=place.organisme_id,
    )


def _dossier(agent: AgentVu, acteur: Acteur, lue: Fiche) -> DossierDePersonne:
    compte = db.session.execute(
        select(
            Account.state,
            Account.created_at,
            _combien(Totp.account_id == lue.account_id, Totp.confirmed_at.is_not(None)).label(
                "applications"
            ),
            _combien(Passkey.account_id == lue.account_id).label("cles"),
        ).where(Account.id == lue.account_id)
    ).one()
    connus = {groupe.id: groupe for groupe in lue.connus}
    return DossierDePersonne(
        fiche=lue,
        etat_du_compte=compte.state,
        cree_le=compte.created_at,
        applications=compte.applications,
        cles_d_acces=compte.cles,
        groupes=tuple(
            GroupeTenu(connus[one].libelle, connus[one].service, coche.periode)
            for one, coche in lue.coches.items()
            if one in connus
        ),
        mandats=_mandats(lue.rattachement_id),
        ailleurs=_ailleurs(agent, lue),
        courriers=_courriers(acteur.organisme_id, lue.account_id),
        avis=tuple(suivi_des_avis.de(acteur, lue.rattachement_id)),
    )


def _combien(*dont: object) -> ScalarSelect[int]:
    return select(func.count()).where(*dont).scalar_subquery()  # type: ignore[arg-type]


def _mandats(rattachement_id: UUID) -> tuple[MandatTenu, ...]:
    rows = db.session.execute(
        select(Mandat, Groupe.libelle)
        .outerjoin(PerimetreResponsable, PerimetreResponsable.mandat_id == Mandat.id)
        .outerjoin(Groupe, Groupe.id == PerimetreResponsable.groupe_id)
        .where(Mandat.rattachement_id == rattachement_id, Mandat.ended_at.is_(None))
        .order_by(Mandat.debut, Groupe.libelle)
    ).all()
    groupes: dict[Mandat, list[str]] = {}
    for mandat, libelle in rows:
        groupes.setdefault(mandat, []).append(libelle or "")
    return tuple(
        MandatTenu(Periode(mandat.debut, mandat.fin), mandat.peut_creer, tuple(filter(None, noms)))
        for mandat, noms in groupes.items()
    )


def _ailleurs(agent: AgentVu, lue: Fiche) -> tuple[Ailleurs, ...]:
    rows = db.session.execute(
        select(
            Rattachement.id.label("rattachement_id"),
            Rattachement.organisme_id,
            Organisme.raison_sociale,
            Rattachement.role,
        )
        .join(Organisme, Organisme.id == Rattachement.organisme_id)
        .where(
            Rattachement.account_id == lue.account_id,
            Rattachement.id != lue.rattachement_id,
            supervises(agent),
        )
        .order_by(Organisme.raison_sociale, Rattachement.id)
        .limit(AILLEURS_MONTRES)
    )
    return tuple(Ailleurs(*row) for row in rows)


def _courriers(organisme_id: UUID, account_id: UUID) -> tuple[LettreVue, ...]:
    rows = db.session.execute(
        select(
            Courrier.type,
            Courrier.created_at,
            Courrier.exported_at,
            Courrier.lot,
            Courrier.etat,
        )
        .where(Courrier.account_id == account_id, Courrier.organisme_id == organisme_id)
        .order_by(Courrier.created_at.desc(), Courrier.type)
        .limit(COURRIERS_MONTRES)
    )
    return tuple(LettreVue(*row) for row in rows)
