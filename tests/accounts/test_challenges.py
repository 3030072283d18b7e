"""The code that proves an address: once, for that address, five tries, fifteen minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from factories import an_account
from flask import Flask
from sqlalchemy import func, select

from idp.accounts import challenges
from idp.accounts.challenges import CodeDrawn, CodeNotYet, CodeOutcome
from idp.accounts.models import Account, Challenge
from idp.db import db

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADDRESS = "claire@exemple.fr"


def drawn(account: Account, at: datetime = NOW) -> str:
    outcome = challenges.issue_email_code(account.id, ADDRESS, at)
    assert isinstance(outcome, CodeDrawn)
    return outcome.code


def other_than(*codes: str) -> str:
    return next(f"{n:06}" for n in range(10) if f"{n:06}" not in codes)


def claim(account: Account, code: str, at: datetime = NOW) -> CodeOutcome:
    return challenges.claim_email_code(account.id, ADDRESS, code, at)


def test_code_proves_the_address_once(app: Flask) -> None:
    account = an_account()
    code = drawn(account)

    assert claim(account, code) is CodeOutcome.PROVEN
    assert claim(account, code) is CodeOutcome.NONE_ALIVE


def test_code_is_stored_as_a_keyed_digest(app: Flask) -> None:
    code = drawn(an_account())

    assert code not in db.session.scalars(select(Challenge.digest)).one()


def test_code_proves_no_other_address_and_serves_nobody_else(app: Flask) -> None:
    account, other = an_account(), an_account()
    code = drawn(account)

    elsewhere = challenges.claim_email_code(account.id, "autre@exemple.fr", code, NOW)

    assert elsewhere is CodeOutcome.NONE_ALIVE
    assert claim(other, code) is CodeOutcome.NONE_ALIVE
    assert claim(account, code) is CodeOutcome.PROVEN


def test_five_wrong_tries_kill_the_code(app: Flask) -> None:
    account = an_account()
    code = drawn(account)
    wrong = other_than(code)

    outcomes = [claim(account, wrong) for _ in range(5)]

    assert outcomes == [CodeOutcome.WRONG] * 4 + [CodeOutcome.NONE_ALIVE]
    assert claim(account, code) is CodeOutcome.NONE_ALIVE


def test_code_dies_after_fifteen_minutes(app: Flask) -> None:
    account = an_account()
    code = drawn(account)

    assert claim(account, code, NOW + timedelta(minutes=15)) is CodeOutcome.NONE_ALIVE


@pytest.mark.parametrize(
    ("rank", "outcome"),
    [
        (0, CodeOutcome.WRONG),
        (1, CodeOutcome.PROVEN),
        (2, CodeOutcome.PROVEN),
        (3, CodeOutcome.PROVEN),
    ],
)
def test_three_last_codes_are_alive(app: Flask, rank: int, outcome: CodeOutcome) -> None:
    account = an_account()
    codes: list[str] = []
    for minute in range(4):
        codes.append(drawn(account, NOW + timedelta(minutes=minute)))

    found = claim(account, codes[rank], NOW + timedelta(minutes=5))

    assert found is (CodeOutcome.PROVEN if codes[rank] in codes[1:] else outcome)


def test_another_code_is_drawn_after_a_minute(app: Flask) -> None:
    account = an_account()
    drawn(account)
    too_early = NOW + timedelta(seconds=59)

    refused = challenges.issue_email_code(account.id, "autre@exemple.fr", too_early)

    assert refused == CodeNotYet(NOW + timedelta(seconds=60))
    assert drawn(account, NOW + timedelta(seconds=60))


def test_ten_codes_a_day_at_most(app: Flask) -> None:
    account = an_account()
    for minute in range(10):
        drawn(account, NOW + timedelta(minutes=minute))

    refused = challenges.issue_email_code(account.id, ADDRESS, NOW + timedelta(hours=12))

    assert refused == CodeNotYet(NOW + timedelta(days=1))
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 10
    assert drawn(account, NOW + timedelta(days=1))
