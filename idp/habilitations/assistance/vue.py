"""A view « as » a partner: opened with a motive, read only, for fifteen minutes, told to those whom it concerns.

The session stays the agent's: no cookie, no token, no right of the partner is made. What a page shows is read by
the services of the console for an ``Acteur`` made here, and nothing else is done with it.
``docs/decisions/0023-view-of-a-partner.md``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from idp import clock, mail
from idp.accounts.models import Account
from idp.db import db
from idp.errors import NotHere, TooMany
from idp.habilitations import acteurs, coordonnees
from idp.habilitations.administration.administrateurs import administrateurs_ouverts
from idp.habilitations.agents import AgentVu
from idp.habilitations.assistance.models import VuePartenaire
from idp.habilitations.assistance.trace import journaliser
from idp.habilitations.delegation import Acteur
from idp.habilitations.events import (
    DossierConsulte,
    VuePartenaireConsultee,
    VuePartenaireFermee,
    VuePartenaireOuverte,
)
from idp.habilitations.models import Rattachement
from idp.habilitations.perimetre import AILLEURS, organisme_de, rattachement_de
from idp.habilitations.rattachements import Selection, selection
from idp.habilitations.tenue import tenir

DUREE = timedelta(minutes=15)
UN_JOUR = timedelta(days=1)
PAR_JOUR = 20
"""Openings by one agent, in one organisme: more is no help on the telephone, and each may be a mail to each of its
administrateurs."""
GARDEE = timedelta(days=365)
A_LA_FOIS = 500


@dataclass(frozen=True, slots=True)
class Vue:
    """A view that is going on: of whom, and what they work with."""

    id: UUID
    rattachement_id: UUID
    account: Account
    selection: Selection
    acteur: Acteur | None
    """As whom the console is read; None for who manages nothing there today."""
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Finie:
    """A view that is over, or another agent's: of whom, so that one may be opened."""

    rattachement_id: UUID


def ouvrir(agent: AgentVu, rattachement_id: UUID, motif: str, now: datetime) -> UUID:
    """Begin a view; the person and the administrateurs are told by mail, once a day of the same agent and person.

    The one that goes on, asked again, is the same. Raises ``NotHere``, ``TooMany`` past what helping an organisme
    takes in a day.
    """
    rattachement = rattachement_de(agent, rattachement_id)
    account = _account(rattachement)
    tenir(rattachement.organisme_id)
    ouverte = _ouverte(agent, rattachement_id, now)
    if ouverte is not None:
        return ouverte
    du_jour = _du_jour(agent, rattachement.organisme_id, now)
    if len(du_jour) >= PAR_JOUR:
        raise TooMany(
            f"Vous avez déjà ouvert {PAR_JOUR} vues de cet organisme depuis hier.",
            conseil="Appelez ses administrateurs : ils voient ces mêmes pages, et peuvent vous les décrire.",
            detail="views of one organisme",
        )
    vue = VuePartenaire(
        agent_id=agent.account_id,
        rattachement_id=rattachement_id,
        motif=motif,
        opened_at=now,
        expires_at=now + DUREE,
    )
    db.session.add(vue)
    db.session.flush()
    event = VuePartenaireOuverte(vue_id=vue.id, rattachement_id=rattachement_id, motif=motif)
    journaliser(agent, rattachement, event, now)
    if rattachement_id not in du_jour:
        _prevenir(agent, rattachement, account, motif, now)
    return vue.id


def _du_jour(agent: AgentVu, organisme_id: UUID, now: datetime) -> list[UUID]:
    """Whose views of this organisme the agent has opened since the day before, each as often as it was."""
    return list(
        db.session.scalars(
            select(VuePartenaire.rattachement_id)
            .join(Rattachement, Rattachement.id == VuePartenaire.rattachement_id)
            .where(
                VuePartenaire.opened_at > now - UN_JOUR,
                VuePartenaire.agent_id == agent.account_id,
                Rattachement.organisme_id == organisme_id,
            )
        )
    )


def _ouverte(agent: AgentVu, rattachement_id: UUID, now: datetime) -> UUID | None:
    return db.session.scalar(
        select(VuePartenaire.id)
        .where(
            VuePartenaire.opened_at > now - DUREE,
            VuePartenaire.agent_id == agent.account_id,
            VuePartenaire.rattachement_id == rattachement_id,
            VuePartenaire.ended_at.is_(None),
            VuePartenaire.expires_at > now,
        )
        .limit(1)
    )


def lire(agent: AgentVu, vue_id: UUID, now: datetime) -> Vue | Finie:
    """The view, while it lasts and for its agent alone; raises ``NotHere`` out of the caisses of the agent."""
    vue = db.session.get(VuePartenaire, vue_id)
    if vue is None:
        raise NotHere(AILLEURS)
    rattachement = rattachement_de(agent, vue.rattachement_id)
    if vue.agent_id != agent.account_id or vue.ended_at is not None or now >= vue.expires_at:
        return Finie(rattachement.id)
    choisie = selection(rattachement.id, now)
    if choisie is None:
        raise NotHere(AILLEURS)
    return Vue(
        id=vue.id,
        rattachement_id=rattachement.id,
        account=_account(rattachement),
        selection=choisie,
        acteur=acteurs.de(choisie),
        expires_at=vue.expires_at,
    )


def noter(agent: AgentVu, vue: Vue, page: str, now: datetime, *, de: UUID | None = None) -> None:
    """One page of it was looked at; ``de`` is the user whose file it is."""
    rattachement = rattachement_de(agent, vue.rattachement_id)
    journaliser(agent, rattachement, VuePartenaireConsultee(vue_id=vue.id, page=page), now)
    if de is not None:
        autre = rattachement_de(agent, de)
        journaliser(agent, autre, DossierConsulte(rattachement_id=de), now)


def fermer(agent: AgentVu, vue_id: UUID, now: datetime) -> UUID:
    """End one's own view before its time; returns whose it was. Raises ``NotHere``."""
    lue = db.session.get(VuePartenaire, vue_id)
    if lue is None:
        raise NotHere(AILLEURS)
    rattachement = rattachement_de(agent, lue.rattachement_id)
    fermee = db.session.scalar(
        update(VuePartenaire)
        .where(
            VuePartenaire.id == vue_id,
            VuePartenaire.agent_id == agent.account_id,
            VuePartenaire.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(VuePartenaire.id)
    )
    if fermee:
        journaliser(agent, rattachement, VuePartenaireFermee(vue_id=vue_id), now)
    return rattachement.id


def oublier(now: datetime, *, limit: int = A_LA_FOIS) -> int:
    """Delete the views of more than a year ago; returns how many."""
    vieilles = select(VuePartenaire.id).where(VuePartenaire.opened_at < now - GARDEE).limit(limit)
    supprimees = db.session.execute(
        delete(VuePartenaire)
        .where(VuePartenaire.id.in_(vieilles))
        .returning(VuePartenaire.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(supprimees)


def _account(rattachement: Rattachement) -> Account:
    account = db.session.get_one(Account, rattachement.account_id, populate_existing=True)
    if account.anonymised_at is not None:
        raise NotHere(AILLEURS)
    return account


def _prevenir(
    agent: AgentVu, rattachement: Rattachement, account: Account, motif: str, now: datetime
) -> None:
    organisme = organisme_de(agent, rattachement.organisme_id)
    administrateurs = administrateurs_ouverts(organisme.id, clock.today(now))
    ma_caf = coordonnees.de_l_organisme(organisme.id).phrase
    ids = {account.id, *(account_id for account_id, _nom in administrateurs)}
    for destinataire in db.session.scalars(select(Account).where(Account.id.in_(ids))):
        if destinataire.email:
            mail.send(
                "vue_partenaire",
                destinataire.email,
                at=now,
                nom=destinataire.display_name,
                de=None if destinataire.id == account.id else account.display_name,
                organisme=organisme.raison_sociale,
                motif=motif,
                le=now,
                ma_caf=ma_caf,
                minutes=int(DUREE.total_seconds() // 60),
            )
