"""The first page of an agent: who they supervise, a search, and what they may do."""

from flask import render_template

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations import agents
from idp.habilitations.resume.lecture import rubriques
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf import menu
from idp.habilitations.views.caf.guards import agent, the_agent

CAF = "/caf/"


@blueprint.get(CAF)
@agent
def caf() -> Answer:
    """Tiles of the pages that the role opens."""
    vu = the_agent()
    return render_template(
        "caf/accueil.html",
        agent=vu,
        caisses=agents.libelles(vu.caisses),
        entrees=menu.entrees(vu),
        a_voir=rubriques(vu, clock.now()),
    )
