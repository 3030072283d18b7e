"""Mails: written from templates, queued in the outbox, sent by the worker through Flask-Mail.

Mails carry no link to click (the guide warns partners against them): a code or a provisional secret, and the
address to type. The demonstration writes them to files that ``/demo/`` shows.
"""

from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote
from uuid import uuid4

from flask import Flask, current_app
from flask_mail import Mail, Message

from idp import outbox, plain_text
from idp.extensions import ground

KIND = "mail"
MAILBOX = "mails"
SENDER = ("Mon Compte Partenaire", "ne-pas-repondre@partenaires.caf.example")


def send(template: str, to: str, *, at: datetime, **context: Any) -> None:
    """Queue ``templates/mail/<template>.txt``: its first line is the subject, the rest the text."""
    issuer = ground().settings.issuer
    text = plain_text.render(f"mail/{template}.txt", issuer=issuer, **context)
    subject, _, body = text.partition("\n")
    payload = {"to": to, "subject": subject.strip(), "body": body.lstrip("\n")}
    if any(character in f"{to}{payload['subject']}" for character in "\r\n"):
        raise ValueError("a header of a mail holds a single line")
    outbox.enqueue(KIND, payload, at=at)


def deliver(payload: outbox.Payload) -> None:
    """Hand one mail over: to the SMTP server, or to the demonstration mailbox."""
    message = Message(
        subject=payload["subject"],
        recipients=[payload["to"]],
        body=payload["body"],
        sender=SENDER,
        extra_headers={"Auto-Submitted": "auto-generated", "Content-Language": "fr"},
    )
    demo_dir = ground().settings.demo_dir
    if demo_dir is None:
        current_app.extensions["mail"].send(message)
        return
    _keep(message, demo_dir / MAILBOX)


def _keep(message: Message, mailbox: Path) -> None:
    mailbox.mkdir(parents=True, exist_ok=True)
    name = uuid4()
    draft = mailbox / f".{name}.part"
    draft.write_bytes(message.as_bytes())
    draft.rename(mailbox / f"{name}.eml")


def init_app(app: Flask, mail_url: SplitResult) -> None:
    """Configure Flask-Mail from ``IDP_MAIL_URL`` (``smtp://user:password@host:port``, ``smtps://`` for TLS)."""
    app.config.update(
        MAIL_SERVER=mail_url.hostname or "localhost",
        MAIL_PORT=mail_url.port or (465 if mail_url.scheme == "smtps" else 25),
        MAIL_USE_SSL=mail_url.scheme == "smtps",
        MAIL_USE_TLS=mail_url.query == "starttls",
        MAIL_USERNAME=unquote(mail_url.username) if mail_url.username else None,
        MAIL_PASSWORD=unquote(mail_url.password) if mail_url.password else None,
        MAIL_SUPPRESS_SEND=False,
    )
    app.extensions["mail"] = Mail(app)
