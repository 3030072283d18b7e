"""The authorization endpoint: from a client's request to a code, or to the page that it needs first.

OpenID Connect Core §3.1.2: https://openid.net/specs/openid-connect-core-1_0.html#AuthorizationEndpoint ; RFC 6749
§4.1, RFC 9207, RFC 9700. Read: ``authorization_request.py``. Decide: ``interaction.py``. Answer: ``responses.py``.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from authlib.oauth2.rfc6749 import AccessDeniedError, OAuth2Error
from authlib.oidc.core.errors import InteractionRequiredError, LoginRequiredError
from flask import redirect, render_template, request

from idp import audit, clock
from idp.accounts.models import AccountState
from idp.accounts.sessions import SessionVue
from idp.accounts.views.guards import Answer, current_session, login_url
from idp.audit import Actor
from idp.extensions import ground
from idp.oidc import (
    addresses,
    authorization_request,
    codes,
    id_token,
    parameters,
    reauthentication,
    refusal,
    subjects,
)
from idp.oidc.authorization_request import AuthorizationRequest, Unanswerable, destination_of
from idp.oidc.blueprint import blueprint
from idp.oidc.codes import NewGrant
from idp.oidc.events import AuthorizationGranted, AuthorizationRefused
from idp.oidc.interaction import (
    DroitsFacts,
    Outcome,
    RequestFacts,
    SansOrganisme,
    SessionFacts,
    Step,
    next_step,
)
from idp.oidc.pages import error_page
from idp.oidc.parameters import MalformedParameters, Parameters
from idp.oidc.relying_parties import registry
from idp.oidc.responses import code_response, error_response
from idp.oidc.subjects import Subject
from idp.web import public


@blueprint.route(addresses.AUTHORIZE, methods=["GET", "POST"])
@public
def authorize() -> Answer:
    """A request from a client, through the person's browser; also where every page comes back."""
    return _answered(_proceed)


@blueprint.route(addresses.CANCEL, methods=["GET", "POST"])
@public
def cancel() -> Answer:
    """« Annuler » and « Retourner au service »: the same request, answered ``access_denied``."""
    return _answered(_denied)


def _answered(proceed: Callable[[AuthorizationRequest], Answer]) -> Answer:
    """Read the request and go on; its errors go to the client when it can be answered, else to a page."""
    try:
        asked = _parameters()
        destination = destination_of(asked, registry())
    except MalformedParameters as error:
        return error_page("invalid_request", str(error))
    except Unanswerable as error:
        return error_page(error.error, str(error))
    try:
        return proceed(authorization_request.read(asked, destination))
    except OAuth2Error as error:
        return error_response(destination, error)


def _parameters() -> Parameters:
    # The cancel form is ours: its address holds the request, its body only the anti-forgery token.
    if request.path == addresses.CANCEL:
        return parameters.parse(request.query_string)
    return parameters.of_query_or_form(request)


def _proceed(asked: AuthorizationRequest) -> Answer:
    now = clock.now()
    session = current_session()
    subject = _subject(asked, session, now)
    outcome = next_step(
        _request_facts(asked, now), _session_facts(session), _droits_facts(subject), now
    )
    match outcome.step:
        case Step.LOGIN | Step.REAUTHENTICATE:
            return _to_login(asked, outcome.step, now)
        case Step.FIRST_CONNECTION:
            return redirect(_login_address(asked, now), 303)
        case Step.LOGIN_REQUIRED:
            raise LoginRequiredError("The person must sign in.")
        case Step.INTERACTION_REQUIRED:
            raise InteractionRequiredError("The person must finish the first connection.")
        case Step.REFUSED | Step.ACCESS_DENIED:
            return _refused(asked, session, subject, outcome, now)
        case Step.ISSUE:
            return _issue(asked, session, subject, now)


def _subject(
    asked: AuthorizationRequest, session: SessionVue | None, now: datetime
) -> Subject | None:
    if session is None or not asked.client.habilitation_required or not session.rattachement_id:
        return None
    return subjects.read(
        session.account_id, session.rattachement_id, asked.client.service_code, now
    )


def _request_facts(asked: AuthorizationRequest, now: datetime) -> RequestFacts:
    place = ground()
    hint = None
    if asked.id_token_hint:
        hint = id_token.read_hint(asked.id_token_hint, place.settings.issuer, place.key_ring)
    return RequestFacts(
        prompt=asked.prompt,
        max_age=asked.max_age,
        hinted_sub=UUID(hint["sub"]) if hint else None,
        habilitation_required=asked.client.habilitation_required,
        asked_again_at=reauthentication.asked_again_at(
            asked.parameters, place.settings.secret_key, now
        ),
    )


def _session_facts(session: SessionVue | None) -> SessionFacts | None:
    if session is None:
        return None
    active = session.state is AccountState.ACTIF
    return SessionFacts(session.sub, session.auth_time, active)


def _droits_facts(subject: Subject | None) -> DroitsFacts:
    if subject is None or subject.droits is None:
        return DroitsFacts(SansOrganisme.SANS_ORGANISME)
    return DroitsFacts(subject.droits.refus)


def _to_login(asked: AuthorizationRequest, step: Step, now: datetime) -> Answer:
    again = "&reauth=1" if step is Step.REAUTHENTICATE else ""
    return redirect(_login_address(asked, now) + again, 303)


def _login_address(asked: AuthorizationRequest, now: datetime) -> str:
    noted = reauthentication.noted(asked.parameters, ground().settings.secret_key, now)
    return login_url(f"{addresses.AUTHORIZE}?{noted.encoded()}")


def _refused(
    asked: AuthorizationRequest,
    session: SessionVue | None,
    subject: Subject | None,
    outcome: Outcome,
    now: datetime,
) -> Answer:
    """Tell the client at once when no page may be shown, else the person first."""
    service = asked.client.service
    if session is None or outcome.why is None or service is None:
        raise AccessDeniedError("The person has no habilitation for this service.")
    audit.record(
        AuthorizationRefused(client_id=asked.client.client_id, reason=outcome.why),
        at=now,
        actor=Actor.person(session.account_id),
        account_id=session.account_id,
        organisme_id=subject.droits.organisme.id if subject and subject.droits else None,
    )
    if outcome.step is Step.ACCESS_DENIED:
        raise AccessDeniedError("The person has no habilitation for this service.")
    return render_template(
        "oidc/refus.html",
        service=service,
        refus=refusal.explain(outcome.why, subject, service, now),
        cancel_path=f"{addresses.CANCEL}?{asked.parameters.encoded()}",
    )


def _denied(asked: AuthorizationRequest) -> Answer:
    raise AccessDeniedError("The person returned to the service without signing in.")


def _issue(
    asked: AuthorizationRequest,
    session: SessionVue | None,
    subject: Subject | None,
    now: datetime,
) -> Answer:
    if session is None:
        raise LookupError("a code for nobody")
    grant = _grant(asked, session)
    code = codes.issue(grant, now)
    audit.record(
        AuthorizationGranted(client_id=grant.client_id, scope=grant.scope),
        at=now,
        actor=Actor.person(session.account_id),
        account_id=session.account_id,
        organisme_id=subject.droits.organisme.id if subject and subject.droits else None,
    )
    return code_response(asked.destination, code)


def _grant(asked: AuthorizationRequest, session: SessionVue) -> NewGrant:
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
        acr=session.acr,
        amr=session.amr,
        code_challenge=asked.code_challenge,
    )
