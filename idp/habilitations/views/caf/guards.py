"""Who may enter the pages of the agents: an agent of today, with two factors, for what their role does.

Every refusal is in the journal, that of a dossier of another caisse too. Who sends something keeps their rights
until it is done, or has lost them before: the two never cross.
"""

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import ParamSpec, cast

from flask import g, redirect, request

from idp import clock
from idp.accounts.gates import LoginStep
from idp.accounts.levels import Acr
from idp.accounts.sessions import SessionVue
from idp.accounts.views.guards import (
    Answer,
    current_session,
    here,
    signed_in,
    the_session,
    verification_url,
)
from idp.db import undo
from idp.errors import NotHere, Refusal
from idp.habilitations import acces_refuses, agents
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import RoleAgent
from idp.web import access, refused

P = ParamSpec("P")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Raison(StrEnum):
    """Why a page of the agents was refused."""

    PAS_AGENT = "pas_agent"
    SECOND_FACTEUR = "second_facteur"
    ROLE = "role"
    HORS_PERIMETRE = "hors_perimetre"


_PAS_AGENT = Refusal(
    "Cette page est réservée aux agents de la Caf.",
    conseil="Vos services et votre profil sont sur votre page d’accueil. Vous êtes agent ?"
    " Déconnectez-vous, puis revenez avec votre compte d’agent.",
    detail="page of the agents refused: pas_agent",
)
_QUI_PEUT = {
    RoleAgent.SUPERVISEUR: "Un superviseur de votre Caf peut le faire",
    RoleAgent.NATIONAL: "Un agent national peut le faire",
}
_AILLEURS = (
    "Cherchez dans « Organismes » : ce que vous n’y trouvez pas est suivi par les agents d’une autre"
    " Caf, ou n’existe plus."
)


def current_agent() -> AgentVu | None:
    """The agent of this request's session, read once; None for anybody else."""
    if "agent" not in g:
        session = current_session()
        g.agent = agents.agent_of(session.account_id) if session else None
    return cast(AgentVu | None, g.agent)


def agent_of_the_page() -> AgentVu | None:
    """The agent whom a guard of this request has read; None on a page that is for others too."""
    return cast(AgentVu | None, g.get("agent"))


def the_agent() -> AgentVu:
    """The agent of a route that one of these guards protects."""
    agent = current_agent()
    if agent is None:
        raise LookupError("no agent: is this route guarded?")
    return agent


def agent(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """For every agent, within their caisses."""
    return access("agent")(_agents(view, RoleAgent.GESTIONNAIRE))


def superviseur(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """For a superviseur within their caisses, and for a national agent."""
    return access("superviseur")(_agents(view, RoleAgent.SUPERVISEUR))


def national(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """For a national agent."""
    return access("national")(_agents(view, RoleAgent.NATIONAL))


def national_over_agents(view: Callable[P, Answer]) -> Callable[P, Answer]:
    """The same, for what changes the rights of agents: its service holds them all, in the order that it needs
    (``effectif.py``); one's own, held first, would be waited for by who changes ours."""
    return access("national")(_agents(view, RoleAgent.NATIONAL, holding=False))


def _agents(
    view: Callable[P, Answer], role: RoleAgent, *, holding: bool = True
) -> Callable[P, Answer]:
    entered = signed_in(_within_caisses(view))

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer:
        session = current_session()
        if session and holding and request.method not in _SAFE:
            g.agent = agents.agent_qui_agit(session.account_id)
        raison = _raison(session, current_agent(), role) if session else None
        if raison is None:
            return entered(*args, **kwargs)
        _journaliser(raison)
        if raison is Raison.SECOND_FACTEUR:
            return _second_facteur(entered, *args, **kwargs)
        return refused(_PAS_AGENT if raison is Raison.PAS_AGENT else _trop_haut(role))

    return guarded


def _trop_haut(role: RoleAgent) -> Refusal:
    return Refusal(
        "Votre rôle d’agent ne permet pas cette action.",
        conseil=f"{_QUI_PEUT[role]} : donnez-lui l’adresse de cette page. Ce que votre rôle ouvre"
        " est dans l’« Espace Caf ».",
        detail=f"page of the agents refused: not {role}",
    )


def _raison(session: SessionVue, vu: AgentVu | None, role: RoleAgent) -> Raison | None:
    if vu is None:
        return Raison.PAS_AGENT
    if not session.proof.acr.does_for(Acr.MCP2):
        return Raison.SECOND_FACTEUR
    return None if vu.peut(role) else Raison.ROLE


def _second_facteur(entered: Callable[P, Answer], *args: P.args, **kwargs: P.kwargs) -> Answer:
    # What they still owe at sign-in leads to it; otherwise a page asks for the factor now.
    if the_session().step is not LoginStep.ENTER:
        return entered(*args, **kwargs)
    return redirect(verification_url(here(), Acr.MCP2), 303)


def _within_caisses(view: Callable[P, Answer]) -> Callable[P, Answer]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Answer:
        try:
            return view(*args, **kwargs)
        except NotHere as refus:
            undo()
            _journaliser(Raison.HORS_PERIMETRE)
            conseil = refus.conseil or _AILLEURS
            return refused(NotHere(refus.message, conseil=conseil, detail=str(refus)))

    return guarded


def _journaliser(raison: Raison) -> None:
    page = request.url_rule.rule if request.url_rule else ""
    acces_refuses.journaliser(the_session().account_id, page, raison, clock.now())
