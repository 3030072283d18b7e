"""The net that every test of the suite is caught by: a secret in the journal or in the log."""

from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
import structlog
from factories import PASSWORD, an_account
from flask import Flask
from secrets_seen import SEEN

from idp import crypto, printable
from idp.accounts import challenges, passwords
from idp.accounts.factors import totp


def test_every_drawn_or_typed_secret_is_known(app: Flask) -> None:
    account = an_account()
    token, digits, secret = crypto.new_token(), challenges.new_digits(6), printable.new_secret()
    passwords.verify(None, PASSWORD)
    seed = totp.begin(account.id, "x", datetime.now(UTC)).seed

    assert {token, secret, printable.grouped(secret), PASSWORD, seed} <= SEEN.secrets
    assert digits in SEEN.codes
    assert pyotp.random_base32() in SEEN.secrets


@pytest.mark.parametrize(
    "told",
    [
        "{{'typed': '{token}'}}",
        "bearer={token}",
        "{{'code': '{code}'}}",
        "code {code}, typed",
        "{{'jwt': 'eyJhbGciOiJSUzI1NiJ9.e30.sig'}}",
    ],
)
def test_secret_in_a_text_is_found(app: Flask, told: str) -> None:
    text = told.format(token=crypto.new_token(), code=challenges.new_digits(6))

    assert SEEN.leaks([text])


def test_digits_of_an_instant_or_of_a_hash_are_not_a_code(app: Flask) -> None:
    code = challenges.new_digits(6)

    assert not SEEN.leaks([f"2026-11-23T10:00:00.{code}Z", f"a{code}", f"12:{code}", f"-{code}"])


def test_log_is_heard(app: Flask) -> None:
    structlog.get_logger("idp.test").info("seen", path="/nulle-part")

    assert any("/nulle-part" in line for line in SEEN.logs)


def test_nothing_is_found_where_nothing_is(app: Flask) -> None:
    said: dict[str, Any] = {"reason": "incorrect", "kind": "totp"}
    crypto.new_token()

    assert SEEN.leaks([repr(said)]) == []
