"""What the menu bar shows on every page: who, for which organisme, and the menus open to them."""

from dataclasses import dataclass
from typing import Any

from idp.accounts.views.guards import current_session
from idp.habilitations.views.guards import current_selection


@dataclass(frozen=True, slots=True)
class Navigation:
    """Read by ``templates/base.html``; all empty for a visitor."""

    nom: str | None = None
    organisme: str | None = None
    convention: str | None = None
    peut_gerer: bool = False


def navigation() -> Navigation:
    """The menu bar of this request. During the first connection there is no menu yet."""
    session = current_session()
    if session is None or not session.active:
        return Navigation()
    chosen = current_selection()
    if chosen is None:
        return Navigation(nom=session.display_name)
    return Navigation(
        nom=session.display_name,
        organisme=chosen.raison_sociale,
        convention=chosen.convention,
        peut_gerer=chosen.peut_gerer,
    )


def template_context() -> dict[str, Any]:
    """The variable ``navigation`` of every template."""
    return {"navigation": navigation()}
