"""What the Caf did, and is asked, over the head of an organisme: its tab « Supervision ».

A number of statements that does not grow.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, distinct, exists, func, or_, select
from sqlalchemy.orm import aliased, join

from idp import clock
from idp.accounts.models import Account
from idp.db import db
from idp.errors import NotHere
from idp.habilitations import pages
from idp.habilitations.administration import administrateurs
from idp.habilitations.administration.administrateurs import AdministrateurVu
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import (
    CibleDeSuspension,
    ContratDeService,
    Convention,
    EtatConvention,
    EtatSuccession,
    Groupe,
    Organisme,
    Rattachement,
    Role,
    Succession,
    Suspension,
    Voie,
)
from idp.habilitations.perimetre import organisme_de, supervises
from idp.habilitations.ports import ports
from idp.habilitations.supervision.models import Remplacement
from idp.services import services

V = TypeVar("V", "SuspensionVue", "RemplacementVu", "SuccessionVue")
DERNIERES = 50
TROUVEES = 20


@dataclass(frozen=True, slots=True)
class SuspensionVue:
    """One suspension, in force or lifted."""

    id: UUID
    cible: CibleDeSuspension
    libelle: str
    motif: str
    par: str
    at: datetime
    levee_par: str | None
    levee_at: datetime | None
    levee_motif: str | None
    organisme_id: UUID | None
    raison_sociale: str


@dataclass(frozen=True, slots=True)
class RemplacementVu:
    """One request; ``successeur`` is a name, ``successeur_id`` their place when they have one."""

    id: UUID
    organisme_id: UUID
    raison_sociale: str
    successeur: str
    successeur_id: UUID | None
    motif: str
    demande_par: str
    demandeur_id: UUID
    demande_at: datetime
    expire_at: datetime
    succession_id: UUID | None
    """What the successor asked themself: they become administrateur beside the others."""
    leur_motif: str | None

    @property
    def nouveau(self) -> bool:
        """Whether it is a new person, to whom letters will be sent."""
        return self.successeur_id is None


@dataclass(frozen=True, slots=True)
class SuccessionVue:
    """Somebody who asked the Caf to become administrateur."""

    id: UUID
    organisme_id: UUID
    raison_sociale: str
    candidat: str
    candidat_id: UUID
    motif: str | None
    demandee_at: datetime


@dataclass(frozen=True, slots=True)
class Tableau:
    """The tab."""

    delegation_retiree_at: datetime | None
    suspensions: tuple[SuspensionVue, ...]
    plus_anciennes: UUID | None
    administrateurs: tuple[AdministrateurVu, ...]
    remplacement: RemplacementVu | None
    successions: pages.Page[SuccessionVue]

    @property
    def en_cours(self) -> tuple[SuspensionVue, ...]:
        """Those in force."""
        return tuple(une for une in self.suspensions if une.levee_at is None)

    @property
    def levees(self) -> tuple[SuspensionVue, ...]:
        """Those that were lifted."""
        return tuple(une for une in self.suspensions if une.levee_at is not None)


@dataclass(frozen=True, slots=True)
class PersonneVue:
    """A person of the organisme whom the agent looks for."""

    rattachement_id: UUID
    nom: str
    email: str | None
    role: Role
    suspendue: bool


def tableau(
    agent: AgentVu,
    organisme_id: UUID,
    now: datetime,
    apres: UUID | None = None,
    *,
    successions_apres: UUID | None = None,
) -> Tableau:
    """Of an organisme of this agent, its suspensions and the requests after these ones; raises ``NotHere``. Five
    statements."""
    organisme = organisme_de(agent, organisme_id)
    demandes = remplacements(agent, now, Remplacement.organisme_id == organisme_id).lignes
    suspensions = _suspensions(Suspension.organisme_id == organisme_id, apres)
    return Tableau(
        delegation_retiree_at=organisme.delegation_retiree_at,
        suspensions=suspensions.lignes,
        plus_anciennes=suspensions.suivante,
        administrateurs=tuple(administrateurs.lister(organisme_id, clock.today(now))),
        remplacement=demandes[0] if demandes else None,
        successions=successions(
            agent, now, Succession.organisme_id == organisme_id, apres=successions_apres
        ),
    )


# Those in force, then those that were lifted; the newest first.
_ORDRE = (case((Suspension.levee_at.is_(None), 1), else_=0), Suspension.at, Suspension.id)


def en_vigueur(agent: AgentVu, apres: UUID | None = None) -> pages.Page[SuspensionVue]:
    """Every suspension in force of the organismes of this agent, the newest first; one statement."""
    return _suspensions(and_(EN_VIGUEUR, supervises(agent)), apres)


EN_VIGUEUR = and_(Suspension.levee_at.is_(None), Suspension.organisme_id.is_not(None))
"""Of something of an organisme: a service that is suspended for all is said elsewhere."""


def _suspensions(lesquelles: ColumnElement[bool], apres: UUID | None) -> pages.Page[SuspensionVue]:
    par, levee_par, personne = aliased(Account), aliased(Account), aliased(Account)
    rows = db.session.execute(
        select(Suspension, par, levee_par, personne, Organisme.raison_sociale)
        .outerjoin(Organisme, Organisme.id == Suspension.organisme_id)
        .outerjoin(par, par.id == Suspension.par)
        .outerjoin(levee_par, levee_par.id == Suspension.levee_par)
        .outerjoin(Rattachement, Rattachement.id == Suspension.cible_id)
        .outerjoin(personne, personne.id == Rattachement.account_id)
        .where(lesquelles, pages.apres(apres, *_ORDRE))
        .order_by(*(part.desc() for part in _ORDRE))
        .limit(DERNIERES + 1)
    )
    vues = [
        SuspensionVue(
            id=une.id,
            cible=une.cible,
            libelle=qui.display_name if qui else une.libelle,
            motif=une.motif,
            par=auteur.display_name if auteur else "Un agent",
            at=une.at,
            levee_par=leveur.display_name if leveur else None,
            levee_at=une.levee_at,
            levee_motif=une.levee_motif,
            organisme_id=une.organisme_id,
            raison_sociale=raison or "",
        )
        for une, auteur, leveur, qui, raison in rows
    ]
    return _page(vues)


def _page(vues: list[V]) -> pages.Page[V]:
    montrees = vues[:DERNIERES]
    return pages.page(vues, DERNIERES, montrees[-1].id if montrees else None)


def attend_un_second(now: datetime) -> ColumnElement[bool]:
    """Of rows of ``Remplacement``, joined to the ``Succession`` that they support, those to decide."""
    return and_(
        Remplacement.etat == EtatSuccession.EN_ATTENTE,
        Remplacement.expire_at > now,
        or_(Succession.id.is_(None), Succession.etat == EtatSuccession.EN_ATTENTE),
    )


def attend_la_caf(now: datetime) -> ColumnElement[bool]:
    """Of rows of ``Succession``, those that the Caf is to answer."""
    return and_(
        Succession.etat == EtatSuccession.EN_ATTENTE,
        Succession.voie == Voie.CAF,
        Succession.expires_at > now,
    )


def sans_premier(now: datetime) -> ColumnElement[bool]:
    """Of these, those that no agent has accepted yet: the others wait among the ``remplacements``."""
    return ~exists().where(
        Remplacement.succession_id == Succession.id,
        Remplacement.etat == EtatSuccession.EN_ATTENTE,
        Remplacement.expire_at > now,
    )


def remplacements(
    agent: AgentVu, now: datetime, *lesquels: ColumnElement[bool], apres: UUID | None = None
) -> pages.Page[RemplacementVu]:
    """Those that wait for a second agent, the oldest first: one statement."""
    demandeur, personne = aliased(Account), aliased(Account)
    cle = (Remplacement.demande_at, Remplacement.id)
    rows = db.session.execute(
        select(Remplacement, Organisme.raison_sociale, demandeur, personne, Succession)
        .join(Organisme, Organisme.id == Remplacement.organisme_id)
        .outerjoin(demandeur, demandeur.id == Remplacement.demande_par)
        .outerjoin(Rattachement, Rattachement.id == Remplacement.successeur_id)
        .outerjoin(personne, personne.id == Rattachement.account_id)
        .outerjoin(Succession, Succession.id == Remplacement.succession_id)
        .where(
            attend_un_second(now),
            supervises(agent),
            pages.apres(apres, *cle, croissant=True),
            *lesquels,
        )
        .order_by(*cle)
        .limit(DERNIERES + 1)
    )
    vus = [
        RemplacementVu(
            id=un.id,
            organisme_id=un.organisme_id,
            raison_sociale=raison,
            successeur=(
                qui.display_name
                if qui
                else " ".join(filter(None, (un.civilite, un.prenom, un.nom)))
            ),
            successeur_id=un.successeur_id,
            motif=un.motif,
            demande_par=auteur.display_name if auteur else "Un agent",
            demandeur_id=un.demande_par,
            demande_at=un.demande_at,
            expire_at=un.expire_at,
            succession_id=un.succession_id,
            leur_motif=demande.motif if demande else None,
        )
        for un, raison, auteur, qui, demande in rows
    ]
    return _page(vus)


def successions(
    agent: AgentVu, now: datetime, *lesquelles: ColumnElement[bool], apres: UUID | None = None
) -> pages.Page[SuccessionVue]:
    """The people who ask the Caf to become administrateur, the oldest first: one statement."""
    cle = (Succession.asked_at, Succession.id)
    rows = db.session.execute(
        select(Succession, Organisme.raison_sociale, Account)
        .join(Organisme, Organisme.id == Succession.organisme_id)
        .join(Rattachement, Rattachement.id == Succession.candidat_id)
        .join(Account, Account.id == Rattachement.account_id)
        .where(
            attend_la_caf(now),
            supervises(agent),
            pages.apres(apres, *cle, croissant=True),
            *lesquelles,
        )
        .order_by(*cle)
        .limit(DERNIERES + 1)
    )
    vues = [
        SuccessionVue(
            id=une.id,
            organisme_id=une.organisme_id,
            raison_sociale=raison,
            candidat=account.display_name,
            candidat_id=une.candidat_id,
            motif=une.motif,
            demandee_at=une.asked_at,
        )
        for une, raison, account in rows
    ]
    return _page(vues)


_PAR_NOM = (
    func.coalesce(Account.family_name, ""),
    func.coalesce(Account.given_name, ""),
    Rattachement.id,
)


def personnes(
    agent: AgentVu, organisme_id: UUID, texte: str, apres: UUID | None = None
) -> pages.Page[PersonneVue]:
    """Those whose name or address begins like that, by name; raises ``NotHere``. Two statements."""
    organisme_de(agent, organisme_id)
    debut = texte.strip().lower()
    if not debut:
        return pages.Page(())
    places = join(Rattachement, Account, Account.id == Rattachement.account_id)
    rows = db.session.execute(
        select(Rattachement, Account)
        .select_from(places)
        .where(
            Rattachement.organisme_id == organisme_id,
            Account.anonymised_at.is_(None),
            pages.apres(apres, *_PAR_NOM, croissant=True, de=places),
            or_(
                func.lower(Account.family_name).startswith(debut, autoescape=True),
                func.lower(Account.given_name).startswith(debut, autoescape=True),
                func.lower(Account.email).startswith(debut, autoescape=True),
            ),
        )
        .order_by(*_PAR_NOM)
        .limit(TROUVEES + 1)
    )
    vues = [
        PersonneVue(
            rattachement_id=place.id,
            nom=account.display_name,
            email=account.email,
            role=place.role,
            suspendue=place.suspendu_at is not None,
        )
        for place, account in rows
    ]
    montrees = vues[:TROUVEES]
    return pages.page(vues, TROUVEES, montrees[-1].rattachement_id if montrees else None)


def succession(agent: AgentVu, organisme_id: UUID, succession_id: UUID) -> None:
    """Raise ``NotHere`` when this request is not of that organisme, or not of this agent. Two statements."""
    organisme_de(agent, organisme_id)
    found = exists().where(Succession.id == succession_id, Succession.organisme_id == organisme_id)
    if not db.session.scalar(select(found)):
        raise NotHere("Cette demande n’existe pas, ou n’est pas de cet organisme.")


@dataclass(frozen=True, slots=True)
class ASuspendre:
    """A convention, a contrat or a groupe that may be suspended."""

    cible: CibleDeSuspension
    cible_id: UUID
    libelle: str


def a_suspendre(organisme_id: UUID) -> list[ASuspendre]:
    """The conventions in force of an organisme, their contrats and groups, that are not suspended: one
    statement."""
    rows = db.session.execute(
        select(Convention, ContratDeService, Groupe)
        .outerjoin(ContratDeService, ContratDeService.convention_id == Convention.id)
        .outerjoin(
            Groupe,
            and_(Groupe.contrat_id == ContratDeService.id, Groupe.actif, ~Groupe.sous_groupe),
        )
        .where(Convention.organisme_id == organisme_id, Convention.etat == EtatConvention.VALIDEE)
        .order_by(Convention.debut.desc(), Convention.id, ContratDeService.service, Groupe.code)
        .execution_options(populate_existing=True)
    )
    vus: dict[UUID, ASuspendre] = {}
    for convention, contrat, groupe in rows:
        vus.setdefault(
            convention.id,
            ASuspendre(CibleDeSuspension.CONVENTION, convention.id, convention.libelle),
        )
        if contrat and not contrat.suspendu_at and not contrat.clos_at:
            service = services().get(contrat.service)
            nom = service.nom if service else contrat.service
            vus.setdefault(contrat.id, ASuspendre(CibleDeSuspension.CONTRAT, contrat.id, nom))
        if groupe and not groupe.suspendu_at:
            vus[groupe.id] = ASuspendre(CibleDeSuspension.GROUPE, groupe.id, groupe.libelle)
    return list(vus.values())


def services_suspendus() -> dict[str, Suspension]:
    """The suspension in force of each service: one statement."""
    return {
        une.service: une
        for une in db.session.scalars(
            select(Suspension).where(Suspension.service.is_not(None), Suspension.levee_at.is_(None))
        )
        if une.service
    }


@dataclass(frozen=True, slots=True)
class EtendueDUnService:
    """How many organismes have a contrat for it, and how many authorizations it holds now."""

    organismes: int
    autorisations: int


def etendue_du_service(code: str) -> EtendueDUnService:
    """Before it is suspended for all: two statements."""
    organismes = (
        select(func.count(distinct(Convention.organisme_id)))
        .join(ContratDeService, ContratDeService.convention_id == Convention.id)
        .where(ContratDeService.service == code)
    )
    return EtendueDUnService(
        db.session.scalar(organismes) or 0, ports().acces.combien_au_service(code)
    )
