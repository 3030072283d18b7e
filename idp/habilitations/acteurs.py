"""Who acts, as the decisions of ``delegation.py`` see them: read from the rows, at each request.

An administrateur costs no statement more than their ``Selection``; a mandate costs one, with its perimeter.
"""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, select

from idp import clock
from idp.audit import Actor
from idp.db import db
from idp.errors import Refusal
from idp.habilitations.agents import AgentVu, agent_of
from idp.habilitations.delegation import Acteur, Bases, Role
from idp.habilitations.en_cours import mandat_en_cours, place_ouverte
from idp.habilitations.models import (
    Composante,
    Mandat,
    Organisme,
    PerimetreResponsable,
    Rattachement,
    RoleAgent,
)
from idp.habilitations.perimetre import supervises
from idp.habilitations.rattachements import Selection

PROGRAMME = "programme"


def de(selection: Selection) -> Acteur | None:
    """Who may act in the console for the organisme of this session; None when they manage nothing there today."""
    if selection.refus is not None:
        return None
    if selection.role is Role.ADMINISTRATEUR:
        return Acteur(
            account_id=selection.account_id,
            organisme_id=selection.organisme_id,
            raison_sociale=selection.raison_sociale,
            role=selection.role,
        )
    if selection.mandat_id is None:
        return None
    return _mandataire(selection.mandat_id, selection.account_id)


def programme(mandat_id: UUID, jour: date) -> Acteur | None:
    """The program that acts under this mandate; None when it is over, or the organisme suspended."""
    found = db.session.scalar(
        select(Mandat.id)
        .join(Organisme, Organisme.id == Mandat.organisme_id)
        .where(
            Mandat.id == mandat_id,
            Mandat.programme.is_not(None),
            mandat_en_cours(jour),
            Organisme.suspendu_at.is_(None),
        )
    )
    return _mandataire(mandat_id, None) if found else None


def lecteur(agent: AgentVu, organisme: Organisme) -> Acteur:
    """An agent who reads an organisme, which ``perimetre.py`` has let them see, as its administrateur would.

    To read only: an agent acts as ``agent.actor``, or ``en_lieu_et_place``.
    """
    return Acteur(
        account_id=agent.account_id,
        organisme_id=organisme.id,
        raison_sociale=organisme.raison_sociale,
        role=Role.ADMINISTRATEUR,
    )


def en_lieu_et_place(agent: AgentVu, organisme: Organisme) -> Acteur:
    """An agent who manages an organisme, which ``perimetre.py`` has let them see, as its administrateurs would.

    ``confirmer`` asks, before anything is written, whether they still may: while the delegation is withdrawn.
    """
    return replace(lecteur(agent, organisme), pour_la_caf=True)


class DelegationRendue(Refusal):
    """The organisme manages itself: the Caf does nothing in its place."""


def exiger_le_retrait(organisme_id: UUID) -> None:
    """Raise ``DelegationRendue`` unless the Caf manages this organisme in its place. One statement."""
    if db.session.scalar(select(_delegation(organisme_id))):
        raise DelegationRendue(
            "Cet organisme gère lui-même ses habilitations : rien n’a été enregistré.",
            conseil="Pour agir à sa place, retirez-lui d’abord la délégation, dans « Supervision ».",
            detail="the delegation of this organisme is not withdrawn",
        )


def exiger_la_delegation(organisme_id: UUID, *, retiree: bool | None = None) -> None:
    """Raise ``Refusal`` when the Caf manages this organisme in its place: nothing of it changes from its console,
    nor by its programs. One statement, none when the caller has read it (``retiree``)."""
    if retiree is None:
        retiree = not db.session.scalar(select(_delegation(organisme_id)))
    if retiree:
        raise Refusal(
            "La Caf gère en ce moment les habilitations de votre organisme : vous pouvez les consulter, pas les"
            " modifier.",
            conseil="Adressez-vous à votre Caf.",
            detail="the delegation of this organisme is withdrawn",
        )


def _delegation(organisme_id: UUID) -> ColumnElement[bool]:
    return exists().where(Organisme.id == organisme_id, Organisme.delegation_retiree_at.is_(None))


def confirmer(par: Acteur | Actor, now: datetime) -> None:
    """Raise ``Refusal`` when the actor lost, since the request began, what they act by: one statement, three of an
    agent.

    Called once the organisme is held (``tenue.py``): what is decided then cannot be overtaken.
    """
    if isinstance(par, Actor):
        return
    if par.pour_la_caf:
        exiger_le_retrait(par.organisme_id)
    if _agit_encore(par, clock.today(now)):
        return
    raise Refusal(
        "Vos droits viennent de changer : rien n’a été enregistré.",
        conseil="Rechargez la page pour voir ce que vous pouvez faire.",
        detail="the actor lost their role or mandate in the meantime",
    )


def _agit_encore(acteur: Acteur, jour: date) -> bool:
    if acteur.pour_la_caf:
        return _supervise_encore(acteur)
    delegation = _delegation(acteur.organisme_id)
    mandat = exists().where(Mandat.id == acteur.mandat_id, mandat_en_cours(jour))
    if acteur.account_id is None:
        return bool(db.session.scalar(select(and_(mandat, delegation))))
    place = exists().where(
        Rattachement.account_id == acteur.account_id,
        Rattachement.organisme_id == acteur.organisme_id,
        Rattachement.role == acteur.role,
        place_ouverte(Rattachement, jour),
    )
    voulus = [place, delegation] if acteur.administre else [place, mandat, delegation]
    return bool(db.session.scalar(select(and_(*voulus))))


def _supervise_encore(acteur: Acteur) -> bool:
    agent = agent_of(acteur.account_id) if acteur.account_id else None
    if agent is None or not agent.peut(RoleAgent.SUPERVISEUR):
        return False
    sien = exists().where(Organisme.id == acteur.organisme_id, supervises(agent))
    return bool(db.session.scalar(select(sien)))


def actor_of(par: Acteur | Actor) -> Actor:
    """The same, as the journal names them."""
    if isinstance(par, Actor):
        return par
    if par.account_id is None:
        return Actor(PROGRAMME, par.mandat_id)
    return Actor.person(par.account_id)


def auteur(acteur: Acteur) -> UUID | None:
    """Who is said to have created a user: an account, or the mandate of a program."""
    return acteur.account_id or acteur.mandat_id


def _mandataire(mandat_id: UUID, account_id: UUID | None) -> Acteur | None:
    rows = db.session.execute(_avec_perimetre(mandat_id)).all()
    if not rows:
        return None
    first = rows[0]
    return Acteur(
        account_id=account_id,
        organisme_id=first.organisme_id,
        raison_sociale=first.raison_sociale,
        role=Role.RESPONSABLE_HABILITATION,
        mandat_id=mandat_id,
        perimetre=Bases(row.base_id for row in rows if row.base_id is not None),
        peut_creer=first.peut_creer,
    )


def _avec_perimetre(mandat_id: UUID) -> Select[UUID, str, bool, UUID | None]:
    return (
        select(
            Mandat.organisme_id,
            Organisme.raison_sociale,
            Mandat.peut_creer,
            func.coalesce(Composante.base_id, PerimetreResponsable.groupe_id).label("base_id"),
        )
        .join(Organisme, Organisme.id == Mandat.organisme_id)
        .outerjoin(PerimetreResponsable, PerimetreResponsable.mandat_id == Mandat.id)
        .outerjoin(Composante, Composante.sous_groupe_id == PerimetreResponsable.groupe_id)
        .where(Mandat.id == mandat_id)
    )
