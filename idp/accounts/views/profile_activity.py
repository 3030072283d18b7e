"""« Mon profil »: where the account is open now, and what happened to it in the last year."""

from uuid import UUID

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from idp import clock
from idp.accounts import history, own_sessions
from idp.accounts.history_words import SENTENCES, in_words
from idp.accounts.own_sessions import OwnSession
from idp.accounts.views.blueprint import blueprint
from idp.accounts.views.forms import ConfirmationForm
from idp.accounts.views.guards import Answer, signed_in, the_session

CONNEXIONS = "/profil/connexions"


@blueprint.get(CONNEXIONS)
@signed_in
def profil_connexions() -> Answer:
    """The devices on which the person is signed in."""
    return render_template("accounts/profil_connexions.html", connexions=_live())


@blueprint.route(f"{CONNEXIONS}/<uuid:session_id>/terminer", methods=["GET", "POST"])
@signed_in
def profil_connexion_terminer(session_id: UUID) -> Answer:
    """A confirmation, then the end of one of the person's other sessions; any other id is one that is over."""
    if ConfirmationForm().validate_on_submit():
        ended = own_sessions.end_one(the_session(), session_id, clock.now())
        return _back("Cette connexion est terminée." if ended else "")
    found = [one for one in _live() if one.id == session_id and not one.current]
    if not found:
        return _back("")
    return render_template("accounts/profil_connexion_terminer.html", connexions=found)


@blueprint.route(f"{CONNEXIONS}/terminer", methods=["GET", "POST"])
@signed_in
def profil_connexions_terminer() -> Answer:
    """A confirmation, then the end of every session but this one."""
    if ConfirmationForm().validate_on_submit():
        ended = own_sessions.end_others(the_session(), clock.now())
        return _back("Vos autres connexions sont terminées." if ended else "")
    others = [one for one in _live() if not one.current]
    if not others:
        return _back("")
    return render_template(
        "accounts/profil_connexion_terminer.html", connexions=others, toutes=True
    )


def _live() -> list[OwnSession]:
    return own_sessions.live(the_session(), clock.now())


def _back(message: str) -> AnyResponse:
    if message:
        flash(message, "succes")
    return redirect(CONNEXIONS, 303)


@blueprint.get("/profil/historique")
@signed_in
def profil_historique() -> Answer:
    """The journal of the person, the newest first; ``apres`` is where the page starts."""
    page = history.page(
        the_session().account_id,
        SENTENCES,
        clock.now(),
        after=history.parse_key(request.args.get("apres", "")),
    )
    return render_template(
        "accounts/profil_historique.html",
        lignes=[(happened.at, in_words(happened)) for happened in page.events],
        suivante=page.following,
        premiere="apres" not in request.args,
    )
