"""« Je n'arrive pas à me connecter », « Mot de passe oublié », and the password then chosen (guide, page 2).

« Identifiant perdu » starts from a N° utilisateur: it is in ``idp/habilitations``.
"""

from flask import redirect, render_template, request

from idp import clock
from idp.accounts import onboarding, password_change, recovery, trouble
from idp.accounts.gates import next_login_step
from idp.accounts.policy import PasswordRefusal
from idp.accounts.views import destination
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.destination import NOUVEAU_MOT_DE_PASSE
from idp.accounts.views.doors import OUBLI
from idp.accounts.views.forms import MotDePasseForm, MotDePasseOublieForm
from idp.accounts.views.guards import (
    Answer,
    changing_password,
    set_cookie,
    the_session,
    this_browser,
)
from idp.doors import limited
from idp.web import public

QUESTION = "j-ai"


@blueprint.get("/je-n-arrive-pas-a-me-connecter")
@public
def pas_de_connexion() -> str:
    """What the person has in hand, and the door that suits; nothing is looked up."""
    answer = request.args.get(QUESTION)
    door = trouble.door_of(answer or "")
    return render_template(
        "accounts/pas_de_connexion.html",
        doors=trouble.DOORS,
        door=door,
        answer=answer,
        unanswered=bool(request.args) and door is None,
    )


@blueprint.route("/mot-de-passe-oublie", methods=["GET", "POST"])
@public
@limited(OUBLI)
def mot_de_passe_oublie() -> Answer:
    """For who already chose a password; the same page answers, whoever is named."""
    form = MotDePasseOublieForm()
    if form.validate_on_submit():
        recovery.ask(form.compte.data or "", clock.now())
        return redirect("/mot-de-passe-oublie/envoi", 303)
    return render_template("accounts/mot_de_passe_oublie.html", form=form)


@blueprint.get("/mot-de-passe-oublie/envoi")
@public
def mot_de_passe_envoye() -> str:
    """What happens next, and what to do when nothing comes."""
    return render_template("accounts/mot_de_passe_envoye.html")


@blueprint.route(NOUVEAU_MOT_DE_PASSE, methods=["GET", "POST"])
@changing_password
def nouveau_mot_de_passe() -> Answer:
    """A password of one's own, before anything else."""
    session = the_session()
    account = onboarding.the_account(session.account_id)
    form = MotDePasseForm()
    if form.validate_on_submit():
        outcome = password_change.change(
            account,
            form.nouveau.data or "",
            proof=session.proof,
            browser=this_browser(),
            now=clock.now(),
        )
        if not isinstance(outcome, PasswordRefusal):
            step = next_login_step(active=True, awaiting=outcome.awaiting)
            response = redirect(destination.after(step), 303)
            set_cookie(response, outcome.token)
            return response
        form.refuse(outcome)
    return render_template("accounts/nouveau_mot_de_passe.html", form=form, account=account)
