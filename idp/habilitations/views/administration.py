"""« Administrer mon organisme »: a user asks to become administrateur, or answers who proposes it to them."""

from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.destination import ACCUEIL
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer, signed_in
from idp.habilitations.administration import candidatures, successions
from idp.habilitations.administration.administrateurs import administrateurs_ouverts
from idp.habilitations.models import Voie
from idp.habilitations.rattachements import Selection
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import current_selection
from idp.habilitations.views.partenaire.formulaires_de_delegation import CandidatureForm
from idp.habilitations.views.partenaire.refus import PHRASES

ADMINISTRATION = "/profil/administration"


@blueprint.route(ADMINISTRATION, methods=["GET", "POST"])
@signed_in
def profil_administration() -> Answer:
    """What waits for an answer, else the form of a request."""
    selection, now = current_selection(), clock.now()
    if selection is None or selection.refus is not None:
        return redirect(ACCUEIL, 303)
    form = CandidatureForm()
    attente = candidatures.de_la_personne(selection.rattachement_id, now)
    if attente is None and form.validate_on_submit():
        fait = successions.demander(selection, Voie(form.voie.data), form.motif.data, now)
        if isinstance(fait, UUID):
            flash("Votre demande est envoyée. Vous recevrez la réponse par courriel.", "succes")
        else:
            flash(PHRASES[fait], "erreur")
        return redirect(ADMINISTRATION, 303)
    return render_template(
        "habilitations/profil_administration.html",
        selection=selection,
        attente=attente,
        form=form,
        administrateurs=administrateurs_ouverts(selection.organisme_id, clock.today(now)),
        confirmation=ConfirmationForm(formdata=None),
    )


@blueprint.post(ADMINISTRATION + "/repondre")
@signed_in
def repondre_a_la_proposition() -> Answer:
    """Accept or decline, or take one's own request back: the button that was pressed says which."""
    selection, now = current_selection(), clock.now()
    if selection is None or selection.refus is not None:
        return redirect(ACCUEIL, 303)
    if not ConfirmationForm().validate_on_submit():
        return redirect(ACCUEIL, 303)
    attente = candidatures.de_la_personne(selection.rattachement_id, now)
    if attente is None or request.form.get("demande") != str(attente.id):
        flash("Cette demande a déjà reçu une réponse, ou n’est plus valable.", "info")
        return redirect(ADMINISTRATION, 303)
    if attente.voie is Voie.PROPOSITION:
        return _repondre(selection, attente, accepte=request.form.get("reponse") == "accepter")
    successions.annuler(selection, attente.id, now)
    flash("Votre demande est retirée.", "succes")
    return redirect(ADMINISTRATION, 303)


def _repondre(
    selection: Selection, attente: candidatures.SuccessionVue, *, accepte: bool
) -> AnyResponse:
    refus = successions.repondre(selection, attente.id, accepte=accepte, now=clock.now())
    if refus:
        flash(PHRASES[refus], "erreur")
    elif accepte:
        flash(f"Vous êtes administrateur de {selection.raison_sociale}.", "succes")
    else:
        flash("Vous avez décliné la proposition. Vos accès ne changent pas.", "succes")
    return redirect(ACCUEIL, 303)
