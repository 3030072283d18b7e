"""Another address: proven where it is, told where it was; and what attackers would make of it."""

from datetime import UTC, datetime, timedelta

import pytest
from factories import an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient
from sent_mails import code_sent_to, mails_to, waiting_mails
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts import challenges, login
from idp.accounts.login import Attempt, Refused
from idp.accounts.models import Account, BrowserSession
from idp.audit import JournalEntry
from idp.db import db

OLD = "claire.martin@exemple.fr"
NEW = "claire@nouveau.example.fr"
OTHER = "claire@autre.example.fr"
PAGE = "/profil/courriel"


def ask(client: FlaskClient, address: str = NEW) -> TestResponse:
    return client.post(PAGE, data={"email": address, "email_confirme": address})


def type_code(client: FlaskClient, code: str) -> TestResponse:
    return client.post(f"{PAGE}/code", data={"code": code})


def signed_in_at(client: FlaskClient, account: Account, at: datetime) -> None:
    """A session of somebody who signed in at that instant."""
    sid = signed_in(client, account)
    db.session.execute(update(BrowserSession).where(BrowserSession.sid == sid).values(auth_time=at))


def journalled() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.event).order_by(JournalEntry.id)))


@pytest.fixture
def account(client: FlaskClient) -> Account:
    """Somebody signed in on ``client``."""
    account = an_account(email=OLD)
    signed_in(client, account)
    return account


def test_a_proven_address_replaces_the_former_one_which_is_told_twice(
    client: FlaskClient, account: Account
) -> None:
    """DOMAIN §2.1: the person is told at once, on the former address."""
    account.mail_refused_at, account.mail_refusal = datetime.now(UTC), "550 no such user"
    asked = ask(client)
    before = account.email
    typed = type_code(client, code_sent_to(NEW))

    assert (asked.location, typed.location) == (f"{PAGE}/code", "/profil")
    assert (before, account.email) == (OLD, NEW)
    assert (account.mail_refused_at, account.mail_refusal) == (None, None)
    subjects = [mail["subject"] for mail in mails_to(OLD)]
    assert len(subjects) == 2
    assert "est demandée" in subjects[0]
    assert "a été changée" in subjects[1]
    assert journalled() == ["email_code_sent", "email_change_asked", "email_changed"]


def test_notices_hold_neither_the_new_address_nor_a_link(
    client: FlaskClient, account: Account
) -> None:
    ask(client)
    type_code(client, code_sent_to(NEW))

    for mail in mails_to(OLD):
        assert NEW not in mail["body"]
        assert "http://localhost:8000/" not in mail["body"]


def test_nothing_changes_before_the_code(client: FlaskClient, account: Account) -> None:
    ask(client)

    refused = type_code(client, "000 000" if code_sent_to(NEW) != "000 000" else "111 111")

    assert "Ce n’est pas le bon code" in refused.text
    assert account.email == OLD
    assert NEW in client.get("/profil").text


def test_the_code_of_one_address_does_not_prove_another(
    client: FlaskClient, account: Account
) -> None:
    ask(client, NEW)
    code = code_sent_to(NEW)
    with clock.shifted(timedelta(minutes=2)):
        ask(client, OTHER)
        refused = type_code(client, code)

    assert refused.status_code == 200
    assert account.email == OLD


def test_two_browsers_that_ask_for_two_addresses_leave_the_last_one(
    app: Flask, client: FlaskClient, account: Account
) -> None:
    other = app.test_client()
    signed_in(other, account)
    ask(client, NEW)
    first = code_sent_to(NEW)
    with clock.shifted(timedelta(minutes=2)):
        signed_in_at(client, account, clock.now())
        ask(other, OTHER)
        type_code(client, first)
        between = account.email
        type_code(other, code_sent_to(OTHER))

    assert (between, account.email) == (OLD, OTHER)


def test_a_code_serves_once(client: FlaskClient, account: Account) -> None:
    ask(client)
    code = code_sent_to(NEW)
    type_code(client, code)

    again = type_code(client, code)

    assert again.location == "/profil"
    assert journalled().count("email_changed") == 1


def test_the_code_of_somebody_else_is_worth_nothing(
    app: Flask, client: FlaskClient, account: Account
) -> None:
    thief = app.test_client()
    signed_in(thief, an_account(email="voleur@exemple.fr"))
    ask(thief, NEW)
    code = code_sent_to(NEW)

    answer = type_code(client, code)

    assert answer.location == "/profil"
    assert account.email == OLD


def test_a_change_that_waits_is_cancelled(client: FlaskClient, account: Account) -> None:
    ask(client)
    code = code_sent_to(NEW)

    client.post(f"{PAGE}/annuler")
    client.post(f"{PAGE}/annuler")
    typed = type_code(client, code)

    assert typed.location == "/profil"
    assert account.email == OLD
    assert NEW not in client.get("/profil").text
    assert journalled().count("email_change_cancelled") == 1


def test_the_person_may_cancel_long_after_they_signed_in(
    client: FlaskClient, account: Account
) -> None:
    ask(client)
    signed_in_at(client, account, datetime.now(UTC) - timedelta(minutes=20))

    assert client.get(PAGE).location.startswith("/connexion")
    assert client.post(f"{PAGE}/annuler").location == "/profil"


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/code", f"{PAGE}/renvoyer"])
def test_an_old_sign_in_is_not_enough(client: FlaskClient, path: str) -> None:
    account = an_account()
    signed_in(client, account)

    with clock.shifted(timedelta(minutes=16)):
        answer = client.post(path, data={"email": NEW, "email_confirme": NEW})

    assert answer.location.startswith("/connexion")
    assert waiting_mails() == []


def test_codes_and_notices_are_few(client: FlaskClient, account: Account) -> None:
    ask(client)
    again = client.post(f"{PAGE}/renvoyer")
    ask(client, OTHER)

    assert again.location == f"{PAGE}/code"
    assert len(waiting_mails()) == 2
    with clock.shifted(timedelta(seconds=61)):
        client.post(f"{PAGE}/renvoyer")
    assert len(mails_to(NEW)) == 2
    assert len(mails_to(OLD)) == 1


def test_a_code_that_was_forgotten_is_dead(client: FlaskClient, account: Account) -> None:
    ask(client)
    code = code_sent_to(NEW)

    with clock.shifted(timedelta(minutes=15)):
        signed_in_at(client, account, clock.now())
        typed = type_code(client, code)

    assert typed.location == "/profil"
    assert account.email == OLD


@pytest.mark.parametrize("address", [OLD, OLD.upper().replace("EXEMPLE.FR", "exemple.fr")])
def test_the_address_on_file_is_not_asked_again(
    client: FlaskClient, account: Account, address: str
) -> None:
    assert "déjà l’adresse mail" in ask(client, address).text
    assert waiting_mails() == []


@pytest.mark.parametrize(
    "address", ["claire", "claire@exemple.fr\r\nBcc: x@evil.example", "a@b@c.fr", ""]
)
def test_what_is_no_address_is_refused(client: FlaskClient, account: Account, address: str) -> None:
    assert ask(client, address).status_code == 200
    assert waiting_mails() == []


def test_a_provisional_password_on_its_way_to_the_former_address_is_dead(
    client: FlaskClient, account: Account
) -> None:
    secret = challenges.issue_reset(account.id, OLD, datetime.now(UTC))
    assert secret
    ask(client)
    type_code(client, code_sent_to(NEW))

    outcome = login.sign_in(Attempt(account.identifiant, secret), clock.now())

    assert isinstance(outcome, Refused)


def test_an_address_of_two_accounts_is_allowed_and_said(
    client: FlaskClient, account: Account
) -> None:
    an_account(email=NEW)
    ask(client)

    type_code(client, code_sent_to(NEW))

    assert "Un autre compte a la même adresse mail" in client.get("/profil").text
    assert account.email == NEW
