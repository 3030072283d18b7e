"""The mailbox and the letters of the demonstration: readable there, absent elsewhere."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from idp import demo, mail, worker
from idp.app import create_app
from idp.config import Settings
from idp.db import db


@pytest.fixture
def folder(app: Flask, settings: Settings) -> Iterator[Path]:
    """The folder of the demonstration, with one batch of letters and a file that is nobody's business."""
    folder = settings.demo_dir or Path()
    batch = folder / demo.COURRIERS / "identifiants" / "identifiant-1.pdf"
    batch.parent.mkdir(parents=True, exist_ok=True)
    batch.write_bytes(b"%PDF-1.7")
    (folder / "private").write_text("private")
    yield folder
    batch.unlink()
    for path in (folder / mail.MAILBOX).glob("*.eml"):
        path.unlink()


def test_mail_is_read_in_the_mailbox(client: FlaskClient, folder: Path) -> None:
    for code in ("111111", "222222"):
        mail.send("code", "claire@exemple.fr", at=datetime.now(UTC), code=code, minutes=10)
        db.session.commit()
        worker.drain()

    page = client.get("/demo/").text
    address = page.split('href="/demo/courriels/')[1].split('"')[0]
    mail_page = client.get(f"/demo/courriels/{address}").text

    assert page.index("222222") < page.index("111111")
    assert "claire@exemple.fr" in mail_page
    assert "Bonjour," in mail_page
    assert "222222" in mail_page


def test_letters_are_shown_by_the_browser(client: FlaskClient, folder: Path) -> None:
    address = client.get("/demo/").text.split('href="/demo/courriers/')[1].split('"')[0]

    response = client.get(f"/demo/courriers/{address}")
    response.close()

    assert response.mimetype == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("inline")
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/demo/courriers/../private",
        "/demo/courriers/identifiants/../../private",
        "/demo/courriers/identifiants/..%2f..%2fprivate",
        "/demo/courriers/%2e%2e/private",
        "/demo/courriers/..%5c/private",
        "/demo/courriers/.../private",
        "/demo/courriels/..%2f..%2fprivate",
        "/demo/courriels/../private",
        "/demo/courriels/*",
    ],
)
def test_no_address_reaches_another_file(client: FlaskClient, folder: Path, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404
    assert response.text != "private"


def test_production_has_no_such_page(settings: Settings) -> None:
    production = create_app(replace(settings, mail_url=urlsplit("smtp://localhost:25")))

    assert not [rule for rule in production.url_map.iter_rules() if rule.rule.startswith("/demo")]
