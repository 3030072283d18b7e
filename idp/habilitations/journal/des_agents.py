"""What agents did, and were refused, as a national agent reads it: newest first, a page at a time by key.

Nobody else reads it, and each reading is itself in the journal. A constant number of statements, from an index of
who acts that leaves out what people and services do all day (``idp/audit.py``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, literal, select, text, tuple_

from idp import audit, clock
from idp.accounts.history import key_of
from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import UtcDateTime, db
from idp.habilitations import effectif
from idp.habilitations.agents import AgentVu
from idp.habilitations.effectif import AgentListe
from idp.habilitations.events import ActesDAgentLus
from idp.habilitations.journal import phrases
from idp.habilitations.journal.faits import Fait, Famille
from idp.habilitations.journal.modeles_des_agents import DES_AGENTS
from idp.habilitations.journal.noms import QUELQU_UN, SUPPRIMEE
from idp.habilitations.models import Agent, ContratDeService, Convention, Groupe, Organisme
from idp.services import services

PAR_PAGE = 25
REFUSE = "acces_agent_refuse"
Cle = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Choix:
    """What the reader asks for; days are those of Paris, both included."""

    famille: Famille | None = None
    refuses: bool = False
    """Only what was refused."""
    du: date | None = None
    au: date | None = None

    def __bool__(self) -> bool:
        """Whether anything is left out."""
        return self != Choix()


@dataclass(frozen=True, slots=True)
class Acte:
    """One event; ``agent`` says whether who did it is, or was, an agent."""

    cle: str
    at: datetime
    phrase: str
    detail: str
    auteur: str
    auteur_id: UUID | None
    agent: bool
    organisme_id: UUID | None
    organisme: str


@dataclass(frozen=True, slots=True)
class Page:
    """The newest first; ``suivante`` is the key of the older ones."""

    actes: tuple[Acte, ...]
    suivante: str | None


def d_un_agent(
    par: AgentVu, agent_id: UUID, choix: Choix, *, apres: Cle | None, now: datetime
) -> tuple[AgentListe, Page]:
    """What this agent did and was refused; raises ``NotHere``. Its first page is told to the journal."""
    lu = effectif.lire(agent_id)
    if apres is None:
        audit.record(ActesDAgentLus(), at=now, actor=par.actor, account_id=agent_id)
    connu: ColumnElement[bool] = text(audit.DONE_ON_PURPOSE)  # type: ignore[assignment] # SQL, word for word
    conditions = [JournalEntry.actor_id == agent_id, connu, _evenements(choix)]
    if choix.refuses:
        # A refusal bears who asked twice: few events are about an agent, many are by one.
        conditions.append(JournalEntry.account_id == agent_id)
    return lu, _page(conditions, choix, apres)


def refuses(choix: Choix, *, apres: Cle | None) -> Page:
    """Every page of the agents that was refused to somebody, of late."""
    conditions = (JournalEntry.event == REFUSE, JournalEntry.erased_at.is_(None))
    return _page(conditions, choix, apres)


def _evenements(choix: Choix) -> ColumnElement[bool]:
    if choix.refuses:
        return JournalEntry.event == REFUSE
    if choix.famille is not None:
        return JournalEntry.event.in_(phrases.de(choix.famille, DES_AGENTS))
    return JournalEntry.event.in_(sorted(DES_AGENTS))


def _page(conditions: Iterable[ColumnElement[bool]], choix: Choix, apres: Cle | None) -> Page:
    cle = (JournalEntry.at, JournalEntry.id)
    requete = select(
        JournalEntry.id,
        JournalEntry.at,
        JournalEntry.event,
        JournalEntry.actor_id,
        JournalEntry.account_id,
        JournalEntry.organisme_id,
        JournalEntry.data,
    ).where(*conditions)
    if choix.du is not None:
        requete = requete.where(JournalEntry.at >= clock.start_of_day(choix.du))
    if choix.au is not None:
        requete = requete.where(JournalEntry.at < clock.end_of_day(choix.au))
    if apres is not None:
        borne = tuple_(literal(apres[0], UtcDateTime), literal(apres[1]))
        requete = requete.where(tuple_(*cle) < borne)
    ordre = (JournalEntry.at.desc(), JournalEntry.id.desc())
    rows = db.session.execute(requete.order_by(*ordre).limit(PAR_PAGE + 1)).all()
    actes = _actes(rows[:PAR_PAGE])
    return Page(actes, actes[-1].cle if len(rows) > PAR_PAGE else None)


def _actes(rows: Sequence[Row[Any]]) -> tuple[Acte, ...]:
    personnes = _personnes({row.actor_id for row in rows} | {row.account_id for row in rows})
    organismes = _organismes({row.organisme_id for row in rows} - {None})
    groupes = _groupes(rows)
    connus = {code: service.nom for code, service in services().items()}
    actes = []
    for row in rows:
        auteur, agent = personnes.get(row.actor_id, (QUELQU_UN, False))
        personne, _ = personnes.get(row.account_id, ("", False))
        fait = Fait(row.event, row.data, auteur, False, personne, groupes, connus)
        actes.append(
            Acte(
                cle=key_of(row.at, row.id),
                at=row.at,
                phrase=phrases.dite(fait, DES_AGENTS),
                detail=phrases.detail(fait, DES_AGENTS),
                auteur=auteur,
                auteur_id=row.actor_id,
                agent=agent,
                organisme_id=row.organisme_id,
                organisme=organismes.get(row.organisme_id, ""),
            )
        )
    return tuple(actes)


def _personnes(comptes: set[UUID | None]) -> dict[UUID, tuple[str, bool]]:
    rows = db.session.execute(
        select(Account, Agent.account_id)
        .outerjoin(Agent, Agent.account_id == Account.id)
        .where(Account.id.in_(comptes - {None}))
    )
    return {
        account.id: (SUPPRIMEE if account.anonymised_at else account.display_name, bool(agent))
        for account, agent in rows
    }


def _organismes(ids: set[UUID]) -> Mapping[UUID, str]:
    rows = db.session.execute(
        select(Organisme.id, Organisme.raison_sociale).where(Organisme.id.in_(ids))
    )
    return {row.id: row.raison_sociale for row in rows}


def _groupes(rows: Sequence[Row[Any]]) -> Mapping[str, str]:
    codes = {code for row in rows for code in phrases.codes(row.data)}
    found = db.session.execute(
        select(Groupe.code, Groupe.libelle)
        .join(ContratDeService, ContratDeService.id == Groupe.contrat_id)
        .join(Convention, Convention.id == ContratDeService.convention_id)
        .where(
            Convention.organisme_id.in_({row.organisme_id for row in rows} - {None}),
            Groupe.code.in_(codes),
        )
    )
    return {row.code: row.libelle for row in found}
