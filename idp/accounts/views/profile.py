"""« Mon profil »: a summary, and a small page for each thing that the person may change.

Address and password are in ``profile_security.py``; organismes and groups are ``idp/habilitations``'s.
"""

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts import email_change, onboarding, profile, textes
from idp.accounts.models import Account
from idp.accounts.published_texts import TITRES
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer, signed_in, the_session
from idp.accounts.views.profile_forms import NomForm, TelephoneForm
from idp.accounts.views.texts import texte_html
from idp.errors import NotHere

PROFIL = "/profil"


def the_person() -> Account:
    """Who is signed in, as their row is now."""
    return onboarding.the_account(the_session().account_id)


def back(message: str = "") -> AnyResponse:
    """To the summary, with what was done."""
    if message:
        flash(message, "succes")
    return redirect(PROFIL, 303)


@blueprint.get(PROFIL)
@signed_in
def profil() -> Answer:
    """What is known of the person, and where each thing is changed."""
    account = the_person()
    return render_template(
        "accounts/profil.html",
        account=account,
        courriel_demande=email_change.pending(account, clock.now()),
        acceptations=textes.accepted_by(account.id),
        titres=TITRES,
    )


@blueprint.route("/profil/nom", methods=["GET", "POST"])
@signed_in
def profil_nom() -> Answer:
    """Civility and names."""
    account = the_person()
    form = NomForm.of(account)
    if form.validate_on_submit():
        changed = profile.change_names(account, form.names(), clock.now())
        return back("Votre nom est modifié." if changed else "")
    return render_template("accounts/profil_nom.html", form=form)


@blueprint.route("/profil/telephone", methods=["GET", "POST"])
@signed_in
def profil_telephone() -> Answer:
    """The telephone number, which nobody has to give."""
    account = the_person()
    form = TelephoneForm(telephone=account.phone)
    if form.validate_on_submit():
        changed = profile.change_phone(account, str(form.telephone.data), clock.now())
        return back("Votre numéro de téléphone est modifié." if changed else "")
    return render_template("accounts/profil_telephone.html", form=form, account=account)


@blueprint.post("/profil/telephone/retirer")
@signed_in
def profil_telephone_retirer() -> Answer:
    """No number any more."""
    removed = ConfirmationForm().validate_on_submit() and profile.change_phone(
        the_person(), None, clock.now()
    )
    return back("Votre numéro de téléphone est retiré." if removed else "")


@blueprint.get("/profil/textes/<texte>/<version>")
@signed_in
def profil_texte(texte: str, version: str) -> Answer:
    """A text in the very version that the person accepted."""
    accepted = next(
        (
            found
            for found in textes.accepted_by(the_session().account_id)
            if (found.texte, found.version) == (texte, version)
        ),
        None,
    )
    if accepted is None:
        raise NotHere("Vous n’avez pas accepté ce texte dans cette version.")
    return render_template(
        "accounts/profil_texte.html",
        acceptation=accepted,
        titre=TITRES[accepted.texte],
        corps=texte_html(accepted.texte, accepted.version),
    )
