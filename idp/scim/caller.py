"""Who calls: a program that holds an access token of ours for SCIM, and what it may do now.

RFC 6750; RFC 9068 §4. The token says which client; its mandate, its perimeter and whether it still acts are read
from the rows at each call, so that a withdrawn program is out at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec
from uuid import UUID

from flask import Response, g, request
from pydantic import ValidationError
from scim2_models import SCIMException
from werkzeug.exceptions import HTTPException

from idp import clock, db, throttle
from idp.errors import Refusal
from idp.extensions import ground
from idp.habilitations import acteurs
from idp.habilitations.delegation import Acteur
from idp.oidc.scopes import ServiceScope
from idp.oidc.tokens import access_token, bearer
from idp.oidc.tokens.bearer import BearerRefused
from idp.scim import addresses, answers, clients
from idp.throttle import Limit, Quota
from idp.web import access

P = ParamSpec("P")
QUOTA = Quota("scim", (Limit(600, timedelta(minutes=1)), Limit(10_000, timedelta(hours=1))))
OF_THE_CLIENT = (SCIMException, ValidationError, Refusal, BearerRefused, HTTPException)
"""Errors that are told; any other is a fault of ours."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A program and its bounds at one instant."""

    acteur: Acteur
    mandat_id: UUID
    base: str
    """Absolute address of SCIM."""
    now: datetime

    @property
    def today(self) -> date:
        """The day in Paris."""
        return clock.today(self.now)

    @property
    def users(self) -> str:
        """Absolute address of the users."""
        return self.base + addresses.USERS.removeprefix(addresses.BASE)

    @property
    def groups(self) -> str:
        """Absolute address of the groups."""
        return self.base + addresses.GROUPS.removeprefix(addresses.BASE)


def base() -> str:
    """Absolute address of SCIM: also the audience of its tokens."""
    return ground().settings.issuer + addresses.BASE


def the_caller() -> Caller:
    """The program of a route that ``program`` protects."""
    caller: Caller = g.scim_caller
    return caller


def program(view: Callable[P, Response]) -> Callable[P, Response]:
    """Only for a program that may act now; every error of the client is told as SCIM does."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            caller = g.scim_caller = _authenticated(clock.now())
        except BearerRefused as refused:
            return answers.refusal(refused)
        until = throttle.quota_full_until(QUOTA, str(caller.mandat_id), caller.now)
        if until:
            seconds = max(1, int((until - caller.now).total_seconds()))
            return answers.failure(
                HTTPStatus.TOO_MANY_REQUESTS, "Too many requests.", Retry_After=str(seconds)
            )
        response = _told(_writing(view), *args, **kwargs)
        throttle.count_in(QUOTA, str(caller.mandat_id), caller.now)
        clients.used(caller.mandat_id, caller.now)
        return response

    return access("scim")(guarded)


def _writing(view: Callable[P, Response]) -> Callable[P, Response]:
    """What changes something is refused while the Caf manages the organisme in its place."""

    @wraps(view)
    def allowed(*args: P.args, **kwargs: P.kwargs) -> Response:
        reads = request.method in ("GET", "HEAD") or request.path.endswith(addresses.SEARCH)
        if not reads:
            acteurs.exiger_la_delegation(the_caller().acteur.organisme_id)
        return view(*args, **kwargs)

    return allowed


def _told(view: Callable[P, Response], *args: P.args, **kwargs: P.kwargs) -> Response:
    try:
        return view(*args, **kwargs)
    except OF_THE_CLIENT as error:
        db.undo()
        return answers.refusal(error)


def _authenticated(now: datetime) -> Caller:
    place = ground()
    token = access_token.read(
        bearer.presented_token(request), place.settings.issuer, place.key_ring
    )
    if token is None or token.expired(now) or token.grant_id is not None:
        raise bearer.invalid_token()
    if base() not in token.claims["aud"]:
        raise bearer.invalid_token()
    if ServiceScope.SCIM not in token.service_scope:
        raise BearerRefused(HTTPStatus.FORBIDDEN, "insufficient_scope", "scim is required.")
    acteur = clients.acting(token.client_id, now)
    if acteur is None or acteur.mandat_id is None:
        raise bearer.invalid_token()
    return Caller(acteur, acteur.mandat_id, base(), now)
