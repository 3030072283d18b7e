"""« Mon profil »: the address that receives codes and notices, and the password. Both ask for a recent sign-in."""

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts import email_change, password_change
from idp.accounts.challenges import CodeNotYet, CodeOutcome
from idp.accounts.email_change import AskRefusal
from idp.accounts.gates import next_login_step
from idp.accounts.models import Account
from idp.accounts.policy import PasswordRefusal
from idp.accounts.views.arrival import arrive
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.codes import tell_when
from idp.accounts.views.forms import CodeForm, ConfirmationForm
from idp.accounts.views.guards import (
    Answer,
    recently_signed_in,
    signed_in,
    the_session,
    this_browser,
)
from idp.accounts.views.profile import PROFIL, back, the_person
from idp.accounts.views.profile_forms import ChangerMotDePasseForm, CourrielForm

COURRIEL = "/profil/courriel"
CODE = "/profil/courriel/code"


@blueprint.route(COURRIEL, methods=["GET", "POST"])
@recently_signed_in
def profil_courriel() -> Answer:
    """The new address; the former one is told at once."""
    account = the_person()
    form = CourrielForm()
    if form.validate_on_submit():
        outcome = email_change.ask(account, str(form.email.data), clock.now())
        if outcome is not AskRefusal.SAME:
            return _to_the_code(account, outcome)
        form.refuse_same()
    return render_template("accounts/profil_courriel.html", form=form, account=account)


def _to_the_code(account: Account, not_yet: CodeNotYet | None) -> AnyResponse:
    if not_yet:
        tell_when(not_yet)
    waits = email_change.pending(account, clock.now())
    return redirect(CODE if waits else COURRIEL, 303)


@blueprint.route(CODE, methods=["GET", "POST"])
@recently_signed_in
def profil_courriel_code() -> Answer:
    """The code that proves the new address."""
    account, now = the_person(), clock.now()
    address = email_change.pending(account, now)
    if address is None:
        return back()
    form = CodeForm()
    if form.validate_on_submit():
        outcome = email_change.prove(account, form.typed(), now)
        if outcome is CodeOutcome.PROVEN:
            return _proven(account)
        form.refuse(outcome)
    return render_template("accounts/profil_courriel_code.html", form=form, adresse=address)


def _proven(account: Account) -> AnyResponse:
    if email_change.shared(account):
        flash(
            "Un autre compte a la même adresse mail : elle ne suffit donc pas pour vous connecter. Utilisez votre"
            " identifiant.",
            "attention",
        )
    return back(f"Votre adresse mail est maintenant {account.email}.")


@blueprint.post("/profil/courriel/renvoyer")
@recently_signed_in
def profil_courriel_renvoyer() -> Answer:
    """Another code to the same address."""
    account = the_person()
    if not ConfirmationForm().validate_on_submit():
        return redirect(CODE, 303)
    not_yet = email_change.send_again(account, clock.now())
    if not_yet is None:
        flash("Un nouveau code vient de partir.", "succes")
    return _to_the_code(account, not_yet)


@blueprint.post("/profil/courriel/annuler")
@signed_in
def profil_courriel_annuler() -> Answer:
    """Keep the address on file; open to every session, since it is how an owner stops somebody else."""
    cancelled = ConfirmationForm().validate_on_submit() and email_change.cancel(
        the_person(), clock.now()
    )
    return back("Le changement d’adresse mail est annulé." if cancelled else "")


@blueprint.route("/profil/mot-de-passe", methods=["GET", "POST"])
@recently_signed_in
def profil_mot_de_passe() -> Answer:
    """The password of today, then another: what is open elsewhere ends, the person stays here."""
    account, session = the_person(), the_session()
    form = ChangerMotDePasseForm()
    if form.validate_on_submit():
        now = clock.now()
        if not password_change.knows_current(account, form.actuel.data or "", now):
            form.refuse_current()
            return render_template("accounts/profil_mot_de_passe.html", form=form, account=account)
        outcome = password_change.change(
            account,
            form.nouveau.data or "",
            proof=session.proof,
            browser=this_browser(),
            now=now,
        )
        if not isinstance(outcome, PasswordRefusal):
            flash("Votre mot de passe est changé. Vos autres connexions sont fermées.", "succes")
            step = next_login_step(active=True, awaiting=outcome.awaiting)
            return arrive(outcome, step, PROFIL)
        form.refuse(outcome)
    return render_template("accounts/profil_mot_de_passe.html", form=form, account=account)
