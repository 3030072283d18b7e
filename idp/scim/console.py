"""« Accès automatisés »: the programs of the organisme, for its administrateur: given, read, withdrawn."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer, recently_signed_in
from idp.extensions import ground
from idp.habilitations.groupes import cochables
from idp.habilitations.views.guards import administrateur, the_acteur, the_selection
from idp.oidc import addresses as oidc_addresses
from idp.scim import addresses, programs
from idp.scim.console_forms import DonnerUnAcces

blueprint = Blueprint("acces_automatises", __name__)
LISTE = "/habilitations/acces-automatises"
ACCES = LISTE + "/<uuid:programme_id>"


@blueprint.get(LISTE)
@administrateur
def acces_automatises() -> Answer:
    """Those of the organisme."""
    return render_template(
        "habilitations/acces_automatises.html",
        selection=the_selection(),
        acces=programs.of_organisme(the_acteur()),
        jour=clock.today(clock.now()),
    )


@blueprint.route(LISTE + "/nouveau", methods=["GET", "POST"])
@administrateur
@recently_signed_in
def donner_un_acces() -> Answer:
    """Another one: the page that follows tells what to configure."""
    acteur = the_acteur()
    form = DonnerUnAcces.pour(cochables(acteur))
    if form.validate_on_submit():
        made = programs.register(acteur, form.saisie(), clock.now())
        if isinstance(made, UUID):
            flash("L’accès est ouvert. Voici ce que le programme doit connaître.", "succes")
            return redirect(f"{LISTE}/{made}", 303)
        form.refuser(made)
    return render_template(
        "habilitations/acces_automatise_nouveau.html", selection=the_selection(), form=form
    )


@blueprint.get(ACCES)
@administrateur
def acces_automatise(programme_id: UUID) -> Answer:
    """One of them, and the addresses to configure."""
    issuer = ground().settings.issuer
    return render_template(
        "habilitations/acces_automatise.html",
        selection=the_selection(),
        acces=programs.find(the_acteur(), programme_id),
        jour=clock.today(clock.now()),
        scim=issuer + addresses.BASE,
        token_endpoint=issuer + oidc_addresses.TOKEN,
        issuer=issuer,
    )


@blueprint.route(ACCES + "/retirer", methods=["GET", "POST"])
@administrateur
def retirer_un_acces(programme_id: UUID) -> Answer:
    """Withdraw it at once, once confirmed."""
    acces = programs.find(the_acteur(), programme_id)
    form = ConfirmationForm()
    if form.validate_on_submit():
        if programs.withdraw(the_acteur(), programme_id, clock.now()):
            flash(f"L’accès de « {acces.vu.nom} » est retiré.", "succes")
        else:
            flash("Cet accès était déjà retiré.", "info")
        return redirect(LISTE, 303)
    return render_template(
        "habilitations/acces_automatise_retirer.html",
        selection=the_selection(),
        acces=acces,
        form=form,
    )
