"""The organismes of which nobody can act as administrateur, and nobody is awaited for a first connection.

To find them takes a look at every organisme: the worker does it, every hour, and keeps since when. What a page
shows of what it found is looked at again: an organisme that has got an administrateur since is not told.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, literal, select, tuple_

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.db import db, inserting
from idp.habilitations.agents import AgentVu
from idp.habilitations.en_cours import administre, place_ouverte
from idp.habilitations.models import Organisme, Rattachement
from idp.habilitations.perimetre import supervises
from idp.habilitations.supervision.alertes import PAR_PAGE, Page, lire_uuid, paginer
from idp.habilitations.supervision.models import SansAdministrateur

_ATTENDUS = (AccountState.PREPARE, AccountState.EN_ATTENTE, AccountState.ACTIVATION)


@dataclass(frozen=True, slots=True)
class SansAdministrateurVu:
    """An organisme of which nobody can act as administrateur; ``depuis`` is when that was first seen."""

    organisme_id: UUID
    raison_sociale: str
    depuis: datetime


def relever(now: datetime) -> None:
    """Look at every organisme; what was known keeps its date. Two statements, for the worker."""
    manque = _manque(clock.today(now))
    trouves = select(Organisme.id, literal(now, SansAdministrateur.depuis.type)).where(manque)
    db.session.execute(
        inserting(SansAdministrateur)
        .from_select(["organisme_id", "depuis"], trouves)
        .on_conflict_do_nothing()
    )
    encore = exists().where(Organisme.id == SansAdministrateur.organisme_id, manque)
    db.session.execute(
        delete(SansAdministrateur).where(~encore).execution_options(synchronize_session=False)
    )


def lister(agent: AgentVu, now: datetime, apres: str | None = None) -> Page[SansAdministrateurVu]:
    """Those of the agent that the last look found, and that are still so, by name: one statement."""
    ou: list[ColumnElement[bool]] = []
    depuis = lire_uuid(apres)
    if depuis is not None:
        mots = select(Organisme.mots).where(Organisme.id == depuis).scalar_subquery()
        ou.append(tuple_(Organisme.mots, Organisme.id) > tuple_(mots, depuis))
    rows = db.session.execute(
        select(Organisme.id, Organisme.raison_sociale, SansAdministrateur.depuis)
        .join(SansAdministrateur, SansAdministrateur.organisme_id == Organisme.id)
        .where(supervises(agent), _manque(clock.today(now)), *ou)
        .order_by(Organisme.mots, Organisme.id)
        .limit(PAR_PAGE + 1)
    )
    lignes = [SansAdministrateurVu(*row) for row in rows]
    return paginer(lignes, lambda un: str(un.organisme_id))


def _manque(jour: date) -> ColumnElement[bool]:
    attendu = exists().where(
        Rattachement.organisme_id == Organisme.id,
        Rattachement.created_by.is_(None),
        place_ouverte(Rattachement, jour),
        Account.id == Rattachement.account_id,
        Account.state.in_(_ATTENDUS),
    )
    return and_(
        Organisme.suspendu_at.is_(None),
        Organisme.fusionne_dans.is_(None),
        ~administre(jour),
        ~attendu.correlate(Organisme),
    )
