"""Campaigns as agents lead them: prepared by a gestionnaire for their caisses, launched by a superviseur.

One for all the caisses is a national agent's. What the worker does of them is in ``envoi.py``.
"""

from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, update

from idp import audit, clock
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations import pages
from idp.habilitations.agents import AgentVu
from idp.habilitations.campagnes import envoi, policy
from idp.habilitations.campagnes.models import Campagne, Connexions
from idp.habilitations.campagnes.policy import Geste
from idp.habilitations.events import CampagneMenee
from idp.habilitations.models import RoleAgent, TypeOrganisme
from idp.habilitations.perimetre import AILLEURS

MONTREES = 50
PREPAREE = "preparee"
EXPORTEE = "exportee"


@dataclass(frozen=True, slots=True)
class Cible:
    """Whom to write to; no caisse means all of them."""

    titre: str
    caisses: tuple[str, ...]
    type_organisme: TypeOrganisme | None = None
    service: str | None = None
    connexions: Connexions = Connexions.TOUTES
    depuis: date | None = None
    edition: date | None = None
    """Of which month it is the reminder; None for this one."""


def preparer(agent: AgentVu, cible: Cible, now: datetime) -> UUID:
    """Have its recipients listed; nothing is sent. Raises ``Refusal`` for caisses that are not the agent's."""
    if not _sont_siennes(agent, cible.caisses):
        raise Refusal("Vous ne pouvez écrire qu’aux organismes des caisses que vous supervisez.")
    campagne = Campagne(
        titre=cible.titre,
        edition=cible.edition or policy.editions(clock.today(now))[0],
        caisses=sorted(cible.caisses),
        type_organisme=cible.type_organisme,
        service=cible.service,
        connexions=cible.connexions,
        depuis=cible.depuis,
        created_at=now,
        created_by=agent.account_id,
    )
    db.session.add(campagne)
    db.session.flush()
    envoi.continuer(campagne, now)
    _journaliser(agent, campagne, PREPAREE, now)
    return campagne.id


def lister(agent: AgentVu, apres: UUID | None = None) -> pages.Page[Campagne]:
    """Those that concern no other caisse than the agent's, the newest first."""
    cle = (Campagne.created_at, Campagne.id)
    rangees = select(Campagne).where(pages.apres(apres, *cle))
    rangees = rangees.order_by(*(part.desc() for part in cle))
    siennes: list[Campagne] = []
    with closing(db.session.scalars(rangees.execution_options(yield_per=MONTREES))) as rows:
        for campagne in rows:
            if _sont_siennes(agent, campagne.caisses):
                siennes.append(campagne)
            if len(siennes) > MONTREES:
                break
    return pages.page(siennes, MONTREES, siennes[:MONTREES][-1].id if siennes else None)


def lire(agent: AgentVu, campagne_id: UUID) -> Campagne:
    """One of them; raises ``NotHere`` for any other."""
    campagne = db.session.get(Campagne, campagne_id, populate_existing=True)
    if campagne is None or not _sont_siennes(agent, campagne.caisses):
        raise NotHere(AILLEURS)
    return campagne


def mener(agent: AgentVu, campagne_id: UUID, geste: Geste, now: datetime) -> bool:
    """Launch, suspend, resume or stop it; False when its state does not allow it, or no more."""
    if not agent.peut(RoleAgent.SUPERVISEUR):
        raise Refusal("Seul un superviseur lance ou arrête une campagne.")
    lue = lire(agent, campagne_id)
    # Whatever was still to come of the chain before is over; the next one, if any, is the only one.
    menee = db.session.scalars(
        update(Campagne)
        .where(Campagne.id == lue.id, Campagne.etat.in_(policy.avant(geste)))
        .values(etat=policy.apres(geste), tour=Campagne.tour + 1, **_moment(agent, geste, now))
        .returning(Campagne)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if menee is None:
        return False
    if geste in (Geste.LANCER, Geste.REPRENDRE):
        envoi.continuer(menee, now)
    _journaliser(agent, menee, geste, now)
    return True


def noter_l_export(agent: AgentVu, campagne_id: UUID, now: datetime) -> None:
    """Who got what is taken away as a file. Raises ``NotHere``."""
    _journaliser(agent, lire(agent, campagne_id), EXPORTEE, now)


def _moment(agent: AgentVu, geste: Geste, now: datetime) -> dict[str, object]:
    if geste is Geste.LANCER:
        return {"launched_at": now, "launched_by": agent.account_id}
    return {"ended_at": now} if geste is Geste.ARRETER else {}


def _sont_siennes(agent: AgentVu, caisses: Collection[str]) -> bool:
    return agent.national or (bool(caisses) and set(caisses) <= set(agent.caisses))


def _journaliser(agent: AgentVu, campagne: Campagne, geste: str, now: datetime) -> None:
    event = CampagneMenee(campagne_id=campagne.id, titre=campagne.titre, geste=geste)
    audit.record(event, at=now, actor=agent.actor)
