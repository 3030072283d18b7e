"""« Identifiant perdu »: a box for the N° utilisateur, where to find it, one answer for all."""

from flask import redirect, render_template

from idp import clock
from idp.accounts.views.doors import OUBLI
from idp.accounts.views.guards import Answer
from idp.doors import limited
from idp.habilitations.personnes import recuperation
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.formulaires import IdentifiantPerduForm
from idp.web import public

PERDU = "/identifiant-perdu"
ENVOI = "/identifiant-perdu/envoi"


@blueprint.route(PERDU, methods=["GET", "POST"])
@public
@limited(OUBLI)
def identifiant_perdu() -> Answer:
    """For who never connected, or does not know their identifiant."""
    form = IdentifiantPerduForm()
    if form.validate_on_submit():
        recuperation.demander(form.numero.data or "", clock.now())
        return redirect(ENVOI, 303)
    return render_template("habilitations/identifiant_perdu.html", form=form)


@blueprint.get(ENVOI)
@public
def identifiant_envoye() -> str:
    """What happens next, and what to do when nothing comes."""
    return render_template("habilitations/identifiant_envoye.html")
