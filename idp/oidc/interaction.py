"""What an authorization request needs next: pure, values in, a named step out.

OpenID Connect Core §3.1.2.1 to §3.1.2.6: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
Each page that a step shows comes back to ``/oidc/authorize``, which asks here again: steps never call each other,
and ``prompt=none`` is honoured because there is one place to honour it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from idp.habilitations.policy import Refus


class Prompt(StrEnum):
    """Values of ``prompt`` that we understand."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


# A browser holds one person here: to choose another is to sign in as another. The services belong to the Caf,
# which tells its partners in the conditions d'utilisation what they receive: ``consent`` asks nothing more.
_ASK_FOR_LOGIN = frozenset({Prompt.LOGIN, Prompt.SELECT_ACCOUNT})


class Step(StrEnum):
    """What happens next: a page, tokens, or an error of the protocol."""

    LOGIN = "login"
    REAUTHENTICATE = "reauthenticate"
    FIRST_CONNECTION = "first_connection"
    REFUSED = "refused"
    ISSUE = "issue"
    LOGIN_REQUIRED = "login_required"
    INTERACTION_REQUIRED = "interaction_required"
    ACCESS_DENIED = "access_denied"


class SansOrganisme(StrEnum):
    """Why a person without organisme is refused: the rights themselves cannot say it."""

    SANS_ORGANISME = "sans_organisme"


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What is asked. ``asked_again_at`` is when this very request last sent the person to sign in."""

    prompt: frozenset[Prompt] = frozenset()
    max_age: timedelta | None = None
    hinted_sub: UUID | None = None
    habilitation_required: bool = False
    asked_again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """Who is there, since when; ``active`` once the first connection is done."""

    sub: UUID
    auth_time: datetime
    active: bool


@dataclass(frozen=True, slots=True)
class DroitsFacts:
    """Why the person may not open the service; None when they may."""

    refus: Refus | SansOrganisme | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The next step, and for a refusal its reason."""

    step: Step
    why: Refus | SansOrganisme | None = None


def next_step(
    request: RequestFacts, session: SessionFacts | None, droits: DroitsFacts, now: datetime
) -> Outcome:
    """The one dispatcher of an authorization."""
    shown = _next_shown(request, session, droits, now)
    if Prompt.NONE not in request.prompt:
        return shown
    if session and request.hinted_sub not in (None, session.sub):
        return Outcome(Step.LOGIN_REQUIRED)
    return Outcome(_SILENT.get(shown.step, shown.step), shown.why)


# Core §3.1.2.6: what becomes of each page when none may be shown.
_SILENT = {
    Step.LOGIN: Step.LOGIN_REQUIRED,
    Step.REAUTHENTICATE: Step.LOGIN_REQUIRED,
    Step.FIRST_CONNECTION: Step.INTERACTION_REQUIRED,
    Step.REFUSED: Step.ACCESS_DENIED,
}


def _next_shown(
    request: RequestFacts, session: SessionFacts | None, droits: DroitsFacts, now: datetime
) -> Outcome:
    if session is None:
        return Outcome(Step.LOGIN)
    if not _fresh_enough(request, session, now):
        return Outcome(Step.REAUTHENTICATE)
    if not session.active:
        return Outcome(Step.FIRST_CONNECTION)
    if request.habilitation_required and droits.refus:
        return Outcome(Step.REFUSED, droits.refus)
    return Outcome(Step.ISSUE)


def _fresh_enough(request: RequestFacts, session: SessionFacts, now: datetime) -> bool:
    # Who signed in because this request asked has answered it, however small max_age is: no loop. With
    # prompt=none nobody was asked, so that nothing but the age counts.
    asked_again_at = request.asked_again_at
    if asked_again_at and session.auth_time >= asked_again_at and Prompt.NONE not in request.prompt:
        return True
    if request.prompt & _ASK_FOR_LOGIN:
        return False
    # Core §3.1.2.1: max_age=0 is the same as prompt=login.
    if request.max_age is None:
        return True
    return bool(request.max_age) and now - session.auth_time <= request.max_age
