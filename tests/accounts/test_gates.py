"""What is left to do between the proof of who somebody is and the pages, as tables and as properties."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts import gates
from idp.accounts.gates import Awaiting, GateFacts, LoginStep
from idp.accounts.levels import Acr

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PLAIN = GateFacts(Acr.MCP1, False, False, False, False)


def test_only_an_active_account_enters() -> None:
    assert gates.next_login_step(active=True) is LoginStep.ENTER
    assert gates.next_login_step(active=False) is LoginStep.FIRST_CONNECTION


def test_a_provisional_password_is_replaced_after_the_second_factor_only() -> None:
    """Whoever reads the mailbox must not get past the factor by « Mot de passe oublié »."""
    asked = {"active": True, "password_change_required": True}

    assert (
        gates.next_login_step(awaiting=Awaiting.SECOND_FACTOR, **asked) is LoginStep.SECOND_FACTOR
    )
    assert gates.next_login_step(awaiting=Awaiting.ENROLMENT, **asked) is LoginStep.CHANGE_PASSWORD
    assert gates.next_login_step(**asked) is LoginStep.CHANGE_PASSWORD


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (PLAIN, None),
        (replace(PLAIN, enrolled=True), Awaiting.SECOND_FACTOR),
        (replace(PLAIN, enrolled=True, trusted_browser=True), None),
        (replace(PLAIN, enrolled=True, reached=Acr.MCP2), None),
        (replace(PLAIN, enrolled=True, reached=Acr.PHR, required=True), None),
        (replace(PLAIN, required=True), Awaiting.ENROLMENT),
        (replace(PLAIN, required=True, textes_outdated=True), Awaiting.ENROLMENT),
        (replace(PLAIN, textes_outdated=True), Awaiting.TEXTES),
        (replace(PLAIN, textes_outdated=True, enrolled=True), Awaiting.SECOND_FACTOR),
    ],
)
def test_gates_follow_each_other(facts: GateFacts, expected: Awaiting | None) -> None:
    assert gates.next_gate(facts) is expected


@given(
    st.builds(
        GateFacts, st.sampled_from(Acr), st.booleans(), st.booleans(), st.booleans(), st.booleans()
    )
)
def test_a_factor_is_never_passed_over(facts: GateFacts) -> None:
    """Who has one, and neither showed it nor trusts the browser, opens nothing."""
    owed = facts.enrolled and facts.reached is Acr.MCP1 and not facts.trusted_browser

    assert (gates.next_gate(facts) is Awaiting.SECOND_FACTOR) == owed


@pytest.mark.parametrize(
    ("asked_at", "grace", "over"),
    [
        (None, timedelta(days=30), False),
        (NOW - timedelta(days=29), timedelta(days=30), False),
        (NOW - timedelta(days=30), timedelta(days=30), True),
        (None, timedelta(0), True),
    ],
)
def test_the_time_of_grace_starts_when_the_person_is_told(
    asked_at: datetime | None, grace: timedelta, over: bool
) -> None:
    assert gates.grace_over(asked_at, grace, NOW) is over
