"""What the menu bar shows on every page: who, for which organisme, and the menus open to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from idp import clock
from idp.accounts.views.guards import current_session
from idp.habilitations import coordonnees
from idp.habilitations.coordonnees import Coordonnees
from idp.habilitations.views.caf import guide as guide_caf
from idp.habilitations.views.caf import menu as menu_caf
from idp.habilitations.views.caf.guards import agent_of_the_page
from idp.habilitations.views.caf.menu import Entree as EntreeCaf
from idp.habilitations.views.guards import current_selection
from idp.habilitations.views.guide import chapitre_de
from idp.habilitations.views.menu import Entree, entrees
from idp.habilitations.views.organisme import ORGANISME, choice_url


@dataclass(frozen=True, slots=True)
class Navigation:
    """Read by ``templates/base.html``; all empty for a visitor."""

    nom: str | None = None
    organisme: str | None = None
    convention: str | None = None
    gestion: tuple[Entree, ...] = ()
    """The menu « Gestion des habilitations »."""
    caf: tuple[EntreeCaf, ...] = ()
    """The menu « Espace Caf » of an agent."""
    changer_path: str | None = None
    """« Changer d'organisme », for who has another one; it comes back to this page."""


def navigation() -> Navigation:
    """The menu bar of this request. During the first connection there is no menu yet."""
    session = current_session()
    if session is None or not session.active:
        return Navigation()
    chosen = current_selection()
    if chosen is None:
        # Read by the pages of the agents alone: elsewhere « Accueil » leads to them, and nobody pays to know.
        agent = agent_of_the_page()
        caf = menu_caf.entrees(agent) if agent else ()
        return Navigation(nom=session.display_name, caf=caf)
    return Navigation(
        nom=session.display_name,
        organisme=chosen.raison_sociale,
        convention=chosen.convention,
        gestion=entrees(chosen),
        changer_path=_changer_path() if chosen.ailleurs else None,
    )


def _changer_path() -> str | None:
    if request.path == ORGANISME:
        return None
    # A page that answers a form, or that does not exist, is not one to come back to.
    if request.method != "GET" or request.url_rule is None:
        return ORGANISME
    return choice_url(request.full_path.rstrip("?"))


def _session_fin() -> datetime | None:
    session = current_session()
    return session.ends_at(clock.now()) if session else None


@dataclass(frozen=True, slots=True)
class Aide:
    """The chapter that explains a page, and where in it."""

    titre: str
    adresse: str


def _aide_de_la_page() -> Aide | None:
    """The help of this request's page; the chapters of the agents are for agents alone."""
    if request.url_rule is None:
        return None
    route = request.url_rule.rule
    lu = chapitre_de(route) or (guide_caf.chapitre_de(route) if agent_of_the_page() else None)
    return Aide(lu.titre, lu.adresse_pour(route)) if lu else None


def _ma_caf() -> Coordonnees | None:
    """How to reach the caisse of this person's organisme: asked by the pages that say it alone."""
    chosen = current_selection()
    return coordonnees.de_l_organisme(chosen.organisme_id) if chosen else None


def template_context() -> dict[str, Any]:
    """The variables of every template: ``navigation``, ``session_fin`` (when the session ends if left alone),
    ``aide_de_la_page``, the chapter of the guide that explains it, and ``ma_caf()``."""
    return {
        "navigation": navigation(),
        "ma_caf": _ma_caf,
        "session_fin": _session_fin(),
        "aide_de_la_page": _aide_de_la_page(),
    }
