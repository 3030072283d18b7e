"""The authorization endpoint: from a client's request to a code, or to the page that it needs first.

OpenID Connect Core §3.1.2: https://openid.net/specs/openid-connect-core-1_0.html#AuthorizationEndpoint ; RFC 6749
§4.1, RFC 9207, RFC 9700. Read: ``authorization_request.py``, ``facts.py``. Decide: ``interaction.py``. Answer:
``responses.py``. The pages: ``choix_organisme.py``, ``consentement.py``.
"""

from datetime import datetime

from authlib.oauth2.rfc6749 import AccessDeniedError, OAuth2Error
from authlib.oidc.core.errors import (
    ConsentRequiredError,
    InteractionRequiredError,
    LoginRequiredError,
)
from flask import redirect, render_template

from idp import audit, clock
from idp.accounts.levels import REACHABLE, Acr, satisfied
from idp.accounts.sessions import SessionVue
from idp.accounts.views.guards import (
    Answer,
    current_session,
    login_url,
    verification_url,
)
from idp.audit import Actor
from idp.extensions import ground
from idp.habilitations.views.organisme import choice_url
from idp.oidc import addresses, claims_request
from idp.oidc.authorization import choix_organisme, consentement, facts, notes, refusal
from idp.oidc.authorization.answering import answered
from idp.oidc.authorization.authorization_request import AuthorizationRequest
from idp.oidc.authorization.facts import Present
from idp.oidc.authorization.interaction import Outcome, Step, next_step
from idp.oidc.authorization.notes import Note
from idp.oidc.authorization.responses import code_response
from idp.oidc.blueprint import blueprint
from idp.oidc.events import AuthorizationGranted, AuthorizationRefused
from idp.oidc.tokens import codes
from idp.oidc.tokens.codes import NewGrant
from idp.web import public


@blueprint.route(addresses.AUTHORIZE, methods=["GET", "POST"])
@public
def authorize() -> Answer:
    """A request from a client, through the person's browser; also where every page comes back."""
    return answered(_proceed)


@blueprint.route(addresses.CANCEL, methods=["GET", "POST"])
@public
def cancel() -> Answer:
    """« Annuler » and « Retourner au service »: the same request, answered ``access_denied``."""
    return answered(_denied)


def _proceed(asked: AuthorizationRequest) -> Answer:
    now = clock.now()
    session = current_session()
    there = facts.present(asked, session, now) if session else None
    outcome = next_step(
        facts.of_request(asked, now), there.facts if there else None, facts.of_droits(there), now
    )
    if outcome.step in _ERRORS:
        raise _ERRORS[outcome.step]()
    if there is None or outcome.step in _SIGN_IN:
        return _to_login(asked, outcome.step, now)
    if outcome.step is Step.STEP_UP:
        return redirect(_verification(asked), 303)
    return _with(there, asked, outcome, now)


_SIGN_IN = (Step.LOGIN, Step.REAUTHENTICATE, Step.FIRST_CONNECTION)


def _with(there: Present, asked: AuthorizationRequest, outcome: Outcome, now: datetime) -> Answer:
    match outcome.step:
        case Step.SWITCH_ORGANISME:
            return choix_organisme.switch(asked, there, now)
        case Step.SELECT_ORGANISME:
            return choix_organisme.page(asked, there.session, now)
        case Step.CHOOSE_ORGANISME:
            return redirect(choice_url(f"{addresses.AUTHORIZE}?{asked.parameters.encoded()}"), 303)
        case Step.CONSENT:
            return consentement.page(asked, there.session)
        case Step.ISSUE:
            return _issue(asked, there, now)
        case _:
            return _refused(asked, there, outcome, now)


def _login_required() -> OAuth2Error:
    return LoginRequiredError("The person must sign in.")


def _interaction_required() -> OAuth2Error:
    return InteractionRequiredError("The person must be shown a page.")


def _consent_required() -> OAuth2Error:
    return ConsentRequiredError("The person must agree to what this client asks for.")


def _unmet_acr() -> OAuth2Error:
    """OpenID Connect Core Unmet Authentication Requirements 1.0 §2."""
    return OAuth2Error(
        "No requested value of acr was reached by this person.",
        error="unmet_authentication_requirements",
    )


_ERRORS = {
    Step.LOGIN_REQUIRED: _login_required,
    Step.INTERACTION_REQUIRED: _interaction_required,
    Step.CONSENT_REQUIRED: _consent_required,
    Step.UNMET_ACR: _unmet_acr,
}


def _to_login(asked: AuthorizationRequest, step: Step, now: datetime) -> Answer:
    again = "&reauth=1" if step is Step.REAUTHENTICATE else ""
    noted = notes.noted(asked.parameters, Note.SIGN_IN, ground().settings.secret_key, now)
    return redirect(login_url(f"{addresses.AUTHORIZE}?{noted.encoded()}") + again, 303)


def _verification(asked: AuthorizationRequest) -> str:
    """The page that asks for a factor on top of the password, and comes back to this request."""
    levels = asked.claims.essential_acr or asked.voluntary_acr
    weakest = min(satisfied(REACHABLE[-1], levels), key=REACHABLE.index)
    return verification_url(f"{addresses.AUTHORIZE}?{asked.parameters.encoded()}", weakest)


def _refused(
    asked: AuthorizationRequest, there: Present, outcome: Outcome, now: datetime
) -> Answer:
    """Tell the client at once when no page may be shown, else the person first."""
    service = asked.client.service
    if outcome.why is None or service is None:
        raise AccessDeniedError("The person has no habilitation for this service.")
    audit.record(
        AuthorizationRefused(client_id=asked.client.client_id, reason=outcome.why),
        at=now,
        actor=Actor.person(there.session.account_id),
        account_id=there.session.account_id,
        organisme_id=there.organisme_id,
    )
    if outcome.step is Step.ACCESS_DENIED:
        raise AccessDeniedError("The person has no habilitation for this service.")
    return render_template(
        "oidc/refus.html",
        service=service,
        refus=refusal.explain(outcome.why, there.subject, service, now),
        cancel_path=f"{addresses.CANCEL}?{asked.parameters.encoded()}",
    )


def _denied(asked: AuthorizationRequest) -> Answer:
    session = current_session()
    essential = asked.claims.essential_acr
    if session and session.active and essential and not satisfied(session.proof.acr, essential):
        raise _unmet_acr()
    raise AccessDeniedError("The person returned to the service without signing in.")


def _issue(asked: AuthorizationRequest, there: Present, now: datetime) -> Answer:
    grant = _grant(asked, there.session)
    code = codes.issue(grant, now)
    audit.record(
        AuthorizationGranted(client_id=grant.client_id, scope=grant.scope),
        at=now,
        actor=Actor.person(grant.account_id),
        account_id=grant.account_id,
        organisme_id=there.organisme_id,
    )
    return code_response(asked.destination, code)


def _grant(asked: AuthorizationRequest, session: SessionVue) -> NewGrant:
    # Core §5.5.1.1: the acr told is one of those required, though the person reached a stronger one.
    reached = Acr(session.acr)
    told = (*satisfied(reached, asked.claims.essential_acr), reached)[0]
    return NewGrant(
        account_id=session.account_id,
        session_id=session.id,
        sid=session.sid,
        rattachement_id=session.rattachement_id,
        client_id=asked.client.client_id,
        redirect_uri=asked.destination.redirect_uri,
        scope=" ".join(asked.scope),
        nonce=asked.nonce,
        auth_time=session.auth_time,
        acr=told,
        amr=session.amr,
        code_challenge=asked.code_challenge,
        claims_asked=claims_request.names(asked.claims, asked.client.scope),
        resources=asked.resources,
    )
