"""The dispatcher of an authorization, as tables of values and as properties."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.levels import Acr, satisfied
from idp.habilitations.policy import Refus
from idp.oidc.authorization.interaction import (
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
SUB = "6f1c"
OTHER = "a2b9"
HABILITE = DroitsFacts(None)
SANS_GROUPE = DroitsFacts(Refus.SANS_GROUPE)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def request(*prompt: Prompt, **facts: Any) -> RequestFacts:
    return RequestFacts(prompt=frozenset(prompt), **facts)


def session(age: float = 60, *, active: bool = True, **facts: Any) -> SessionFacts:
    return SessionFacts(SUB, (NOW - seconds(age)).replace(microsecond=0), active, **facts)


def step(asked: RequestFacts, present: SessionFacts | None, droits: DroitsFacts = HABILITE) -> Step:
    return next_step(asked, present, droits, NOW).step


@pytest.mark.parametrize(
    ("asked", "present", "expected"),
    [
        (request(), None, Step.LOGIN),
        (request(Prompt.NONE), None, Step.LOGIN_REQUIRED),
        (request(), session(), Step.ISSUE),
        (request(Prompt.NONE), session(), Step.ISSUE),
        (request(Prompt.LOGIN), session(age=1), Step.REAUTHENTICATE),
        (request(Prompt.SELECT_ACCOUNT), session(), Step.SELECT_ORGANISME),
        (request(Prompt.SELECT_ACCOUNT), session(chosen=True), Step.ISSUE),
        (request(Prompt.SELECT_ACCOUNT), None, Step.LOGIN),
        (request(), session(must_choose=True), Step.CHOOSE_ORGANISME),
        (request(), session(must_choose=True, hinted_elsewhere=True), Step.SWITCH_ORGANISME),
        (request(Prompt.SELECT_ACCOUNT), session(must_choose=True), Step.SELECT_ORGANISME),
        (request(Prompt.NONE), session(must_choose=True), Step.INTERACTION_REQUIRED),
        (request(Prompt.LOGIN, Prompt.SELECT_ACCOUNT), session(), Step.REAUTHENTICATE),
        (request(), session(consented=False), Step.CONSENT),
        (request(Prompt.NONE), session(consented=False), Step.CONSENT_REQUIRED),
        (request(Prompt.CONSENT), session(consented=True), Step.ISSUE),
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


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (request(hinted_sub=frozenset({SUB})), Step.ISSUE),
        (request(hinted_sub=frozenset({OTHER, SUB})), Step.ISSUE),
        (request(Prompt.NONE, hinted_sub=frozenset({SUB})), Step.ISSUE),
        (request(hinted_sub=frozenset({OTHER})), Step.REAUTHENTICATE),
        (request(Prompt.NONE, hinted_sub=frozenset({OTHER})), Step.LOGIN_REQUIRED),
    ],
)
def test_only_the_person_hinted_at_is_answered(asked: RequestFacts, expected: Step) -> None:
    """Core §3.1.2.1 id_token_hint, §3.1.2.2 sub asked with a value."""
    assert step(asked, session()) is expected


def test_who_signs_in_as_another_than_the_hint_is_not_asked_for_ever() -> None:
    """Core §3.1.2.1: login_required."""
    asked = request(hinted_sub=frozenset({OTHER}), asked_again_at=NOW - seconds(10))

    assert step(asked, session(age=5)) is Step.LOGIN_REQUIRED


@pytest.mark.parametrize(
    ("values", "reached", "expected"),
    [
        (("mcp1",), Acr.MCP1, Step.ISSUE),
        (("phr", "mcp1"), Acr.MCP1, Step.ISSUE),
        (("mcp1",), Acr.PHR, Step.ISSUE),
        (("mcp2",), Acr.MCP1, Step.STEP_UP),
        (("inconnu",), Acr.PHR, Step.UNMET_ACR),
    ],
)
def test_an_essential_acr(values: tuple[str, ...], reached: Acr, expected: Step) -> None:
    """Core §5.5.1.1; Unmet Authentication Requirements §2."""
    assert step(request(essential_acr=values), session(acr=reached)) is expected


def test_nobody_is_asked_for_a_password_that_cannot_be_enough() -> None:
    assert step(request(essential_acr=("urn:inconnu",)), None) is Step.UNMET_ACR
    assert step(request(essential_acr=("urn:inconnu", "phr")), None) is Step.LOGIN


def test_an_essential_acr_without_a_page_is_told_to_the_client() -> None:
    """Unmet Authentication Requirements §2."""
    asked = request(Prompt.NONE, essential_acr=("mcp2",))

    assert step(asked, session()) is Step.UNMET_ACR


@pytest.mark.parametrize(
    ("values", "reached", "reachable", "expected"),
    [
        (("mcp2",), Acr.MCP1, Acr.MCP1, Step.ISSUE),
        (("mcp2",), Acr.MCP1, Acr.MCP2, Step.STEP_UP),
        (("phr",), Acr.MCP2, Acr.MCP2, Step.ISSUE),
        (("phr", "mcp2"), Acr.MCP1, Acr.MCP2, Step.STEP_UP),
        (("phr", "mcp1"), Acr.MCP1, Acr.PHR, Step.ISSUE),
    ],
)
def test_a_voluntary_acr_is_asked_of_who_can_show_it(
    values: tuple[str, ...], reached: Acr, reachable: Acr, expected: Step
) -> None:
    """Core §5.5.1.1: tokens are issued all the same to who cannot."""
    there = session(acr=reached, reachable=reachable)

    assert step(request(voluntary_acr=values), there) is expected
    assert step(request(Prompt.NONE, voluntary_acr=values), there) is Step.ISSUE


@pytest.mark.parametrize(
    ("asked", "present", "expected"),
    [
        (request(), session(hinted_elsewhere=True), Step.SWITCH_ORGANISME),
        (request(Prompt.NONE), session(hinted_elsewhere=True), Step.SWITCH_ORGANISME),
        (request(), session(hinted_elsewhere=True, chosen=True), Step.ISSUE),
        (request(Prompt.SELECT_ACCOUNT), session(hinted_elsewhere=True), Step.SELECT_ORGANISME),
        (request(), session(hinted_elsewhere=True, active=False), Step.FIRST_CONNECTION),
    ],
)
def test_a_hint_of_an_organisme_never_answers_for_the_person(
    asked: RequestFacts, present: SessionFacts, expected: Step
) -> None:
    assert step(asked, present) is expected


def test_another_organisme_may_be_chosen_before_the_current_one_is_refused() -> None:
    asked = request(Prompt.SELECT_ACCOUNT, habilitation_required=True)

    assert step(asked, session(), SANS_GROUPE) is Step.SELECT_ORGANISME
    assert step(asked, session(chosen=True), SANS_GROUPE) is Step.REFUSED


def test_who_may_not_open_the_service_is_not_asked_to_consent() -> None:
    asked = request(habilitation_required=True)

    assert step(asked, session(consented=False), SANS_GROUPE) is Step.REFUSED


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


# Whatever is asked, whoever is there

LEVELS = st.lists(st.sampled_from([*Acr, "inconnu"]), max_size=3).map(tuple)
SUBS = st.frozensets(st.sampled_from([SUB, OTHER]))
PAST = st.integers(0, 7200).map(lambda count: NOW - seconds(count))
PROMPTS = st.one_of(
    st.just(frozenset({Prompt.NONE})),
    st.frozensets(st.sampled_from([one for one in Prompt if one is not Prompt.NONE])),
)
REQUESTS = st.builds(
    RequestFacts,
    prompt=PROMPTS,
    max_age=st.none() | st.integers(0, 7200).map(seconds),
    hinted_sub=SUBS,
    essential_acr=LEVELS,
    voluntary_acr=LEVELS,
    habilitation_required=st.booleans(),
    asked_again_at=st.none() | PAST,
)
SESSIONS = st.builds(
    SessionFacts,
    sub=st.just(SUB),
    auth_time=PAST,
    active=st.booleans(),
    acr=st.sampled_from(Acr),
    reachable=st.sampled_from(Acr),
    hinted_elsewhere=st.booleans(),
    chosen=st.booleans(),
    consented=st.booleans(),
)
DROITS = st.builds(DroitsFacts, st.none() | st.sampled_from([*Refus, *SansOrganisme]))
PAGES = {
    Step.LOGIN,
    Step.REAUTHENTICATE,
    Step.STEP_UP,
    Step.FIRST_CONNECTION,
    Step.SELECT_ORGANISME,
    Step.CONSENT,
    Step.REFUSED,
}


@given(asked=REQUESTS, present=st.none() | SESSIONS, droits=DROITS)
def test_no_page_is_ever_shown_under_prompt_none(
    asked: RequestFacts, present: SessionFacts | None, droits: DroitsFacts
) -> None:
    """Core §3.1.2.1: prompt=none."""
    if Prompt.NONE in asked.prompt:
        assert step(asked, present, droits) not in PAGES


@given(asked=REQUESTS, present=st.none() | SESSIONS, droits=DROITS)
def test_a_code_is_issued_only_when_everything_asked_holds(
    asked: RequestFacts, present: SessionFacts | None, droits: DroitsFacts
) -> None:
    """The attacks: an essential acr, a hint, a refusal, a consent that would be passed over."""
    if step(asked, present, droits) is not Step.ISSUE:
        return

    assert present is not None
    assert present.active
    assert present.consented
    assert not asked.essential_acr or satisfied(present.acr, asked.essential_acr)
    assert not asked.hinted_sub or present.sub in asked.hinted_sub
    assert not (asked.habilitation_required and droits.refus)
    assert present.chosen or Prompt.SELECT_ACCOUNT not in asked.prompt
    answered = asked.asked_again_at is not None and present.auth_time >= asked.asked_again_at
    if Prompt.LOGIN in asked.prompt:
        assert answered
    if asked.max_age is not None and not answered:
        assert NOW - present.auth_time <= asked.max_age


@given(asked=REQUESTS, present=SESSIONS, droits=DROITS)
def test_who_answered_everything_is_asked_nothing_again(
    asked: RequestFacts, present: SessionFacts, droits: DroitsFacts
) -> None:
    """No loop: a sign-in asked by this request, a choice and a consent are each asked once, and the strongest
    proof does for every level."""
    answered = replace(asked, asked_again_at=present.auth_time)
    present = replace(present, active=True, chosen=True, consented=True, acr=Acr.PHR)

    asking = {Step.LOGIN, Step.REAUTHENTICATE, Step.SWITCH_ORGANISME, *PAGES} - {Step.REFUSED}
    assert step(answered, present, droits) not in asking
