"""« Administrateurs »: who they are, who may become one, and who no longer is."""

from uuid import UUID

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer
from idp.habilitations.administration import administrateurs, candidatures, roles, successions
from idp.habilitations.administration.successions import Refuse
from idp.habilitations.personnes import fiche
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import administrateur, the_acteur, the_selection
from idp.habilitations.views.partenaire.fiche import FICHE
from idp.habilitations.views.partenaire.refus import PHRASES
from idp.habilitations.views.partenaire.utilisateurs import LISTE

ADMINISTRATEURS = "/habilitations/administrateurs"
DEMANDE = ADMINISTRATEURS + "/<uuid:succession_id>"


@blueprint.get(ADMINISTRATEURS)
@administrateur
def mes_administrateurs() -> Answer:
    """The administrateurs, what waits for an answer, and why two are better than one."""
    selection, now = the_selection(), clock.now()
    return render_template(
        "habilitations/administrateurs.html",
        selection=selection,
        administrateurs=administrateurs.lister(selection.organisme_id, clock.today(now)),
        demandes=candidatures.en_cours(selection.organisme_id, now),
        confirmation=ConfirmationForm(formdata=None),
    )


@blueprint.route(FICHE + "/proposer", methods=["GET", "POST"])
@administrateur
def proposer_administrateur(rattachement_id: UUID) -> Answer:
    """Propose to a user to become administrateur, once one has read what it means."""
    acteur = the_acteur()
    lue = fiche.lire(acteur, rattachement_id)
    form = ConfirmationForm()
    if form.validate_on_submit():
        fait = successions.proposer(acteur, rattachement_id, clock.now())
        refus = None if isinstance(fait, UUID) else fait
        return _dire(
            refus,
            f"La proposition est envoyée à {lue.nom}, qui a 30 jours pour l’accepter.",
            ADMINISTRATEURS,
        )
    return render_template(
        "habilitations/administrateur_proposer.html",
        selection=the_selection(),
        fiche=lue,
        form=form,
    )


@blueprint.route(FICHE + "/retrograder", methods=["GET", "POST"])
@administrateur
def retrograder_administrateur(rattachement_id: UUID) -> Answer:
    """Make an administrateur a plain user again, once confirmed."""
    acteur = the_acteur()
    lue = fiche.lire(acteur, rattachement_id)
    form = ConfirmationForm()
    if form.validate_on_submit():
        refus = roles.retrograder(acteur, rattachement_id, clock.now())
        return _dire(refus, f"{lue.nom} n’est plus administrateur.", f"{LISTE}/{rattachement_id}")
    return render_template(
        "habilitations/administrateur_retrograder.html",
        selection=the_selection(),
        fiche=lue,
        form=form,
    )


@blueprint.post(DEMANDE + "/accepter")
@administrateur
def accepter_candidature(succession_id: UUID) -> Answer:
    """Co-opt who asked."""
    return _decider(succession_id, "Cette personne est maintenant administrateur.", accepte=True)


@blueprint.post(DEMANDE + "/refuser")
@administrateur
def refuser_candidature(succession_id: UUID) -> Answer:
    """Decline who asked; they are told."""
    fait = "La demande est refusée ; cette personne en est prévenue."
    return _decider(succession_id, fait, accepte=False)


def _decider(succession_id: UUID, fait: str, *, accepte: bool) -> AnyResponse:
    if not ConfirmationForm().validate_on_submit():
        return redirect(ADMINISTRATEURS, 303)
    refus = successions.decider(the_acteur(), succession_id, accepte=accepte, now=clock.now())
    return _dire(refus, fait, ADMINISTRATEURS)


@blueprint.post(DEMANDE + "/annuler")
@administrateur
def annuler_proposition(succession_id: UUID) -> Answer:
    """Take back a proposal that was not answered yet."""
    if ConfirmationForm().validate_on_submit():
        annulee = successions.annuler(the_selection(), succession_id, clock.now())
        if annulee:
            flash("La proposition est retirée.", "succes")
        else:
            flash("Elle a déjà reçu une réponse.", "info")
    return redirect(ADMINISTRATEURS, 303)


def _dire(refus: Refuse | None, fait: str, ensuite: str) -> AnyResponse:
    flash(*((PHRASES[refus], "erreur") if refus else (fait, "succes")))
    return redirect(ensuite, 303)
