"""The lists to which « À voir aujourd’hui » leads: suspensions in force, conventions that end soon."""

from uuid import UUID

from flask import render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.supervision import a_voir, lecture
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, superviseur, the_agent


@blueprint.get("/caf/supervision/suspensions")
@superviseur
def caf_suspensions() -> Answer:
    """The newest first."""
    page = lecture.en_vigueur(the_agent(), request.args.get("apres", type=UUID))
    return render_template("caf/suspensions.html", page=page)


@blueprint.get("/caf/conventions-qui-finissent")
@agent
def caf_conventions_qui_finissent() -> Answer:
    """The first to end first."""
    apres = request.args.get("apres", type=UUID)
    page = a_voir.conventions_qui_finissent(the_agent(), clock.now(), apres)
    return render_template("caf/conventions_qui_finissent.html", page=page)
