"""« Double authentification », in « Mon profil »: the person's factors, added and removed.

Also the page of who is obliged to have one, before anything else. Passkeys are in ``passkeys.py``.
"""

from uuid import UUID

import segno
from flask import flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts import entry, onboarding
from idp.accounts.factors import advice, management, totp
from idp.accounts.factors.advice import Habits
from idp.accounts.factors.management import Removal
from idp.accounts.gates import LoginStep
from idp.accounts.levels import TWO_FACTORS, Acr
from idp.accounts.models import Account
from idp.accounts.views import destination
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.destination import DOUBLE_AUTHENTIFICATION, STEPS
from idp.accounts.views.forms import ApplicationForm, ConfirmationForm
from idp.accounts.views.guards import (
    Answer,
    enrolling,
    login_url,
    recently_signed_in,
    set_cookie,
    the_session,
    this_browser,
)
from idp.errors import NotHere
from idp.printable import format_identifiant

SUITE_ENROLEMENT = DOUBLE_AUTHENTIFICATION + "/suite"
QUESTIONS = ("telephone", "seul", "deverrouille")


@blueprint.get(DOUBLE_AUTHENTIFICATION)
@enrolling
def double_authentification() -> Answer:
    """What the person has, and what they may add."""
    session = the_session()
    return render_template(
        "accounts/double_authentification.html",
        factors=management.of(session.account_id, clock.now()),
        obliged=session.step is LoginStep.ENROLMENT,
        form=ConfirmationForm(),
    )


@blueprint.get(DOUBLE_AUTHENTIFICATION + "/aide")
@enrolling
def choisir_un_moyen() -> Answer:
    """Three plain questions, and the factor that suits."""
    answers = [request.args.get(question) for question in QUESTIONS]
    advised = None
    if all(answer in ("oui", "non") for answer in answers):
        advised = advice.advise(Habits(*(answer == "oui" for answer in answers)))
    return render_template(
        "accounts/choisir_un_moyen.html",
        advised=advised,
        answers=dict(zip(QUESTIONS, answers, strict=True)),
        incomplete=advised is None and bool(request.args),
    )


@blueprint.route(DOUBLE_AUTHENTIFICATION + "/application", methods=["GET", "POST"])
@enrolling
def ajouter_application() -> Answer:
    """The seed to scan or to type, and its first code."""
    session, now = the_session(), clock.now()
    account = onboarding.the_account(session.account_id)
    if len(totp.of(account.id)) >= totp.MOST:
        flash(
            "Vous avez déjà trois applications : retirez-en une avant d’en ajouter une autre.",
            "info",
        )
        return redirect(DOUBLE_AUTHENTIFICATION, 303)
    form = ApplicationForm()
    enrolment = totp.begin(account.id, format_identifiant(account.identifiant), now)
    if form.validate_on_submit():
        codes = management.add_application(account, enrolment.id, form.typed(), form.label(), now)
        if codes is not None:
            return enrolled(codes, "Votre application est ajoutée.")
        form.refuse()
    return render_template(
        "accounts/ajouter_application.html",
        form=form,
        enrolment=enrolment,
        qr=segno.make(enrolment.uri, error="m").svg_data_uri(scale=4, border=4, light="#fff"),
    )


def enrolled(codes: list[str], message: str) -> Answer:
    """The person has just shown two factors: the session is worth them, whatever it waited for."""
    session, now = the_session(), clock.now()
    proof = session.proof if session.proof.acr.does_for(Acr.MCP2) else TWO_FACTORS
    opened = entry.strengthen(session, proof, this_browser(), now)
    if opened is None:
        return redirect(login_url(DOUBLE_AUTHENTIFICATION), 303)
    onward = STEPS[LoginStep(opened.awaiting)] if opened.awaiting else SUITE_ENROLEMENT
    response = _codes_once(codes, onward) if codes else redirect(onward, 303)
    set_cookie(response, opened.token)
    if not codes:
        flash(message, "succes")
    return response


def _codes_once(codes: list[str], onward: str) -> AnyResponse:
    return make_response(
        render_template("accounts/codes_de_secours.html", codes=codes, onward=onward)
    )


@blueprint.get(SUITE_ENROLEMENT)
@enrolling
def suite_enrolement() -> Answer:
    """Back to where the person was going; to their factors when they came of their own accord."""
    return redirect(destination.take(default=DOUBLE_AUTHENTIFICATION), 303)


@blueprint.route(
    DOUBLE_AUTHENTIFICATION + "/application/<uuid:totp_id>/retirer", methods=["GET", "POST"]
)
@recently_signed_in
def retirer_application(totp_id: UUID) -> Answer:
    """Remove one of them, once confirmed."""
    account = _person()
    named = next((one for one in totp.of(account.id) if one.id == totp_id), None)
    if named is None:
        raise NotHere("Cette application n’est plus dans votre compte.")
    form = ConfirmationForm()
    if form.validate_on_submit():
        outcome = management.remove_application(account, totp_id, clock.now())
        flash(*_REMOVALS[outcome])
        return redirect(DOUBLE_AUTHENTIFICATION, 303)
    return render_template(
        "accounts/retirer_facteur.html",
        form=form,
        label=named.label,
        last=management.is_last(account.id),
    )


_REMOVALS = {
    Removal.REMOVED: ("L’application est retirée.", "succes"),
    Removal.GONE: ("Cette application était déjà retirée.", "info"),
    Removal.REQUIRED: (
        "Votre rôle demande une double authentification : ajoutez un autre moyen avant de retirer celui-ci.",
        "erreur",
    ),
}


@blueprint.route(DOUBLE_AUTHENTIFICATION + "/codes", methods=["GET", "POST"])
@recently_signed_in
def nouveaux_codes() -> Answer:
    """Ten new recovery codes, shown once; the former ones stop working."""
    account = _person()
    if not management.enrolled(account.id):
        return redirect(DOUBLE_AUTHENTIFICATION, 303)
    form = ConfirmationForm()
    if form.validate_on_submit():
        return _codes_once(management.redraw_codes(account, clock.now()), DOUBLE_AUTHENTIFICATION)
    return render_template("accounts/nouveaux_codes.html", form=form)


@blueprint.post(DOUBLE_AUTHENTIFICATION + "/navigateurs/oublier")
@recently_signed_in
def oublier_navigateurs() -> Answer:
    """The second factor is asked again on every browser."""
    if ConfirmationForm().validate_on_submit():
        management.forget_trusted_browsers(_person(), clock.now())
        flash("Plus aucun navigateur n’est de confiance.", "succes")
    return redirect(DOUBLE_AUTHENTIFICATION, 303)


def _person() -> Account:
    return onboarding.the_account(the_session().account_id)
