"""The agents of the Caf, as a national agent keeps them: listed, created, given other rights, closed.

Nobody does it to themself: whoever acts is national and remains, so that the last national agent is never closed.
What an agent is, and what creating one does, is in ``agents.py``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Text, cast, func, literal, select, tuple_, update

from idp import audit, mail
from idp.accounts import lifecycle
from idp.accounts.models import Account
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.folding import fold, folded
from idp.habilitations import agents
from idp.habilitations.agents import AgentVu, NouvelAgent, RefusAgent, agent_of, refus_de_perimetre
from idp.habilitations.events import AgentClos, AgentModifie
from idp.habilitations.models import Agent, RoleAgent

PAR_PAGE = 50
A_LA_FOIS = 500
MOTS_CHERCHES = 5
INCONNU = "Cet agent n’existe pas."


@dataclass(frozen=True, slots=True)
class AgentListe:
    """An agent, present or past."""

    account_id: UUID
    identifiant: str
    nom: str
    email: str
    role: RoleAgent
    caisses: tuple[str, ...]
    cree_le: datetime
    parti_le: datetime | None
    derniere_connexion: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """Agents by name; ``suivante`` is the last one when there are more."""

    agents: tuple[AgentListe, ...]
    suivante: UUID | None = None


class RefusDeRegler(StrEnum):
    """Why an agent is not changed nor closed."""

    SOI_MEME = "soi_meme"
    PARTI = "parti"


def lister(
    recherche: str = "",
    *,
    partis: bool = False,
    role: RoleAgent | None = None,
    caisse: str = "",
    apres: UUID | None = None,
) -> Page:
    """Those in post, or those who left; two statements at most. Each word begins a name, or is in the address.

    Who supervises all caisses has none that a ``caisse`` would find.
    """
    requete = _trouves(recherche, partis=partis, role=role, caisse=caisse)
    la = (
        db.session.execute(select(*_CLE).where(Account.id == apres)).one_or_none()
        if apres
        else None
    )
    if la is not None:
        borne = tuple_(*(literal(value, part.type) for value, part in zip(la, _CLE, strict=True)))
        requete = requete.where(tuple_(*_CLE) > borne)
    rows = db.session.execute(requete.limit(PAR_PAGE + 1)).all()
    lus = tuple(map(_vu, rows[:PAR_PAGE]))
    return Page(lus, lus[-1].account_id if len(rows) > PAR_PAGE else None)


def tous(
    recherche: str = "",
    *,
    partis: bool = False,
    role: RoleAgent | None = None,
    caisse: str = "",
) -> Iterator[AgentListe]:
    """What ``lister`` finds, every page of it; one statement."""
    requete = _trouves(recherche, partis=partis, role=role, caisse=caisse)
    yield from map(_vu, db.session.execute(requete.execution_options(yield_per=A_LA_FOIS)))


def lire(account_id: UUID) -> AgentListe:
    """One agent, who may have left; raises ``NotHere``. One statement."""
    row = db.session.execute(_requete().where(Account.id == account_id)).one_or_none()
    if row is None:
        raise NotHere(INCONNU)
    return _vu(row)


def creer(par: AgentVu, saisie: NouvelAgent, now: datetime) -> Account | RefusAgent:
    """Create an agent (``agents.creer``); asked twice at once, one is created. The other national agents are told
    by mail: who creates an agent could be both."""
    _confirmer(par)
    fait = agents.creer(saisie, actor=par.actor, now=now)
    if isinstance(fait, Account):
        _prevenir_les_nationaux(par, fait, saisie, now)
    return fait


def regler(
    par: AgentVu,
    account_id: UUID,
    *,
    role: RoleAgent,
    caisses: Sequence[str],
    motif: str,
    now: datetime,
) -> RefusDeRegler | RefusAgent | None:
    """Give an agent another role or other caisses, at once; None when it is done."""
    refus = _refus(par, account_id) or refus_de_perimetre(role, caisses)
    if refus:
        return refus
    codes = sorted(set(caisses))
    _ecrire(account_id, role=role, caisses=codes)
    event = AgentModifie(role=role, caisses=codes, motif=motif)
    audit.record(event, at=now, actor=par.actor, account_id=account_id)
    return None


def clore(par: AgentVu, account_id: UUID, *, motif: str, now: datetime) -> RefusDeRegler | None:
    """End an agent and their account, with every session, at once; None when it is done."""
    refus = _refus(par, account_id)
    if refus:
        return refus
    _ecrire(account_id, ended_at=now)
    lifecycle.close(account_id, actor=par.actor, now=now)
    audit.record(AgentClos(motif=motif), at=now, actor=par.actor, account_id=account_id)
    return None


def _prevenir_les_nationaux(
    par: AgentVu, account: Account, saisie: NouvelAgent, now: datetime
) -> None:
    nationaux = db.session.scalars(
        select(Account)
        .join(Agent, Agent.account_id == Account.id)
        .where(
            Agent.role == RoleAgent.NATIONAL,
            Agent.ended_at.is_(None),
            Account.id.not_in((par.account_id, account.id)),
            Account.email.is_not(None),
        )
    )
    dit = {
        "agent": account.display_name,
        "adresse": account.email,
        "role": saisie.role,
        "caisses": agents.libelles(saisie.caisses),
        "par": db.session.get_one(Account, par.account_id).display_name,
        "le": now,
    }
    lettres = [(un.email, {**dit, "nom": un.display_name}) for un in nationaux if un.email]
    mail.send_all("agent_cree", lettres, at=now)


def _refus(par: AgentVu, account_id: UUID) -> RefusDeRegler | None:
    _confirmer(par)
    if par.account_id == account_id:
        return RefusDeRegler.SOI_MEME
    return None if lire(account_id).parti_le is None else RefusDeRegler.PARTI


def _confirmer(par: AgentVu) -> None:
    _tenir_les_nationaux()
    moi = agent_of(par.account_id)
    if moi is None or not moi.national:
        raise Refusal(
            "Vos droits viennent de changer : rien n’a été enregistré.",
            detail="the agent lost their role in the meantime",
        )


def _tenir_les_nationaux() -> None:
    # Two who close each other at the same instant: the second waits until the first is done, then is nobody.
    db.session.execute(
        update(Agent).where(Agent.role == RoleAgent.NATIONAL).values(role=Agent.role)
    )


def _ecrire(account_id: UUID, **valeurs: object) -> None:
    db.session.execute(update(Agent).where(Agent.account_id == account_id).values(**valeurs))


_NOM = folded(func.coalesce(Account.family_name, "") + " " + func.coalesce(Account.given_name, ""))


_CLE: tuple[ColumnElement[Any], ...] = (_NOM, Account.id.expression)


def _trouves(
    recherche: str, *, partis: bool, role: RoleAgent | None, caisse: str
) -> Select[*tuple[Any, ...]]:
    requete = _requete().where(Agent.ended_at.is_not(None) if partis else Agent.ended_at.is_(None))
    for mot in fold(recherche).split()[:MOTS_CHERCHES]:
        requete = requete.where(_porte(mot))
    if role:
        requete = requete.where(Agent.role == role)
    if caisse:
        # Codes of three characters, each between quotes: one is never part of another.
        requete = requete.where(cast(Agent.caisses, Text).contains(f'"{caisse}"', autoescape=True))
    return requete.order_by(*_CLE)


def _requete() -> Select[*tuple[Any, ...]]:
    return select(
        Agent.account_id,
        Agent.role,
        Agent.caisses,
        Agent.created_at,
        Agent.ended_at,
        Account.identifiant,
        Account.family_name,
        Account.given_name,
        Account.email,
        Account.last_login_at,
    ).join(Account, Account.id == Agent.account_id)


def _porte(mot: str) -> ColumnElement[bool]:
    mots: ColumnElement[str] = literal(" ").concat(_NOM)
    dans_l_adresse = folded(func.coalesce(Account.email, ""))
    return mots.contains(f" {mot}", autoescape=True) | dans_l_adresse.contains(mot, autoescape=True)


def _vu(row: Row[Any]) -> AgentListe:
    return AgentListe(
        account_id=row.account_id,
        identifiant=row.identifiant,
        nom=" ".join(filter(None, (row.given_name, row.family_name))) or row.identifiant,
        email=row.email or "",
        role=row.role,
        caisses=tuple(row.caisses),
        cree_le=row.created_at,
        parti_le=row.ended_at,
        derniere_connexion=row.last_login_at,
    )
