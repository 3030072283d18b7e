"""« Résumé du matin »: an agent asks for the mail that says what there is to see, or for no more of it."""

from flask import flash, redirect, render_template, request

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.resume import envoi
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.guards import agent, the_agent

RESUME = "/caf/resume"


@blueprint.route(RESUME, methods=["GET", "POST"])
@agent
def caf_resume() -> Answer:
    """One box."""
    vu, form = the_agent(), ConfirmationForm()
    if form.validate_on_submit():
        oui = request.form.get("resume") == "oui"
        envoi.choisir(vu, oui=oui, now=clock.now())
        dit = "Vous recevrez ce résumé" if oui else "Vous ne recevrez plus ce résumé"
        flash(f"{dit} à partir du prochain matin.", "succes")
        return redirect(RESUME, 303)
    return render_template(
        "caf/resume.html",
        form=form,
        recoit=envoi.recoit(vu.account_id),
        national=vu.national,
    )
