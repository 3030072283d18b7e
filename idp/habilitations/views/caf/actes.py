"""What an agent did and was refused, and every access that was refused: read by national agents."""

from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from flask import render_template, request

from idp import clock
from idp.accounts.history import parse_key
from idp.accounts.views.guards import Answer
from idp.habilitations.journal import des_agents
from idp.habilitations.journal.des_agents import Choix
from idp.habilitations.journal.faits import FAMILLES, Famille
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.agents import AGENT, AGENTS
from idp.habilitations.views.caf.guards import national, the_agent

REFUS = "refus"


@blueprint.get(AGENT + "/actes")
@national
def caf_agent_actes(agent_id: UUID) -> Answer:
    """The newest first; ``apres`` is where a page starts."""
    choix = _choix()
    lu, page = des_agents.d_un_agent(the_agent(), agent_id, choix, apres=_apres(), now=clock.now())
    return render_template(
        "caf/agent_actes.html",
        lu=lu,
        page=page,
        choix=choix,
        demande=_demande(choix),
        familles=FAMILLES,
    )


@blueprint.get(AGENTS + "/refus")
@national
def caf_agents_refus() -> Answer:
    """Of everybody; those of the last twelve months."""
    choix = _choix()
    page = des_agents.refuses(choix, apres=_apres())
    return render_template("caf/agents_refus.html", page=page, choix=choix, demande=_demande(choix))


def _apres() -> des_agents.Cle | None:
    return parse_key(request.args.get("apres", ""))


def _choix() -> Choix:
    typed = request.args.get("actions", "")
    return Choix(
        famille=Famille(typed) if typed in set(Famille) else None,
        refuses=typed == REFUS,
        du=request.args.get("du", type=date.fromisoformat),
        au=request.args.get("au", type=date.fromisoformat),
    )


def _demande(choix: Choix) -> str:
    dits = {
        "actions": REFUS if choix.refuses else choix.famille,
        "du": choix.du,
        "au": choix.au,
    }
    return urlencode({nom: str(valeur) for nom, valeur in dits.items() if valeur})
