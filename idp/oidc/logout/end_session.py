"""RP-initiated logout: a service asks that the person be signed out, and may have them back.

OpenID Connect RP-Initiated Logout 1.0 §2 and §3: https://openid.net/specs/openid-connect-rpinitiated-1_0.html
Signed out at once only when the hint proves that the service speaks of this very session; otherwise the person
decides, since a link of anybody must not sign them out. Sent back only to an address registered by the client that
the hint names (§3).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import render_template, request

from idp import audit, clock, web
from idp.accounts import sessions
from idp.accounts.sessions import SessionVue
from idp.accounts.views.farewell import DECONNEXION, farewell
from idp.accounts.views.guards import Answer, current_session
from idp.audit import Actor
from idp.extensions import ground
from idp.oidc import addresses, parameters
from idp.oidc.authorization.responses import with_parameters
from idp.oidc.blueprint import blueprint
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.clients.relying_parties import registry
from idp.oidc.events import LoggedOutByClient
from idp.oidc.pages import error_page
from idp.oidc.parameters import MalformedParameters, Parameters
from idp.oidc.tokens import id_token
from idp.web import public


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """What was asked; ``client`` and ``sid`` only from a hint that we signed, ``back_to`` only if registered."""

    client: RelyingParty | None
    sid: str | None
    asks_to_return: bool
    back_to: str | None


class Logout(StrEnum):
    """What happens to a logout request."""

    CONFIRM = "confirm"
    AT_ONCE = "at_once"


def decide(asked: LogoutRequest, sid: str | None) -> Logout:
    """Pure: whether the person must confirm. ``sid`` is that of the browser's live session."""
    if asked.asks_to_return and asked.back_to is None:
        return Logout.CONFIRM
    if sid is None:
        # Nobody is signed in here: there is nothing to confirm.
        return Logout.AT_ONCE
    return Logout.AT_ONCE if asked.sid == sid else Logout.CONFIRM


@blueprint.route(addresses.LOGOUT, methods=["GET", "POST"])
@public
def end_session() -> Answer:
    """From a client's page, by link or by form."""
    try:
        sent = parameters.of_query_or_form(request)
    except MalformedParameters as error:
        return error_page("invalid_request", str(error))
    if sent.repeated:
        return error_page("invalid_request", "a parameter is included more than once")
    asked, browser = _read(sent), current_session()
    if decide(asked, browser.sid if browser else None) is Logout.CONFIRM:
        web.allow(forms=asked.client.origins if asked.client else ())
        return render_template(
            "oidc/deconnexion.html",
            connecte=browser is not None,
            client=asked.client,
            confirm_path=f"{addresses.LOGOUT_CONFIRMED}?{sent.encoded()}",
        )
    return _end(asked, browser)


@blueprint.post(addresses.LOGOUT_CONFIRMED)
@public
def confirm() -> Answer:
    """The person's « Se déconnecter », protected against forgery; its address holds the request."""
    try:
        sent = parameters.parse(request.query_string)
    except MalformedParameters as error:
        return error_page("invalid_request", str(error))
    return _end(_read(sent), current_session())


def _read(sent: Parameters) -> LogoutRequest:
    place = ground()
    hint = sent.get("id_token_hint")
    told = id_token.read_hint(hint, place.settings.issuer, place.key_ring) if hint else None
    client = registry().client(told["aud"]) if told else None
    if client is not None and sent.get("client_id") not in (None, client.client_id):
        client = None
    uri = sent.get("post_logout_redirect_uri")
    registered = client is not None and uri in client.post_logout_redirect_uris
    state = sent.get("state")
    back_to = None
    if registered and uri is not None:
        back_to = with_parameters(uri, {"state": state} if state else {})
    return LogoutRequest(
        client=client,
        sid=told["sid"] if told and client else None,
        asks_to_return=uri is not None,
        back_to=back_to,
    )


def _end(asked: LogoutRequest, browser: SessionVue | None) -> Answer:
    if browser:
        _sign_out(asked, browser, clock.now())
    # Without an address to return to, the page of a person who signed out says so.
    return farewell(browser, asked.back_to or DECONNEXION)


def _sign_out(asked: LogoutRequest, browser: SessionVue, now: datetime) -> None:
    sessions.end(browser.id, now)
    audit.record(
        LoggedOutByClient(client_id=asked.client.client_id if asked.client else None),
        at=now,
        actor=Actor.person(browser.account_id),
        account_id=browser.account_id,
    )
