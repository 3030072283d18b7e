"""Mails that come back are recorded on their accounts, without what the server wrote, and not sent for ever."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from conftest import another_app
from factories import an_account
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from test_mail import SmtpServer, send_a_code

from idp import worker
from idp.accounts import bounce_report, bounces
from idp.accounts.bounce_report import Bounce
from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.cli import main
from idp.config import Settings
from idp.db import db
from idp.outbox import Delivery
from idp.printable import format_identifiant

ADDRESS = "claire@exemple.fr"

REPORT = """\
From: MAILER-DAEMON@relais.exemple.fr
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relais.exemple.fr

Final-Recipient: rfc822; Claire@Exemple.fr
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 Claire Martin has left

--b--
"""


def report(action: str = "failed", status: str = "5.1.1") -> bytes:
    """What a relay sends back of a mail."""
    return REPORT.format(action=action, status=status).encode()


@pytest.fixture
def smtp(app: Flask, settings: Settings) -> Callable[[str], None]:
    """Send a mail through a server that answers this of its recipient."""

    def send(answer: str) -> None:
        db.session.commit()
        server = SmtpServer(answer)
        server.start()
        url = urlsplit(f"smtp://127.0.0.1:{server.port}")
        with another_app(replace(settings, mail_url=url)) as made, made.app_context():
            send_a_code(ADDRESS)
            worker.run_once()
        db.session.expire_all()

    return send


def test_address_refused_for_good_is_recorded_and_not_tried_again(
    smtp: Callable[[str], None],
) -> None:
    account = an_account(email=ADDRESS)

    smtp("550 5.1.1 <claire@exemple.fr> Claire Martin has left")

    (delivery,) = db.session.scalars(select(Delivery))
    assert account.mail_refused_at is not None
    assert account.mail_refusal == "5.1.1 adresse inconnue"
    assert delivery.done_at is not None
    assert delivery.last_error is None
    told = [
        entry for entry in db.session.scalars(select(JournalEntry)) if entry.event == "mail_refused"
    ]
    assert [(entry.account_id, entry.data) for entry in told] == [(account.id, {"status": "5.1.1"})]


def test_address_refused_for_now_is_tried_again_and_nobody_is_named(
    smtp: Callable[[str], None],
) -> None:
    account = an_account(email=ADDRESS)

    smtp("450 4.2.1 claire@exemple.fr come back later")

    (delivery,) = db.session.scalars(select(Delivery))
    assert account.mail_refused_at is None
    assert delivery.done_at is None
    assert delivery.last_error == "the server said 450 of the recipient"


def test_mail_that_is_taken_again_clears_it(smtp: Callable[[str], None]) -> None:
    account = an_account(
        email=ADDRESS, mail_refused_at=datetime.now(UTC), mail_refusal="5.2.2 boîte pleine"
    )

    smtp("250 ok")

    assert (account.mail_refused_at, account.mail_refusal) == (None, None)


def test_report_names_who_is_never_reached() -> None:
    assert bounce_report.parse(report()) == [Bounce("Claire@Exemple.fr", "5.1.1")]


@pytest.mark.parametrize(
    ("action", "status"), [("delayed", "4.4.1"), ("failed", "4.2.2"), ("delivered", "5.1.1")]
)
def test_what_may_still_arrive_is_no_bounce(action: str, status: str) -> None:
    assert bounce_report.parse(report(action, status)) == []


@given(st.binary(max_size=300), st.integers(0, 700))
def test_any_message_is_read_without_a_fault(noise: bytes, at: int) -> None:
    whole = report()

    read = bounce_report.parse(whole[:at] + noise + whole[at:])

    assert read is None or all("@" in bounce.address for bounce in read)


@pytest.mark.parametrize(
    "message",
    [b"", b"Subject: x\n\nhello", b"Content-Type: multipart/report\n\nx", b"x" * 1_000_001],
    ids=["empty", "mail", "no part", "too long"],
)
def test_what_is_no_report_is_said(message: bytes) -> None:
    assert bounce_report.parse(message) is None


@pytest.fixture
def rebonds(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Give a message to the command, as the mail server does."""
    for name, value in {
        "IDP_SECRET_KEY": settings.secret_key,
        "IDP_DATABASE_URL": settings.database_url,
        "IDP_KEYS_DIR": str(settings.keys_dir),
        "IDP_MAIL_URL": settings.mail_url.geturl(),
        "IDP_RELYING_PARTIES": str(settings.relying_parties),
    }.items():
        monkeypatch.setenv(name, value)

    def run(message: bytes, command: str = "rebonds") -> tuple[int, str]:
        result = CliRunner().invoke(main, ["courriels", command], input=message)
        db.session.expire_all()
        return result.exit_code, result.output

    return run


def test_mail_server_gives_its_reports_to_the_command(
    rebonds: Callable[..., tuple[int, str]],
) -> None:
    accounts = [an_account(email=ADDRESS), an_account(email=ADDRESS.upper())]
    db.session.commit()

    assert rebonds(report()) == (0, "1 adresses refusées, 2 comptes.\n")
    assert {account.mail_refusal for account in accounts} == {"5.1.1 adresse inconnue"}
    code, listed = rebonds(b"", "refuses")
    assert code == 0
    assert listed.endswith("2 comptes.\n")
    assert all(format_identifiant(account.identifiant) in listed for account in accounts)


def test_command_says_what_is_no_report(rebonds: Callable[..., tuple[int, str]]) -> None:
    code, told = rebonds(b"Subject: hello\n\nhello")

    assert code == 65
    assert "pas un rapport" in told


def test_refusal_keeps_a_code_and_a_few_words_only(app: Flask) -> None:
    account = an_account(email=ADDRESS)

    bounces.record(Bounce(ADDRESS, "5.7.1"), datetime.now(UTC) - timedelta(days=1))

    db.session.refresh(account)
    assert account.mail_refusal == "5.7.1 refusé par le serveur"
    assert db.session.scalar(select(Account.mail_refused_at)) is not None
