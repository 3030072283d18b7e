"""« Responsables d'habilitation »: to whom the administrateur delegates, for what, until when."""

from uuid import UUID

from flask import flash, redirect, render_template

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.administration import mandats, responsables
from idp.habilitations.groupes import cochables
from idp.habilitations.personnes import fiche
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import administrateur, the_acteur, the_selection
from idp.habilitations.views.partenaire.fiche import FICHE
from idp.habilitations.views.partenaire.formulaires_de_delegation import MandatForm
from idp.habilitations.views.partenaire.refus import PHRASES
from idp.habilitations.views.partenaire.utilisateurs import LISTE

RESPONSABLES = "/habilitations/responsables"


@blueprint.get(RESPONSABLES)
@administrateur
def mes_responsables() -> Answer:
    """Who may give what, since when, and by whose decision."""
    return render_template(
        "habilitations/responsables.html",
        selection=the_selection(),
        mandats=responsables.lister(the_acteur(), clock.now()),
    )


@blueprint.route(FICHE + "/mandat", methods=["GET", "POST"])
@administrateur
def mandat(rattachement_id: UUID) -> Answer:
    """Designate a responsable, or change what they may do: the former mandate ends."""
    acteur, now = the_acteur(), clock.now()
    lue = fiche.lire(acteur, rattachement_id)
    actuel = responsables.de_la_personne(rattachement_id)
    form = MandatForm.pour(cochables(acteur), actuel, clock.today(now))
    if form.validate_on_submit():
        donne = mandats.donner(acteur, rattachement_id, form.voulu(), now)
        if isinstance(donne, UUID):
            flash(
                f"{lue.nom} est responsable d’habilitation : un courriel le lui annonce.",
                "succes",
            )
            return redirect(f"{LISTE}/{rattachement_id}", 303)
        form.form_errors.append(PHRASES[donne])
    return render_template(
        "habilitations/mandat.html", selection=the_selection(), fiche=lue, form=form, actuel=actuel
    )


@blueprint.route(FICHE + "/mandat/retirer", methods=["GET", "POST"])
@administrateur
def retirer_mandat(rattachement_id: UUID) -> Answer:
    """End a mandate at once, once confirmed."""
    acteur = the_acteur()
    lue = fiche.lire(acteur, rattachement_id)
    form = ConfirmationForm()
    if form.validate_on_submit():
        refus = mandats.retirer(acteur, rattachement_id, clock.now())
        if refus:
            flash(PHRASES[refus], "erreur")
        else:
            flash(f"{lue.nom} n’est plus responsable d’habilitation.", "succes")
        return redirect(f"{LISTE}/{rattachement_id}", 303)
    return render_template(
        "habilitations/mandat_retirer.html", selection=the_selection(), fiche=lue, form=form
    )
