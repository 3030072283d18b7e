"""Passkeys as pages: sign-in by a key alone, a key as second factor, keys added and removed in « Mon profil ».

The browser needs JavaScript to reach the device (``static/passkeys.js``): it asks for a challenge, then sends an
ordinary form. The challenge is also kept in the browser's own cookie: an answer made elsewhere is worth nothing.
"""

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts import onboarding, passwordless
from idp.accounts.factors import management, passkeys
from idp.accounts.factors.management import Removal
from idp.accounts.factors.passkeys import MOST, Begun, PasskeyRefusal
from idp.accounts.levels import PASSWORD_AND_PASSKEY
from idp.accounts.models import Account
from idp.accounts.passwordless import PasskeyAttempt
from idp.accounts.views import destination
from idp.accounts.views.arrival import arrive
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.destination import DOUBLE_AUTHENTIFICATION, VERIFICATION
from idp.accounts.views.doors import CONNEXION
from idp.accounts.views.double_authentification import enrolled
from idp.accounts.views.forms import CleAccesForm, ConfirmationForm, ReponseDeCle
from idp.accounts.views.guards import (
    Answer,
    current_session,
    enrolling,
    login_url,
    recently_signed_in,
    the_session,
    this_browser,
    verifying,
)
from idp.accounts.views.verification import proved
from idp.doors import limited
from idp.errors import NotHere
from idp.web import public

CONNEXION_CLE = "/connexion/cle-d-acces"
VERIFICATION_CLE = VERIFICATION + "/cle-d-acces"
CLES = "/profil/cles-d-acces"
_KEY = "passkey_challenge"
_UNKNOWN = (
    "Cette clé d’accès ne convient pas : elle n’est plus dans votre compte, ou la demande a plus de cinq minutes."
    " Recommencez, ou connectez-vous avec votre mot de passe."
)


def _ask(begun: Begun) -> Response:
    session[_KEY] = begun.challenge
    return Response(begun.options, mimetype="application/json")


def _challenge() -> str:
    return str(session.pop(_KEY, ""))


@blueprint.post(CONNEXION_CLE + "/demande")
@public
@limited(CONNEXION)
def demander_cle() -> Answer:
    """A challenge for any key of this site."""
    return _ask(passkeys.begin_authentication(None, clock.now()))


@blueprint.post(CONNEXION_CLE)
@public
@limited(CONNEXION)
def connexion_par_cle() -> Answer:
    """Sign in by a passkey alone."""
    path = destination.local_path(request.args.get("next"))
    form, browser = ReponseDeCle(), current_session()
    if form.validate_on_submit():
        attempt = PasskeyAttempt(
            form.reponse.data or "",
            _challenge(),
            this_browser(),
            browser.id if browser else None,
        )
        outcome = passwordless.sign_in(attempt, clock.now())
        if not isinstance(outcome, PasskeyRefusal):
            return arrive(outcome.session, outcome.step, path)
    flash(_UNKNOWN, "erreur")
    return redirect(login_url(path or destination.ACCUEIL), 303)


@blueprint.post(VERIFICATION_CLE + "/demande")
@verifying
@limited(CONNEXION)
def demander_second_facteur() -> Answer:
    """A challenge for a key of this person."""
    return _ask(passkeys.begin_authentication(the_session().account_id, clock.now()))


@blueprint.post(VERIFICATION_CLE)
@verifying
@limited(CONNEXION)
def verifier_par_cle() -> Answer:
    """A passkey on top of the password."""
    there, form = the_session(), ReponseDeCle()
    if form.validate_on_submit():
        kind = management.verify_passkey(
            there.account_id, form.reponse.data or "", _challenge(), clock.now()
        )
        if kind:
            return proved(there, PASSWORD_AND_PASSKEY)
    flash(_UNKNOWN, "erreur")
    return redirect(_verification(), 303)


def _verification() -> str:
    asked = request.query_string.decode("ascii", "replace")
    return f"{VERIFICATION}?{asked}" if asked else VERIFICATION


@blueprint.post(CLES + "/demande")
@enrolling
def demander_nouvelle_cle() -> Answer:
    """A challenge for a new key."""
    return _ask(passkeys.begin_registration(_person(), clock.now()))


@blueprint.route(CLES + "/ajouter", methods=["GET", "POST"])
@enrolling
def ajouter_cle() -> Answer:
    """A name for the key, then the device's own window."""
    account, form = _person(), CleAccesForm()
    if passkeys.count(account.id) >= MOST:
        flash(
            "Vous avez déjà dix clés d’accès : retirez-en une avant d’en ajouter une autre.", "info"
        )
        return redirect(DOUBLE_AUTHENTIFICATION, 303)
    if form.validate_on_submit():
        codes = management.add_passkey(
            account, form.reponse.data or "", _challenge(), form.label(), clock.now()
        )
        if codes is not None:
            return enrolled(codes, "Votre clé d’accès est ajoutée.")
        form.refuse()
    return render_template("accounts/ajouter_cle.html", form=form)


@blueprint.route(CLES + "/<uuid:passkey_id>/retirer", methods=["GET", "POST"])
@recently_signed_in
def retirer_cle(passkey_id: UUID) -> Answer:
    """Remove one of them, once confirmed."""
    account = _person()
    named = next((key for key in passkeys.of(account.id) if key.id == passkey_id), None)
    if named is None:
        raise NotHere("Cette clé d’accès n’est plus dans votre compte.")
    form = ConfirmationForm()
    if form.validate_on_submit():
        return _told(management.remove_passkey(account, passkey_id, clock.now()))
    return render_template(
        "accounts/retirer_facteur.html",
        form=form,
        label=named.label,
        last=management.is_last(account.id),
    )


def _told(outcome: Removal) -> AnyResponse:
    flash(*_REMOVALS[outcome])
    return redirect(DOUBLE_AUTHENTIFICATION, 303)


_REMOVALS = {
    Removal.REMOVED: ("La clé d’accès est retirée. Effacez-la aussi de votre appareil.", "succes"),
    Removal.GONE: ("Cette clé d’accès était déjà retirée.", "info"),
    Removal.REQUIRED: (
        "Votre rôle demande une double authentification : ajoutez un autre moyen avant de retirer celui-ci.",
        "erreur",
    ),
}


def _person() -> Account:
    return onboarding.the_account(the_session().account_id)
