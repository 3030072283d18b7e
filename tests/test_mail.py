"""Mails: plain text without link, no header but ours, files in the demonstration, SMTP elsewhere."""

import email
import email.policy
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from io import BufferedRWPair
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import another_app
from flask import Flask

from idp import mail, worker
from idp.config import Settings
from idp.db import db

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def mailbox(app: Flask, settings: Settings) -> Path:
    """The mailbox of the demonstration, empty."""
    folder = (settings.demo_dir or Path()) / mail.MAILBOX
    for path in folder.glob("*.eml"):
        path.unlink()
    return folder


def send_a_code(to: str = "claire@exemple.fr", code: str = "123456") -> None:
    """Queue a mail that carries a code."""
    mail.send("code", to, at=NOW, code=code, minutes=10)
    db.session.commit()


def received(folder: Path) -> EmailMessage:
    """The only mail of the mailbox."""
    (path,) = folder.glob("*.eml")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_mail_is_text_in_french_without_link_to_click(mailbox: Path) -> None:
    send_a_code()
    worker.drain()

    message = received(mailbox)

    assert message["To"] == "claire@exemple.fr"
    assert message["Subject"] == "Votre code : 123456"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert "123456" in message.get_content()
    assert "<a " not in message.get_content()


@pytest.mark.parametrize("ending", ["\nBcc: victim@exemple.fr", "\r\nBcc: victim@exemple.fr", "\r"])
def test_address_cannot_add_a_header(mailbox: Path, ending: str) -> None:
    with pytest.raises(ValueError, match="single line"):
        send_a_code(to=f"claire@exemple.fr{ending}")


def test_subject_cannot_add_a_header(mailbox: Path) -> None:
    send_a_code(code="1\nBcc: victim@exemple.fr")
    worker.drain()

    assert received(mailbox)["Bcc"] is None


def test_mail_of_an_undone_transaction_never_leaves(mailbox: Path) -> None:
    # A worker killed by another test may have left what it was writing.
    before = set(mailbox.glob("*"))
    mail.send("code", "claire@exemple.fr", at=NOW, code="123456", minutes=10)
    db.session.rollback()
    worker.drain()

    assert set(mailbox.glob("*")) == before


class SmtpServer(threading.Thread):
    """As much of an SMTP server as one mail needs."""

    def __init__(self, to_recipient: str = "250 ok") -> None:
        super().__init__(daemon=True)
        self._to_recipient = to_recipient
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.lines: list[str] = []

    def run(self) -> None:
        connection, _ = self._listening.accept()
        with self._listening, connection, connection.makefile("rwb") as stream:
            self._say(stream, "220 ready")
            in_data = False
            for line in stream:
                text = line.decode().rstrip("\r\n")
                self.lines.append(text)
                if in_data:
                    in_data = text != "."
                    if not in_data:
                        self._say(stream, "250 kept")
                    continue
                in_data = text.upper() == "DATA"
                if text.upper().startswith("RCPT"):
                    self._say(stream, self._to_recipient)
                    continue
                self._say(stream, "354 go on" if in_data else "250 ok")
                if text.upper() == "QUIT":
                    return

    def _say(self, stream: BufferedRWPair, text: str) -> None:
        stream.write(f"{text}\r\n".encode())
        stream.flush()


def test_mail_goes_to_the_smtp_server_in_production(app: Flask, settings: Settings) -> None:
    server = SmtpServer()
    server.start()
    url = urlsplit(f"smtp://127.0.0.1:{server.port}")

    production = replace(settings, mail_url=url)
    with another_app(production) as made, made.app_context():
        send_a_code()
        worker.drain()
    server.join(10)

    assert "rcpt to:<claire@exemple.fr>" in [line.lower() for line in server.lines]
    assert any(line.startswith("Subject: Votre code") for line in server.lines)
