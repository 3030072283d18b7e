"""The page on which a person lets a client that is not of the Caf read their data, or not.

OpenID Connect Core §3.1.2.4. The services of the Caf ask nothing: its partners were told in the conditions
d'utilisation what they receive. What was agreed to is kept by ``consents.py``.
"""

from datetime import datetime

from flask import redirect, render_template

from idp import clock, web
from idp.accounts.sessions import SessionVue
from idp.accounts.views.guards import Answer, current_session
from idp.extensions import ground
from idp.oidc import addresses
from idp.oidc.authorization import consents, notes
from idp.oidc.authorization.answering import answered
from idp.oidc.authorization.authorization_request import AuthorizationRequest
from idp.oidc.authorization.notes import Note
from idp.oidc.blueprint import blueprint
from idp.oidc.scopes import Scope
from idp.web import public

TOLD = {
    Scope.OPENID: "un numéro qui vous désigne auprès de lui, toujours le même",
    Scope.PROFILE: "votre prénom et votre nom",
    Scope.EMAIL: "votre adresse mail",
    Scope.PHONE: "votre numéro de téléphone",
    Scope.ORGANISME: "l’organisme pour lequel vous travaillez",
    Scope.HABILITATIONS: "votre rôle et vos habilitations dans cet organisme",
    Scope.NUMERO_UTILISATEUR: "les numéros d’utilisateur de cet organisme",
}


@blueprint.post(addresses.CONSENT)
@public
def consentir() -> Answer:
    """« Autoriser », protected against forgery; its address holds the request."""
    return answered(_agreed)


def page(asked: AuthorizationRequest, session: SessionVue) -> Answer:
    """Who asks, what it will be told, and what it says of itself."""
    request_path = asked.parameters.encoded()
    web.allow(images=[asked.client.logo_uri])
    return render_template(
        "oidc/consentement.html",
        client=asked.client,
        nom=session.display_name,
        donnees=[TOLD[one] for one in asked.needed if one in TOLD],
        # Core §11: what is told once the person is no longer there.
        en_absence=Scope.OFFLINE_ACCESS in asked.needed,
        agree_path=f"{addresses.CONSENT}?{request_path}",
        cancel_path=f"{addresses.CANCEL}?{request_path}",
    )


def _agreed(asked: AuthorizationRequest) -> Answer:
    now = clock.now()
    session = current_session()
    if session is None or not session.active or asked.client.first_party:
        # Signed out meanwhile, or nothing to agree to: the request starts again.
        return redirect(f"{addresses.AUTHORIZE}?{asked.parameters.encoded()}", 303)
    consents.give(session, asked.client.client_id, asked.needed, now)
    return redirect(_back(asked, session, now), 303)


def _back(asked: AuthorizationRequest, session: SessionVue, now: datetime) -> str:
    noted = notes.noted(
        asked.parameters, Note.CONSENT, ground().settings.secret_key, now, session=session.sid
    )
    return f"{addresses.AUTHORIZE}?{noted.encoded()}"
