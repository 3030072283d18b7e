"""« Nouvelle connexion depuis … »: told once of each kind of device, at a constant cost."""

from datetime import UTC, datetime, timedelta

import pytest
from factories import PASSWORD, an_account
from flask import Flask
from sent_mails import waiting_mails
from sql_budget import counted

from idp.accounts import login
from idp.accounts.login import Attempt
from idp.accounts.models import Account
from idp.accounts.sessions import Browser
from idp.db import db

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEWER = FIREFOX.replace("140", "141")
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile/15E148 Safari/604.1"
)


def enter(
    account: Account, device: str | None, at: datetime = NOW, password: str = PASSWORD
) -> None:
    login.sign_in(Attempt(account.identifiant, password, Browser(device)), at)


def subjects() -> list[str]:
    return [mail["subject"] for mail in waiting_mails()]


def test_the_first_sign_in_ever_is_no_news(app: Flask) -> None:
    enter(an_account(), FIREFOX)

    assert subjects() == []


def test_another_device_is_told_once(app: Flask) -> None:
    account = an_account()
    for day, device in enumerate((FIREFOX, IPHONE, IPHONE, FIREFOX, NEWER)):
        enter(account, device, NOW + day * DAY)

    (mail,) = waiting_mails()
    assert mail["to"] == account.email
    assert "Safari sur iPhone" in mail["body"]
    assert "http://localhost:8000/" not in mail["body"]


def test_a_device_not_used_for_a_year_is_news_again(app: Flask) -> None:
    account = an_account()
    enter(account, IPHONE, NOW - 400 * DAY)
    enter(account, FIREFOX, NOW - DAY)
    before = subjects()
    enter(account, IPHONE, NOW)

    assert (before, subjects()) == ([], ["Nouvelle connexion à votre compte"])


def test_what_others_use_does_not_make_a_device_known(app: Flask) -> None:
    account = an_account()
    enter(account, FIREFOX)
    enter(an_account(), IPHONE)
    enter(account, IPHONE, NOW + DAY)

    assert len(subjects()) == 1


@pytest.mark.parametrize("changes", [{"email_verified_at": None}, {"email": None}])
def test_nobody_is_written_to_at_an_address_that_is_not_proven(
    app: Flask, changes: dict[str, None]
) -> None:
    account = an_account(**changes)
    enter(account, FIREFOX)
    enter(account, IPHONE, NOW + DAY)

    assert subjects() == []


def test_a_wrong_password_is_not_told(app: Flask) -> None:
    account = an_account()
    enter(account, FIREFOX)
    enter(account, IPHONE, NOW + DAY, password="wrong")

    assert subjects() == []


def test_what_browsers_say_adds_no_header_to_the_mail(app: Flask) -> None:
    account = an_account()
    enter(account, FIREFOX)
    enter(account, "iPhone\r\nBcc: x@evil.example", NOW + DAY)

    (mail,) = waiting_mails()
    assert "evil" not in str(mail)


def test_sign_ins_cost_the_same_whatever_the_history(app: Flask) -> None:
    """A new device costs its mail besides: one row of the outbox."""
    account = an_account()
    budgets = []
    for day, device in enumerate((FIREFOX, FIREFOX, IPHONE, FIREFOX)):
        db.session.commit()
        with counted() as sent:
            enter(account, device, NOW + day * DAY)
        budgets.append(len(sent))

    assert len({budgets[0], budgets[1], budgets[2] - 1, budgets[3]}) == 1
