"""What is left to do between the proof of who somebody is and the pages: pure, values in, a named step out.

Each page of a step comes back here: steps never call each other.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from idp.accounts.levels import Acr


class Awaiting(StrEnum):
    """What a session waits for before it opens anything."""

    SECOND_FACTOR = "second_factor"
    ENROLMENT = "enrolment"
    TEXTES = "textes"


class LoginStep(StrEnum):
    """Where a person goes once signed in."""

    FIRST_CONNECTION = "first_connection"
    SECOND_FACTOR = "second_factor"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 - a step
    ENROLMENT = "enrolment"
    TEXTES = "textes"
    ENTER = "enter"


def next_login_step(
    *, active: bool, awaiting: Awaiting | None = None, password_change_required: bool = False
) -> LoginStep:
    """The first thing that is left to do: nobody replaces a password before both factors were shown."""
    if not active:
        return LoginStep.FIRST_CONNECTION
    if awaiting is Awaiting.SECOND_FACTOR:
        return LoginStep.SECOND_FACTOR
    if password_change_required:
        return LoginStep.CHANGE_PASSWORD
    return LoginStep(awaiting) if awaiting else LoginStep.ENTER


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What is known of an active person who has just proved who they are, to the level ``reached``."""

    reached: Acr
    enrolled: bool
    """Whether they have a second factor."""
    trusted_browser: bool
    required: bool
    """Whether their role requires a second factor, once its time of grace is over."""
    textes_outdated: bool


def next_gate(facts: GateFacts) -> Awaiting | None:
    """What a session waits for before it opens anything; asked again after each."""
    strong = facts.reached.does_for(Acr.MCP2)
    if facts.enrolled and not strong and not facts.trusted_browser:
        return Awaiting.SECOND_FACTOR
    if facts.required and not facts.enrolled:
        return Awaiting.ENROLMENT
    return Awaiting.TEXTES if facts.textes_outdated else None


def grace_over(asked_at: datetime | None, grace: timedelta, now: datetime) -> bool:
    """Whether somebody who was told at ``asked_at`` that their role requires a factor must have one now."""
    if not grace:
        return True
    return asked_at is not None and now - asked_at >= grace


RECENT = timedelta(minutes=15)
"""How long after a sign-in the sensitive pages still open without another."""
IDLE = timedelta(minutes=30)
IDLE_SHORT = timedelta(minutes=10)
"""Of who works on other people's desks (itinérants), and of agents of the Caf."""


def idle_limit(*, short: bool) -> timedelta:
    """How long a session lives unused (ANSSI R12: sessions are bounded)."""
    return IDLE_SHORT if short else IDLE
