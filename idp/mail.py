"""Mails: written from templates, queued in the outbox, sent by the worker through Flask-Mail.

Mails carry no link to click (the guide warns partners against them): a code or a provisional secret, and the
address to type. The demonstration writes them to files that ``/demo/`` shows.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from smtplib import SMTPRecipientsRefused
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
    outbox.enqueue(KIND, _payload(template, to, context), at=at)


def send_all(
    template: str, letters: Iterable[tuple[str, Mapping[str, Any]]], *, at: datetime
) -> None:
    """Queue the same template for many addresses, each with its values, by one statement."""
    outbox.enqueue_all(KIND, [_payload(template, to, values) for to, values in letters], at=at)


def _payload(template: str, to: str, context: Mapping[str, Any]) -> outbox.Payload:
    issuer = ground().settings.issuer
    text = plain_text.render(f"mail/{template}.txt", issuer=issuer, **context)
    subject, _, body = text.partition("\n")
    payload = {"to": to, "subject": subject.strip(), "body": body.lstrip("\n")}
    if any(character in f"{to}{payload['subject']}" for character in "\r\n"):
        raise ValueError("a header of a mail holds a single line")
    return payload


@dataclass(frozen=True, slots=True)
class Refused:
    """The server will never take a mail for this address; ``status``: 5.1.1, or 550 when it says no more."""

    status: str


_ENHANCED = re.compile(r"5\.\d{1,3}\.\d{1,3}")


def deliver(payload: outbox.Payload) -> Refused | outbox.TryAgain | None:
    """Hand one mail over: to the SMTP server, or to the demonstration mailbox; None once it is taken."""
    message = Message(
        subject=payload["subject"],
        recipients=[payload["to"]],
        body=payload["body"],
        sender=SENDER,
        extra_headers={"Auto-Submitted": "auto-generated", "Content-Language": "fr"},
    )
    demo_dir = ground().settings.demo_dir
    if demo_dir is None:
        try:
            current_app.extensions["mail"].send(message)
        except SMTPRecipientsRefused as error:
            return _refusal(error, payload["to"])
        return None
    _keep(message, demo_dir / MAILBOX)
    return None


def _refusal(error: SMTPRecipientsRefused, address: str) -> Refused | outbox.TryAgain:
    code, said = error.recipients.get(address, (0, b""))
    if not 500 <= code < 600:
        # In a few words: what is kept of a failure names nobody.
        return outbox.TryAgain(f"the server said {code} of the recipient")
    enhanced = _ENHANCED.match(said.decode("ascii", "replace"))
    return Refused(enhanced[0] if enhanced else str(code))


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
