"""The first connection: one page a step, interrupted and resumed at will (guide, page 1).

``suite`` is the dispatcher: every step returns to it, and a page opened out of its turn sends there. Step 1
is the sign-in with the identifiers received (``login.py``).
"""

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts import onboarding, published_texts
from idp.accounts.challenges import CodeOutcome
from idp.accounts.gates import next_login_step
from idp.accounts.models import Account, Texte
from idp.accounts.policy import ActivationStep, PasswordRefusal
from idp.accounts.ports import ports
from idp.accounts.views import destination
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.codes import tell_when
from idp.accounts.views.destination import SUITE
from idp.accounts.views.forms import (
    AcceptationForm,
    CodeForm,
    ConfirmationForm,
    InformationsForm,
    MotDePasseForm,
)
from idp.accounts.views.guards import (
    Answer,
    in_first_connection,
    set_cookie,
    the_session,
    this_browser,
)
from idp.accounts.views.texts import texte_html

PAGES = {
    ActivationStep.INFORMATIONS: "/premiere-connexion/informations",
    ActivationStep.COURRIEL: "/premiere-connexion/courriel",
    ActivationStep.MOT_DE_PASSE: "/premiere-connexion/mot-de-passe",
    ActivationStep.REGLES_USAGE: "/premiere-connexion/regles-d-usage",
    ActivationStep.CONDITIONS_UTILISATION: "/premiere-connexion/conditions-d-utilisation",
}


def _person() -> Account:
    return onboarding.the_account(the_session().account_id)


def _suite() -> AnyResponse:
    return redirect(SUITE, 303)


@blueprint.get(SUITE)
@in_first_connection
def suite() -> Answer:
    """To the step that the person must do now; the last one done, the account is active."""
    account = _person()
    step = onboarding.next_step(account)
    return _finish(account) if step is ActivationStep.TERMINER else redirect(PAGES[step], 303)


def _finish(account: Account) -> AnyResponse:
    opened = onboarding.complete(account, browser=this_browser(), now=clock.now())
    if opened is None:
        return redirect(destination.take(), 303)
    flash("Votre première connexion est terminée : votre compte est ouvert.", "succes")
    step = next_login_step(active=True, awaiting=opened.awaiting)
    response = redirect(destination.after(step), 303)
    set_cookie(response, opened.token)
    return response


@blueprint.route(PAGES[ActivationStep.INFORMATIONS], methods=["GET", "POST"])
@in_first_connection
def informations() -> Answer:
    """Step 2: names, address, telephone; open again until the address is proven."""
    account = _person()
    if onboarding.next_step(account) not in (ActivationStep.INFORMATIONS, ActivationStep.COURRIEL):
        return _suite()
    form = InformationsForm.of(account)
    if form.validate_on_submit():
        now = clock.now()
        onboarding.give_informations(account, form.informations(), now)
        if onboarding.next_step(account) is ActivationStep.COURRIEL:
            not_yet = onboarding.send_code(account, now)
            if not_yet:
                tell_when(not_yet)
        return _suite()
    return render_template(
        "accounts/informations.html",
        form=form,
        account=account,
        futur_administrateur_de=ports().organismes.future_administrateur_of(account.id),
    )


@blueprint.route(PAGES[ActivationStep.COURRIEL], methods=["GET", "POST"])
@in_first_connection
def courriel() -> Answer:
    """Step 2, continued: the code that proves the address."""
    account = _person()
    if onboarding.next_step(account) is not ActivationStep.COURRIEL:
        return _suite()
    form = CodeForm()
    if form.validate_on_submit():
        outcome = onboarding.prove_email(account, form.typed(), clock.now())
        if outcome is CodeOutcome.PROVEN:
            return _suite()
        form.refuse(outcome)
    return render_template(
        "accounts/courriel.html", form=form, account=account, renvoi=ConfirmationForm()
    )


@blueprint.post("/premiere-connexion/courriel/renvoyer")
@in_first_connection
def renvoyer_code() -> Answer:
    """Another code to the same address."""
    account = _person()
    if onboarding.next_step(account) is not ActivationStep.COURRIEL:
        return _suite()
    if ConfirmationForm().validate_on_submit():
        not_yet = onboarding.send_code(account, clock.now())
        if not_yet:
            tell_when(not_yet)
        else:
            flash("Un nouveau code vient de partir.", "succes")
    return redirect(PAGES[ActivationStep.COURRIEL], 303)


@blueprint.route(PAGES[ActivationStep.MOT_DE_PASSE], methods=["GET", "POST"])
@in_first_connection
def mot_de_passe() -> Answer:
    """Step 3: the personal password; the rules are told before typing."""
    account = _person()
    if onboarding.next_step(account) is not ActivationStep.MOT_DE_PASSE:
        return _suite()
    form = MotDePasseForm()
    if form.validate_on_submit():
        outcome = onboarding.choose_password(
            account,
            form.nouveau.data or "",
            browser=this_browser(),
            now=clock.now(),
        )
        if not isinstance(outcome, PasswordRefusal):
            response = _suite()
            if outcome:
                set_cookie(response, outcome.token)
            return response
        form.refuse(outcome)
    return render_template("accounts/mot_de_passe.html", form=form, account=account)


@blueprint.route(PAGES[ActivationStep.REGLES_USAGE], methods=["GET", "POST"])
@in_first_connection
def regles_d_usage() -> Answer:
    """Step 4."""
    return _text_page(ActivationStep.REGLES_USAGE, Texte.REGLES_USAGE)


@blueprint.route(PAGES[ActivationStep.CONDITIONS_UTILISATION], methods=["GET", "POST"])
@in_first_connection
def conditions_d_utilisation() -> Answer:
    """Step 5; says beforehand of which organisme the person becomes administrateur."""
    return _text_page(ActivationStep.CONDITIONS_UTILISATION, Texte.CONDITIONS_UTILISATION)


def _text_page(step: ActivationStep, texte: Texte) -> Answer:
    account = _person()
    if onboarding.next_step(account) is not step:
        return _suite()
    form = AcceptationForm()
    if form.validate_on_submit():
        onboarding.accept(account, texte, clock.now())
        last = onboarding.next_step(account) is ActivationStep.TERMINER
        return _finish(account) if last else _suite()
    version = published_texts.current(texte).number
    return render_template(
        f"accounts/{texte}.html",
        form=form,
        account=account,
        version=version,
        corps=texte_html(texte, version),
        futur_administrateur_de=ports().organismes.future_administrateur_of(account.id),
    )
