"""« Coordonnées des caisses »: what their letters, mails and help pages say of them."""

from flask import flash, redirect, render_template

from idp import clock
from idp.accounts.views.guards import Answer
from idp.habilitations import coordonnees
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.caf.formulaires_de_coordonnees import ModifierCoordonnees
from idp.habilitations.views.caf.guards import superviseur, the_agent

COORDONNEES = "/caf/coordonnees"


@blueprint.get(COORDONNEES)
@superviseur
def caf_coordonnees() -> Answer:
    """Of each caisse of the agent, what is known."""
    return render_template("caf/coordonnees.html", caisses=coordonnees.lister(the_agent()))


@blueprint.route(COORDONNEES + "/<caisse>", methods=["GET", "POST"])
@superviseur
def caf_coordonnees_modifier(caisse: str) -> Answer:
    """Say them, or change them."""
    actuelles = coordonnees.lire(the_agent(), caisse)
    form = ModifierCoordonnees.de(actuelles)
    if form.validate_on_submit():
        change = coordonnees.changer(
            the_agent(), form.voulues(actuelles), str(form.motif.data), clock.now()
        )
        fait = "Les coordonnées sont enregistrées." if change else "Rien n’a changé."
        flash(fait, "succes" if change else "info")
        return redirect(COORDONNEES, 303)
    return render_template("caf/coordonnees_modifier.html", form=form, caisse=actuelles)
