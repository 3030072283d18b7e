"""« Courriers revenus »: noted by their references, then issued again or put away."""

from uuid import UUID

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations.courriers import etats, retours
from idp.habilitations.courriers.etats import ReferenceLue
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_courriers import Classer, Retours
from idp.habilitations.views.caf.guards import agent, the_agent

RETOURS = "/caf/courriers/retours"


@blueprint.route(RETOURS, methods=["GET", "POST"])
@agent
def courriers_revenus() -> Answer:
    """Letters that came back, by the references printed on them; those that something is to be done of."""
    form = Retours()
    if form.validate_on_submit():
        lues = etats.retourner(the_agent(), form.saisies, clock.now())
        return _page(Retours(formdata=None), Classer(formdata=None), lues)
    return _page(form, Classer(formdata=None), [])


@blueprint.post(RETOURS + "/classer")
@agent
def classer_les_courriers() -> Answer:
    """Nothing more is done of those that are ticked."""
    form = Classer()
    if not form.validate_on_submit():
        return _page(Retours(formdata=None), form, [])
    classes = retours.classer(the_agent(), form.courriers.data, str(form.motif.data), clock.now())
    s = "s" if classes > 1 else ""
    flash(f"{classes} courrier{s} classé{s}.", "succes")
    return redirect(RETOURS, 303)


def _page(form: Retours, classer: Classer, lues: list[ReferenceLue]) -> str:
    return render_template(
        "caf/courriers_retours.html",
        form=form,
        classer=classer,
        lues=lues,
        page=retours.a_traiter(the_agent(), request.args.get("apres", type=UUID)),
    )
