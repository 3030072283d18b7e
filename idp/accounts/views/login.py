"""« Connexion » and « Déconnexion ». The two doors for who cannot sign in are in ``lost.py``."""

from urllib.parse import urlencode

from flask import render_template, request

from idp import audit, clock, web
from idp.accounts import login, sessions
from idp.accounts.events import SignedOut
from idp.accounts.login import EMAIL_MAX_CHARS, Attempt, SignedIn
from idp.accounts.ports import Demande, ports
from idp.accounts.sessions import SessionVue
from idp.accounts.views import destination
from idp.accounts.views.arrival import arrive, onward
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.destination import PREMIERE_CONNEXION
from idp.accounts.views.doors import CONNEXION
from idp.accounts.views.farewell import DECONNEXION, farewell
from idp.accounts.views.forms import ConfirmationForm, Connexion
from idp.accounts.views.guards import Answer, current_session, this_browser
from idp.audit import Actor
from idp.doors import limited
from idp.web import public


@blueprint.route("/connexion", methods=["GET", "POST"])
@public
@limited(CONNEXION)
def connexion() -> Answer:
    """The login page; ``reauth`` shows it to who is signed in (OpenID Connect Core §3.1.2.1, prompt)."""
    return _sign_in_page("accounts/connexion.html")


@blueprint.route(PREMIERE_CONNEXION, methods=["GET", "POST"])
@public
@limited(CONNEXION)
def premiere_connexion() -> Answer:
    """Step 1: the identifiers received, and what to do with the two letters."""
    return _sign_in_page("accounts/premiere_connexion.html")


def _sign_in_page(template: str) -> Answer:
    path = destination.local_path(request.args.get("next"))
    browser = current_session()
    if browser and request.method == "GET" and "reauth" not in request.args:
        return onward(path, browser.step)
    demande = ports().demandes.describe(path) if path else None
    form = Connexion(identifiant=_expected(demande, browser))
    if form.validate_on_submit():
        outcome = login.sign_in(_attempt(form), clock.now())
        if isinstance(outcome, SignedIn):
            return arrive(outcome.session, outcome.step, path)
        form.refuse(outcome.reason)
    if demande:
        web.allow(images=[demande.logo_uri], forms=demande.origins)
    return render_template(
        template,
        form=form,
        demande=demande,
        suffixe="?" + urlencode({"next": path}) if path else "",
    )


def _expected(demande: Demande | None, browser: SessionVue | None) -> str | None:
    # The same for an identifiant that nobody has: the page tells nothing of it.
    if demande and demande.login_hint:
        return demande.login_hint[:EMAIL_MAX_CHARS]
    return browser.identifiant if browser else None


def _attempt(form: Connexion) -> Attempt:
    browser = current_session()
    return Attempt(
        identifiant=form.identifiant.data or "",
        password=form.mot_de_passe.data or "",
        browser=this_browser(),
        session_id=browser.id if browser else None,
    )


@blueprint.route(DECONNEXION, methods=["GET", "POST"])
@public
def deconnexion() -> Answer:
    """A confirmation, since a link of another site must not sign anybody out; then the session's end."""
    form = ConfirmationForm()
    browser = current_session()
    if not form.validate_on_submit():
        return render_template("accounts/deconnexion.html", form=form, personne=browser)
    if browser:
        now = clock.now()
        sessions.end(browser.id, now)
        actor = Actor.person(browser.account_id)
        audit.record(SignedOut(), at=now, actor=actor, account_id=browser.account_id)
    return farewell(browser, DECONNEXION)
