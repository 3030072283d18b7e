"""The dispatcher of an authorization, as tables of values."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from idp.habilitations.policy import Refus
from idp.oidc.interaction import (
    DroitsFacts,
    Outcome,
    Prompt,
    RequestFacts,
    SansOrganisme,
    SessionFacts,
    Step,
    next_step,
)

NOW = datetime(2026, 11, 23, 10, 0, 0, 500_000, tzinfo=UTC)
SUB = uuid4()
HABILITE = DroitsFacts(None)
SANS_GROUPE = DroitsFacts(Refus.SANS_GROUPE)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def request(*prompt: Prompt, **facts: Any) -> RequestFacts:
    return RequestFacts(prompt=frozenset(prompt), **facts)


def session(age: float = 60, *, active: bool = True) -> SessionFacts:
    return SessionFacts(SUB, (NOW - seconds(age)).replace(microsecond=0), active)


def step(asked: RequestFacts, present: SessionFacts | None, droits: DroitsFacts = HABILITE) -> Step:
    return next_step(asked, present, droits, NOW).step


@pytest.mark.parametrize(
    ("asked", "present", "expected"),
    [
        (request(), None, Step.LOGIN),
        (request(Prompt.NONE), None, Step.LOGIN_REQUIRED),
        (request(), session(), Step.ISSUE),
        (request(Prompt.NONE), session(), Step.ISSUE),
        (request(Prompt.CONSENT), session(), Step.ISSUE),
        (request(Prompt.LOGIN), session(age=1), Step.REAUTHENTICATE),
        (request(Prompt.SELECT_ACCOUNT), session(age=1), Step.REAUTHENTICATE),
        (request(), session(active=False), Step.FIRST_CONNECTION),
        (request(Prompt.NONE), session(active=False), Step.INTERACTION_REQUIRED),
    ],
)
def test_prompt_and_session(
    asked: RequestFacts, present: SessionFacts | None, expected: Step
) -> None:
    """Core §3.1.2.1 prompt, §3.1.2.6 errors."""
    assert step(asked, present) is expected


@pytest.mark.parametrize(
    ("max_age", "age", "expected"),
    [
        (60, 10, Step.ISSUE),
        (60, 59, Step.ISSUE),
        (60, 61, Step.REAUTHENTICATE),
        (1, 2, Step.REAUTHENTICATE),
        (0, 0, Step.REAUTHENTICATE),
        (15_000, 10_000, Step.ISSUE),
    ],
)
def test_max_age(max_age: int, age: float, expected: Step) -> None:
    """Core §3.1.2.1: an older sign-in must be made again; 0 is prompt=login."""
    assert step(request(max_age=seconds(max_age)), session(age)) is expected


def test_max_age_with_prompt_none_never_shows_a_page() -> None:
    """Core §3.1.2.6: login_required (Authlib issues a code here)."""
    asked = request(Prompt.NONE, max_age=seconds(0), asked_again_at=NOW - seconds(30))

    assert step(asked, session(age=0)) is Step.LOGIN_REQUIRED


@pytest.mark.parametrize(
    "asked",
    [request(Prompt.LOGIN), request(max_age=seconds(0)), request(max_age=seconds(1))],
    ids=["login", "max_age=0", "max_age=1"],
)
def test_who_signed_in_again_is_not_asked_twice(asked: RequestFacts) -> None:
    answered = RequestFacts(
        prompt=asked.prompt, max_age=asked.max_age, asked_again_at=NOW - seconds(10)
    )

    assert step(answered, session(age=5)) is Step.ISSUE
    assert step(answered, session(age=15)) is Step.REAUTHENTICATE


def test_a_hint_of_another_person_is_not_silently_ignored() -> None:
    """Core §3.1.2.1 id_token_hint: with prompt=none, another person means login_required."""
    assert step(request(Prompt.NONE, hinted_sub=uuid4()), session()) is Step.LOGIN_REQUIRED
    assert step(request(Prompt.NONE, hinted_sub=SUB), session()) is Step.ISSUE


@pytest.mark.parametrize("why", [Refus.SANS_GROUPE, SansOrganisme.SANS_ORGANISME])
def test_a_required_habilitation_that_is_missing_is_explained(
    why: Refus | SansOrganisme,
) -> None:
    asked = request(habilitation_required=True)

    assert next_step(asked, session(), DroitsFacts(why), NOW) == Outcome(Step.REFUSED, why)


def test_a_refusal_without_a_page_is_access_denied() -> None:
    asked = request(Prompt.NONE, habilitation_required=True)

    assert step(asked, session(), SANS_GROUPE) is Step.ACCESS_DENIED


def test_a_service_that_requires_no_habilitation_refuses_nobody() -> None:
    assert step(request(), session(), SANS_GROUPE) is Step.ISSUE


def test_rights_are_not_told_before_the_person_signed_in_again() -> None:
    asked = request(Prompt.LOGIN, habilitation_required=True)

    assert step(asked, session(), SANS_GROUPE) is Step.REAUTHENTICATE
