"""The organisme of an authorization: chosen by the person (``prompt=select_account``) or hinted at by the service.

OpenID Connect Core §3.1.2.1, ``select_account``: a person has one account and may work for several organismes, so
that choosing an account is choosing whom to work for; the page also leads to another person's sign-in. What may be
chosen is in ``idp/habilitations/rattachements.py``.
"""

from datetime import datetime

from flask import redirect, render_template

from idp import clock
from idp.accounts.sessions import SessionVue
from idp.accounts.views.guards import Answer, current_session, login_url
from idp.extensions import ground
from idp.habilitations import rattachements
from idp.habilitations.rattachements import Choix
from idp.habilitations.views.choix import Proposition, propose, reponse
from idp.oidc import addresses
from idp.oidc.authorization import notes
from idp.oidc.authorization.answering import answered
from idp.oidc.authorization.authorization_request import AuthorizationRequest
from idp.oidc.authorization.facts import Present
from idp.oidc.authorization.notes import Note
from idp.oidc.blueprint import blueprint
from idp.web import public


@blueprint.post(addresses.ORGANISME)
@public
def choisir_organisme() -> Answer:
    """« Valider », protected against forgery; its address holds the request."""
    return answered(_chosen)


def page(asked: AuthorizationRequest, session: SessionVue, now: datetime) -> Answer:
    """Shown even to who has one organisme: the service asked that nothing be decided in silence."""
    ouverts = rattachements.ouverts(session.account_id, now)
    return _page(asked, session, propose(ouverts, session.rattachement_id), now)


def _page(
    asked: AuthorizationRequest, session: SessionVue, proposition: Proposition, now: datetime
) -> Answer:
    request_path = asked.parameters.encoded()
    return render_template(
        "oidc/choix_organisme.html",
        client=asked.client,
        nom=session.display_name,
        proposition=proposition,
        choose_path=f"{addresses.ORGANISME}?{request_path}",
        cancel_path=f"{addresses.CANCEL}?{request_path}",
        other_account_path=login_url(_back(asked, session, now, Note.SIGN_IN)) + "&reauth=1",
    )


def switch(asked: AuthorizationRequest, there: Present, now: datetime) -> Answer:
    """The service named one of the person's open organismes: the session works for it, without a page."""
    if there.hinted is None:
        raise LookupError("no organisme was hinted at")
    rattachements.suivre(there.session, there.hinted, now)
    return redirect(_back(asked, there.session, now, Note.ORGANISME), 303)


def _chosen(asked: AuthorizationRequest) -> Answer:
    now = clock.now()
    session = current_session()
    if session is None or not session.active:
        # Signed out meanwhile: the request starts again.
        return redirect(f"{addresses.AUTHORIZE}?{asked.parameters.encoded()}", 303)
    ouverts = rattachements.ouverts(session.account_id, now)
    answer = reponse(ouverts, session.rattachement_id)
    if ouverts and isinstance(answer, Proposition):
        return _page(asked, session, answer, now)
    if isinstance(answer, Choix):
        rattachements.choisir(session, answer, now)
    return redirect(_back(asked, session, now, Note.ORGANISME), 303)


def _back(asked: AuthorizationRequest, session: SessionVue, now: datetime, note: Note) -> str:
    bound_to = session.sid if note is Note.ORGANISME else ""
    noted = notes.noted(asked.parameters, note, ground().settings.secret_key, now, session=bound_to)
    return f"{addresses.AUTHORIZE}?{noted.encoded()}"
