"""What an authorization request needs next: pure, values in, a named step out.

OpenID Connect Core §3.1.2.1 to §3.1.2.6: https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest
Each page that a step shows comes back to ``/oidc/authorize``, which asks here again: steps never call each other,
and ``prompt=none`` is honoured because there is one place to honour it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.accounts.levels import Acr, can_be_reached, satisfied
from idp.habilitations.policy import Refus


class Prompt(StrEnum):
    """Values of ``prompt`` that we understand."""

    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"


class Step(StrEnum):
    """What happens next: a page, tokens, or an error of the protocol."""

    LOGIN = "login"
    REAUTHENTICATE = "reauthenticate"
    STEP_UP = "step_up"
    FIRST_CONNECTION = "first_connection"
    SWITCH_ORGANISME = "switch_organisme"
    SELECT_ORGANISME = "select_organisme"
    CHOOSE_ORGANISME = "choose_organisme"
    CONSENT = "consent"
    REFUSED = "refused"
    ISSUE = "issue"
    LOGIN_REQUIRED = "login_required"
    INTERACTION_REQUIRED = "interaction_required"
    CONSENT_REQUIRED = "consent_required"
    ACCESS_DENIED = "access_denied"
    UNMET_ACR = "unmet_acr"


class SansOrganisme(StrEnum):
    """Why a person without organisme is refused: the rights themselves cannot say it."""

    SANS_ORGANISME = "sans_organisme"


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What is asked. ``asked_again_at`` is when this very request last sent the person to sign in.

    ``hinted_sub`` holds the only persons that may be answered, ``essential_acr`` the levels of which one must be
    reached, ``voluntary_acr`` those of which one would be better; each is empty when anybody or any level will do.
    """

    prompt: frozenset[Prompt] = frozenset()
    max_age: timedelta | None = None
    hinted_sub: frozenset[str] = frozenset()
    essential_acr: tuple[str, ...] = ()
    voluntary_acr: tuple[str, ...] = ()
    habilitation_required: bool = False
    asked_again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """Who is there, since when, how surely; ``active`` once the first connection is done.

    ``hinted_elsewhere`` when the request names another of their open organismes than the current one.
    ``must_choose`` when their session works for none yet and several are open. ``chosen``
    and ``consented`` tell what the person has answered: the organisme, to this very request; what the client is
    told, to this request or to an earlier one.
    """

    sub: str
    auth_time: datetime
    active: bool
    acr: Acr = Acr.MCP1
    reachable: Acr = Acr.MCP1
    hinted_elsewhere: bool = False
    must_choose: bool = False
    chosen: bool = False
    consented: bool = True


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
    return Outcome(_SILENT.get(shown.step, shown.step), shown.why)


# Core §3.1.2.6: what becomes of each page when none may be shown.
_SILENT = {
    Step.LOGIN: Step.LOGIN_REQUIRED,
    Step.REAUTHENTICATE: Step.LOGIN_REQUIRED,
    Step.STEP_UP: Step.UNMET_ACR,
    Step.FIRST_CONNECTION: Step.INTERACTION_REQUIRED,
    Step.SELECT_ORGANISME: Step.INTERACTION_REQUIRED,
    Step.CHOOSE_ORGANISME: Step.INTERACTION_REQUIRED,
    Step.CONSENT: Step.CONSENT_REQUIRED,
    Step.REFUSED: Step.ACCESS_DENIED,
}


def _next_shown(
    request: RequestFacts, session: SessionFacts | None, droits: DroitsFacts, now: datetime
) -> Outcome:
    # Nobody is asked for a password that cannot be enough.
    if request.essential_acr and not can_be_reached(request.essential_acr):
        return Outcome(Step.UNMET_ACR)
    if session is None:
        return Outcome(Step.LOGIN)
    sign_in = _sign_in_step(request, session, now)
    if sign_in:
        return Outcome(sign_in)
    if not session.active:
        return Outcome(Step.FIRST_CONNECTION)
    if _stronger_wanted(request, session):
        return Outcome(Step.STEP_UP)
    organisme = _organisme_step(request, session)
    if organisme:
        return Outcome(organisme)
    if request.habilitation_required and droits.refus:
        return Outcome(Step.REFUSED, droits.refus)
    return Outcome(Step.ISSUE if session.consented else Step.CONSENT)


def _sign_in_step(request: RequestFacts, session: SessionFacts, now: datetime) -> Step | None:
    """What is missing of the sign-in itself. Asked once: the second time, the client is told what is missing."""
    answered = _answered_again(request, session)
    if not answered and not _fresh_enough(request, session, now):
        return Step.REAUTHENTICATE
    if request.hinted_sub and session.sub not in request.hinted_sub:
        return Step.LOGIN_REQUIRED if answered else Step.REAUTHENTICATE
    return None


def _stronger_wanted(request: RequestFacts, session: SessionFacts) -> bool:
    """Core §5.5.1.1: an essential level is reached, or nothing is given. A voluntary one is asked for only of who
    can reach it as they are: they have what it takes, and were not asked to show it."""
    if request.essential_acr and not satisfied(session.acr, request.essential_acr):
        return True
    if Prompt.NONE in request.prompt or satisfied(session.acr, request.voluntary_acr):
        return False
    return bool(satisfied(session.reachable, request.voluntary_acr))


def _organisme_step(request: RequestFacts, session: SessionFacts) -> Step | None:
    """Before the rights are judged: another organisme may have them. A hint never answers for the person."""
    if session.chosen:
        return None
    if Prompt.SELECT_ACCOUNT in request.prompt:
        return Step.SELECT_ORGANISME
    if session.hinted_elsewhere:
        return Step.SWITCH_ORGANISME
    return Step.CHOOSE_ORGANISME if session.must_choose else None


def _answered_again(request: RequestFacts, session: SessionFacts) -> bool:
    # Who signed in because this request asked has answered it, however small max_age is: no loop. With
    # prompt=none nobody was asked, so that nothing but the age counts.
    if request.asked_again_at is None or Prompt.NONE in request.prompt:
        return False
    return session.auth_time >= request.asked_again_at


def _fresh_enough(request: RequestFacts, session: SessionFacts, now: datetime) -> bool:
    if Prompt.LOGIN in request.prompt:
        return False
    # Core §3.1.2.1: max_age=0 is the same as prompt=login.
    if request.max_age is None:
        return True
    return bool(request.max_age) and now - session.auth_time <= request.max_age
