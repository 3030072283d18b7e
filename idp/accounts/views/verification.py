"""The second factor: at sign-in, or because a page or a service asks for it now.

The box takes a code of an application or a recovery code; passkeys have their button (``passkeys.py``).
"""

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts import entry, gates
from idp.accounts.factors import management, trusted_browsers, verification
from idp.accounts.factors.verification import FactorRefusal
from idp.accounts.gates import LoginStep
from idp.accounts.levels import TWO_FACTORS, Acr, Proof
from idp.accounts.ports import ports
from idp.accounts.sessions import SessionVue
from idp.accounts.views import destination
from idp.accounts.views.arrival import arrive
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.destination import ACCUEIL, DOUBLE_AUTHENTIFICATION, VERIFICATION
from idp.accounts.views.doors import CONNEXION
from idp.accounts.views.forms import SecondFacteur
from idp.accounts.views.guards import (
    Answer,
    login_url,
    the_session,
    this_browser,
    trust_browser,
    verifying,
)
from idp.doors import limited


@blueprint.route(VERIFICATION, methods=["GET", "POST"])
@verifying
@limited(CONNEXION)
def verifier() -> Answer:
    """The page of the second factor; ``niveau`` is the level to reach, ``next`` the page that asks for it."""
    session, now = the_session(), clock.now()
    elsewhere = _elsewhere(session)
    if elsewhere:
        return redirect(elsewhere, 303)
    form = SecondFacteur()
    may_trust = _may_trust(session)
    if form.validate_on_submit():
        outcome = verification.verify(session.account_id, form.code.data or "", now)
        if not isinstance(outcome, FactorRefusal):
            trusted = may_trust and form.confiance.data
            return proved(session, TWO_FACTORS, trust=bool(trusted))
        form.refuse(outcome)
    path = _next()
    return render_template(
        "accounts/verification.html",
        form=form,
        factors=management.of(session.account_id, now),
        may_trust=may_trust,
        level=_level(session),
        demande=ports().demandes.describe(path) if path else None,
        signing_in=session.step is LoginStep.SECOND_FACTOR,
        suffixe="?" + request.query_string.decode("ascii", "replace") if path else "",
    )


def proved(session: SessionVue, proof: Proof, *, trust: bool = False) -> AnyResponse:
    """A factor was shown on top of the password: on to what is left to do, or to the page that asked."""
    browser, now = this_browser(), clock.now()
    opened = entry.strengthen(session, proof, browser, now)
    if opened is None:
        return redirect(login_url(_next() or ACCUEIL), 303)
    step = gates.next_login_step(
        active=True,
        awaiting=opened.awaiting,
        password_change_required=session.password_change_required,
    )
    kept = destination.take() if session.step is LoginStep.SECOND_FACTOR else None
    response = arrive(opened, step, _next() or kept)
    if trust:
        trust_browser(response, trusted_browsers.trust(session.account_id, browser, now))
    return response


def _elsewhere(session: SessionVue) -> str | None:
    """Where to go instead: nothing is owed, the sign-in is too old, or there is no factor to show yet."""
    if session.step is LoginStep.SECOND_FACTOR:
        return None
    if session.proof.acr.does_for(_level(session)):
        return _next() or ACCUEIL
    here = request.full_path
    if not session.recent(clock.now()):
        return login_url(here) + "&reauth=1"
    if not management.reachable(session.account_id).does_for(_level(session)):
        destination.keep(_next())
        flash(_TO_ENROL[_level(session)], "info")
        return DOUBLE_AUTHENTIFICATION
    return None


_TO_ENROL = {
    Acr.MCP2: "La page demandée est protégée par la double authentification : ajoutez d’abord un moyen.",
    Acr.PHR: "La page demandée est protégée par une clé d’accès : ajoutez-en d’abord une.",
}


def _level(session: SessionVue) -> Acr:
    asked = request.args.get("niveau")
    strongest = asked == Acr.PHR and session.step is LoginStep.ENTER
    return Acr.PHR if strongest else Acr.MCP2


def _may_trust(session: SessionVue) -> bool:
    if session.step is not LoginStep.SECOND_FACTOR:
        return False
    return not ports().organismes.exigences(session.account_id, clock.now()).idle_short


def _next() -> str | None:
    return destination.local_path(request.args.get("next"))
