"""Names, telephone and address of a user, corrected by their organisme: two pages beside their file."""

from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts.views.guards import Answer, ask_again
from idp.elision import de
from idp.forms import FrenchForm
from idp.habilitations.personnes import fiche, identite
from idp.habilitations.personnes.fiche import Fiche
from idp.habilitations.personnes.identite import RefusDIdentite
from idp.habilitations.views.blueprint import blueprint
from idp.habilitations.views.guards import gestionnaire, the_acteur, the_selection
from idp.habilitations.views.partenaire.fiche import FICHE, adresse_de, place
from idp.habilitations.views.partenaire.formulaires_d_identite import (
    REFUS,
    AdresseForm,
    IdentiteForm,
)


@blueprint.route(FICHE + "/identite", methods=["GET", "POST"])
@gestionnaire
def identite_utilisateur(rattachement_id: UUID) -> Answer:
    """Names and telephone."""
    acteur, now = the_acteur(), clock.now()
    lue = fiche.lire(acteur, rattachement_id)
    form = IdentiteForm.de(lue)
    if form.validate_on_submit():
        fait = identite.corriger(
            acteur, rattachement_id, form.voulue(), version=form.version.data or "", now=now
        )
        if isinstance(fait, bool):
            return _fait(lue, "L’identité" if fait else "")
        form.refuser(fait, lue)
    return _page("utilisateur_identite", lue, form, identite.refus(lue, now))


@blueprint.route(FICHE + "/adresse-mail", methods=["GET", "POST"])
@gestionnaire
def adresse_utilisateur(rattachement_id: UUID) -> Answer:
    """The address; that of somebody who has signed in asks for a recent sign-in of who replaces it."""
    acteur, now = the_acteur(), clock.now()
    lue = fiche.lire(acteur, rattachement_id)
    pourquoi = identite.refus_d_adresse(acteur, lue, now)
    if not pourquoi and not lue.jamais_connecte:
        encore = ask_again(request.full_path.rstrip("?"))
        if encore:
            return encore
    form = AdresseForm.de(lue)
    if form.validate_on_submit():
        fait = identite.remplacer_l_adresse(
            acteur,
            rattachement_id,
            str(form.email.data),
            version=form.version.data or "",
            now=now,
        )
        if isinstance(fait, bool):
            return _fait(lue, "L’adresse mail" if fait else "")
        form.refuser(fait, lue)
    return _page("utilisateur_adresse", lue, form, pourquoi)


def _page(nom: str, lue: Fiche, form: FrenchForm, pourquoi: RefusDIdentite | None) -> Answer:
    return render_template(
        f"habilitations/{nom}.html",
        selection=the_selection(),
        fiche=lue,
        form=form,
        refus=pourquoi,
        explication=REFUS[pourquoi] if pourquoi else "",
        place=place(),
    )


def _fait(lue: Fiche, quoi: str) -> AnyResponse:
    if quoi:
        flash(f"{quoi} {de(lue.nom)} est à jour.", "succes")
    else:
        flash("Vous n’avez rien changé.", "info")
    return redirect(adresse_de(lue.rattachement_id), 303)
