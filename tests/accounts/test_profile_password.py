"""A password changed from « Mon profil »: who knows the current one, and nobody who merely holds a session."""

from datetime import timedelta

import pytest
from factories import PASSWORD, an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient
from sent_mails import mails_to
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts import passwords
from idp.accounts.models import Account, BrowserSession
from idp.audit import JournalEntry
from idp.db import db

NEW = "Quatre tuiles rousses au soleil"
PAGE = "/profil/mot-de-passe"


def change(client: FlaskClient, current: str = PASSWORD, new: str = NEW) -> TestResponse:
    return client.post(PAGE, data={"actuel": current, "nouveau": new, "confirmation": new})


@pytest.fixture
def account(client: FlaskClient) -> Account:
    """Somebody signed in on ``client``."""
    account = an_account()
    signed_in(client, account)
    return account


def test_the_password_changes_and_every_other_session_ends(
    app: Flask, client: FlaskClient, account: Account, ended_sessions: list[object]
) -> None:
    elsewhere = app.test_client()
    signed_in(elsewhere, account)
    cookie = client.get_cookie("mcp_session")
    assert cookie

    answer = change(client)

    renewed = client.get_cookie("mcp_session")
    assert answer.location == "/profil"
    assert renewed
    assert renewed.value != cookie.value
    assert client.get("/profil").status_code == 200
    assert elsewhere.get("/profil").location.startswith("/connexion")
    assert len(ended_sessions) == 2
    assert passwords.verify(account.password_hash, NEW)
    assert "a été changé" in mails_to(account.email or "")[0]["subject"]


def test_the_new_session_is_worth_the_same_proof(client: FlaskClient, account: Account) -> None:
    row = db.session.scalars(select(BrowserSession)).one()
    row.acr, row.amr = "mcp2", ["pwd", "otp", "mfa"]

    change(client)

    live = db.session.scalars(select(BrowserSession).where(BrowserSession.ended_at.is_(None))).one()
    assert (live.acr, live.amr) == ("mcp2", ["pwd", "otp", "mfa"])


def test_a_wrong_current_password_changes_nothing_and_is_journalled(
    client: FlaskClient, account: Account
) -> None:
    answer = change(client, current="wrong")

    assert "pas votre mot de passe actuel" in answer.text
    assert passwords.verify(account.password_hash, PASSWORD)
    entry = db.session.scalars(select(JournalEntry)).one()
    assert (entry.event, entry.data) == ("current_password_refused", {"reason": "incorrect"})
    assert account.failures == 1


def test_a_stolen_session_does_not_guess_without_limit(
    client: FlaskClient, account: Account
) -> None:
    for _ in range(5):
        change(client, current="wrong")

    throttled = change(client)

    assert "pas votre mot de passe actuel" in throttled.text
    assert passwords.verify(account.password_hash, PASSWORD)
    with clock.shifted(timedelta(seconds=61)):
        assert change(client).location == "/profil"
    assert account.failures == 0


def test_a_guess_costs_one_computation(
    client: FlaskClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = []
    verify = passwords.verify

    def noted(password_hash: str | None, typed: str) -> bool:
        computed.append(typed)
        return verify(password_hash, typed)

    monkeypatch.setattr(passwords, "verify", noted)
    change(client, current="wrong")

    assert computed == ["wrong"]


@pytest.mark.parametrize("new", [PASSWORD, "court", "Claire Martin 12"])
def test_a_new_password_follows_the_rules(client: FlaskClient, account: Account, new: str) -> None:
    assert change(client, new=new).status_code == 200
    assert passwords.verify(account.password_hash, PASSWORD)


def test_sent_twice_it_is_changed_once(client: FlaskClient, account: Account) -> None:
    change(client)
    again = change(client)

    assert "pas votre mot de passe actuel" in again.text
    events = db.session.scalars(select(JournalEntry.event)).all()
    assert events.count("password_changed") == 1


def test_an_old_sign_in_is_not_enough(client: FlaskClient, account: Account) -> None:
    with clock.shifted(timedelta(minutes=16)):
        assert change(client).location.startswith("/connexion")

    assert passwords.verify(account.password_hash, PASSWORD)
