"""Sign-in as a service: who enters, and what an outsider cannot learn."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import argon2
import pytest
from argon2 import PasswordHasher
from factories import PASSWORD, a_new_account, an_account
from flask import Flask
from sql_budget import counted
from sqlalchemy import select

from idp.accounts import login, sessions
from idp.accounts.gates import LoginStep
from idp.accounts.login import Attempt, Refused, SignedIn, SignInRefusal
from idp.accounts.models import Account, AccountState
from idp.accounts.provisioning import Channel
from idp.audit import JournalEntry
from idp.db import db
from idp.printable import format_identifiant, grouped, new_identifiant

NOW = datetime.now(UTC)
INCORRECT = Refused(SignInRefusal.INCORRECT)
THROTTLED = Refused(SignInRefusal.THROTTLED)


def try_in(identifiant: str, password: str, at: datetime = NOW) -> SignedIn | Refused:
    outcome = login.sign_in(Attempt(identifiant, password), at)
    db.session.expire_all()
    return outcome


def test_identifiant_is_read_in_any_case_with_or_without_separators(app: Flask) -> None:
    account = an_account()

    outcome = try_in(format_identifiant(account.identifiant).lower().replace("-", " "), PASSWORD)

    assert isinstance(outcome, SignedIn)
    assert outcome.account_id == account.id
    assert outcome.step is LoginStep.ENTER


def test_proven_address_of_one_active_person_signs_in(app: Flask) -> None:
    an_account(email="Claire@exemple.fr")

    assert isinstance(try_in(" claire@EXEMPLE.fr ", PASSWORD), SignedIn)


@pytest.mark.parametrize("case", ["unproven", "shared", "suspended"])
def test_any_other_address_does_not(app: Flask, case: str) -> None:
    an_account(
        email_verified_at=None if case == "unproven" else NOW,
        state=AccountState.SUSPENDU if case == "suspended" else AccountState.ACTIF,
    )
    if case == "shared":
        an_account()

    assert try_in("claire.martin@exemple.fr", PASSWORD) == INCORRECT


def test_provisional_password_opens_the_first_connection_and_can_be_typed_again(app: Flask) -> None:
    account, secret = a_new_account()

    for _resumed in range(2):
        outcome = try_in(account.identifiant, grouped(secret).lower())

        assert isinstance(outcome, SignedIn)
        assert outcome.step is LoginStep.FIRST_CONNECTION
        assert account.state is AccountState.ACTIVATION


def test_secret_received_by_mail_proves_that_address(app: Flask) -> None:
    account, secret = a_new_account(Channel.MAIL, email="a@exemple.fr")

    try_in(account.identifiant, secret)

    assert account.email_verified_at == NOW


def test_secret_sent_to_a_former_address_proves_nothing(app: Flask) -> None:
    account, secret = a_new_account(Channel.MAIL, email="a@exemple.fr")
    account.email = "b@exemple.fr"
    db.session.flush()

    assert isinstance(try_in(account.identifiant, secret), SignedIn)
    assert account.email_verified_at is None


def test_only_who_knows_the_right_secret_learns_that_it_expired(app: Flask) -> None:
    account, secret = a_new_account()
    later = NOW + timedelta(days=61)

    assert try_in(account.identifiant, secret, later) == Refused(SignInRefusal.SECRET_EXPIRED)
    assert try_in(account.identifiant, "A" * 16, later) == INCORRECT
    assert account.state is AccountState.EN_ATTENTE


def test_provisional_password_never_opens_an_account_that_has_its_own(app: Flask) -> None:
    account, secret = a_new_account()
    account.state, account.password_hash = AccountState.ACTIF, an_account().password_hash
    db.session.flush()

    assert try_in(account.identifiant, secret) == Refused(SignInRefusal.SECRET_USED)


@pytest.mark.parametrize("state", [AccountState.PREPARE, AccountState.SUSPENDU, AccountState.CLOS])
def test_account_that_is_not_open_answers_as_a_wrong_password(
    app: Flask, state: AccountState
) -> None:
    account = an_account(state=state)

    assert try_in(account.identifiant, PASSWORD) == INCORRECT


def _an_identifiant(case: str) -> str:
    if case == "nobody":
        return new_identifiant()
    if case == "garbage":
        return "x' OR 1=1 --\x00"
    if case == "unknown address":
        return "personne@exemple.fr"
    if case == "new":
        return a_new_account()[0].identifiant
    if case == "throttled":
        return an_account(failures=9, blocked_until=NOW + timedelta(hours=1)).identifiant
    return an_account(state=AccountState(case)).identifiant


@pytest.mark.parametrize(
    "case",
    ["nobody", "garbage", "unknown address", "new", "throttled", *AccountState],
)
def test_every_failure_costs_one_argon2_and_four_statements(
    app: Flask, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    identifiant = _an_identifiant(case)
    try_in(new_identifiant(), "warms the hash of nobody up")
    computed = []
    real = argon2.low_level.verify_secret
    monkeypatch.setattr(
        "argon2._password_hasher.verify_secret",
        lambda *args: computed.append(1) or real(*args),
    )

    with counted() as sent:
        outcome = login.sign_in(Attempt(identifiant, "a wrong password"), NOW)

    assert isinstance(outcome, Refused)
    assert [statement.split()[0] for statement in sent] == ["SELECT", "SELECT", "UPDATE", "INSERT"]
    assert computed == [1]


def test_fifth_failure_delays_even_the_right_password(app: Flask) -> None:
    account = an_account()
    for _ in range(5):
        assert try_in(account.identifiant, "wrong") == INCORRECT

    assert try_in(account.identifiant, PASSWORD) == THROTTLED
    assert try_in(account.identifiant, PASSWORD, NOW + timedelta(seconds=59)) == THROTTLED
    assert isinstance(try_in(account.identifiant, PASSWORD, NOW + timedelta(seconds=60)), SignedIn)
    assert (account.failures, account.blocked_until) == (0, None)


def test_throttled_attempts_do_not_lengthen_the_delay(app: Flask) -> None:
    account = an_account(failures=5, blocked_until=NOW + timedelta(seconds=60))

    for _ in range(20):
        try_in(account.identifiant, "wrong")

    assert account.failures == 5


def test_guess_that_lost_a_race_is_not_answered(app: Flask) -> None:
    """Guesses in parallel all read the same count; one of them is answered."""
    account = an_account()
    seen = login._named(account.identifiant)
    try_in(account.identifiant, "wrong")

    assert not login._take_effect(seen, {"failures": 0}, NOW)
    assert account.failures == 1


def again(identifiant: str, first: SignedIn, now: datetime = NOW) -> SignedIn:
    """Somebody signs in on the browser of an earlier sign-in."""
    attempt = Attempt(identifiant, PASSWORD, session_id=first.session.session_id)
    second = login.sign_in(attempt, now)
    assert isinstance(second, SignedIn)
    return second


def test_same_person_goes_on_in_their_session_under_a_new_value(
    app: Flask, ended_sessions: list[UUID]
) -> None:
    """A service that asks to sign in again signs nobody out of the others; no fixation either."""
    account, later = an_account(), NOW + timedelta(minutes=5)
    first = try_in(account.identifiant, PASSWORD)
    assert isinstance(first, SignedIn)
    before = sessions.find(first.session.token, NOW)

    second = again(account.identifiant, first, later)

    after = sessions.find(second.session.token, later)
    assert sessions.find(first.session.token, later) is None
    assert before
    assert after
    assert after.sid == before.sid
    assert after.auth_time == later.replace(microsecond=0)
    assert ended_sessions == []


def test_somebody_else_ends_the_session_of_the_browser(
    app: Flask, ended_sessions: list[UUID]
) -> None:
    account, other = an_account(), an_account()
    first = try_in(account.identifiant, PASSWORD)
    assert isinstance(first, SignedIn)

    second = again(other.identifiant, first)

    assert sessions.find(first.session.token, NOW) is None
    assert second.session.session_id != first.session.session_id
    assert ended_sessions == [first.session.session_id]


def test_ended_session_is_not_renewed(app: Flask) -> None:
    account = an_account()
    first = try_in(account.identifiant, PASSWORD)
    assert isinstance(first, SignedIn)
    sessions.end(first.session.session_id, NOW)

    second = again(account.identifiant, first)

    assert second.session.session_id != first.session.session_id


def test_hash_of_former_parameters_is_made_again_at_sign_in(app: Flask) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    account = an_account(password_hash=weak)

    try_in(account.identifiant, PASSWORD)

    assert account.password_hash != weak
    assert isinstance(try_in(account.identifiant, PASSWORD), SignedIn)


def test_journal_tells_what_happened_and_no_secret(app: Flask) -> None:
    account, secret = a_new_account()
    typed = f"mot de passe {uuid4()}"

    try_in(typed, typed)
    try_in(account.identifiant, typed)
    try_in(account.identifiant, secret)

    rows = db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)).all()
    told = [(row.event, row.account_id, row.data) for row in rows[1:]]
    assert told == [
        ("sign_in_refused", None, {"reason": "incorrect"}),
        ("sign_in_refused", account.id, {"reason": "incorrect"}),
        ("sign_in_succeeded", account.id, {"credential": "provisional"}),
    ]
    assert secret not in json.dumps([row.data for row in rows])


def test_password_of_a_megabyte_is_wrong_and_costs_no_more(app: Flask) -> None:
    account = an_account()

    assert try_in(account.identifiant, "\ufdfa" * 1_000_000) == INCORRECT
    assert db.session.get_one(Account, account.id).failures == 1
