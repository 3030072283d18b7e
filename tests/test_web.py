"""The edge of HTTP: pages of errors in French, headers, proxies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NoReturn
from urllib.parse import urlsplit

import pytest
from conftest import another_app
from flask import Flask, Response, abort, request, url_for
from flask.testing import FlaskClient

from idp import web
from idp.config import Settings
from idp.errors import Conflict
from idp.web import MAX_BODY_BYTES

SMTP = urlsplit("smtp://localhost:25")


def fail() -> NoReturn:
    """A fault of ours."""
    raise RuntimeError("the private detail")


def conflict() -> NoReturn:
    """A refusal."""
    raise Conflict("Quelqu’un a modifié cette fiche.", conseil="Rechargez-la.", detail="row 12")


def form() -> str:
    """Reads what was sent."""
    return str(len(request.form))


def chosen() -> NoReturn:
    """Stops with a response of its own."""
    abort(Response("chosen", 418))


@contextmanager
def odd_app(settings: Settings) -> Iterator[Flask]:
    """The application, with routes that go wrong."""
    with another_app(settings) as app:
        add_routes(app)
        yield app


def add_routes(app: Flask) -> None:
    """Routes that go wrong, or tell what they see."""
    app.config["WTF_CSRF_ENABLED"] = False
    app.add_url_rule("/fail", view_func=fail)
    app.add_url_rule("/conflict", view_func=conflict)
    app.add_url_rule("/chosen", view_func=chosen)
    app.add_url_rule("/form", view_func=form, methods=["POST"])
    app.add_url_rule("/base", "base", lambda: url_for("base", _external=True))
    app.add_url_rule("/address", "address", lambda: str(request.remote_addr))


@pytest.fixture
def odd(app: Flask, settings: Settings) -> Iterator[FlaskClient]:
    """A browser of that application."""
    with odd_app(settings) as made:
        yield made.test_client()


@pytest.mark.parametrize(
    ("path", "method", "status", "words"),
    [
        ("/nulle-part", "GET", 404, "Cette page n’existe pas"),
        ("/connexion", "PATCH", 405, "ne s’ouvre pas de cette façon"),
        ("/conflict", "GET", 409, "Quelqu’un a modifié cette fiche."),
        ("/fail", "GET", 500, "Un problème est survenu de notre côté"),
    ],
)
def test_errors_are_pages_in_french(
    odd: FlaskClient, path: str, method: str, status: int, words: str
) -> None:
    response = odd.open(path, method=method)

    assert response.status_code == status
    assert words in response.text
    assert '<html lang="fr">' in response.text


def test_error_says_nothing_private_but_gives_a_reference(odd: FlaskClient) -> None:
    pages = [odd.get("/fail").text, odd.get("/conflict").text]

    assert "private detail" not in pages[0]
    assert "row 12" not in pages[1]
    assert all("indiquez cette référence" in page for page in pages)


def test_page_of_a_fault_needs_nothing_that_may_be_away(odd: FlaskClient) -> None:
    def away() -> NoReturn:
        raise ConnectionError("the database is away")

    odd.application.context_processor(away)

    response = odd.get("/fail")

    assert response.status_code == 500
    assert "Un problème est survenu de notre côté" in response.text


def test_405_says_what_is_allowed(odd: FlaskClient) -> None:
    """RFC 9110 §15.5.6: the origin server MUST generate an Allow header field."""
    response = odd.get("/form")

    assert set(response.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_response_that_a_view_chose_is_kept(odd: FlaskClient) -> None:
    assert (odd.get("/chosen").status_code, odd.get("/chosen").text) == (418, "chosen")


def test_a_text_that_no_database_keeps_is_refused(odd: FlaskClient) -> None:
    answers = [
        odd.get("/chosen?q=a%00b"),
        odd.get("/chosen?q%00=a"),
        odd.get("/chosen/a%00b"),
        odd.post("/form", data={"motif": "a\0b"}),
        odd.post("/form", data={"motif": "a\0b"}, content_type="multipart/form-data"),
    ]

    assert [answer.status_code for answer in answers] == [400] * 5
    assert '<html lang="fr">' in answers[0].text


@pytest.mark.parametrize(
    "sent",
    [
        {"data": b"x" * (MAX_BODY_BYTES + 1), "content_type": "application/x-www-form-urlencoded"},
        {
            "data": {f"field{number}": "x" for number in range(2000)},
            "content_type": "multipart/form-data",
        },
    ],
    ids=["too long", "too many fields"],
)
def test_what_is_too_large_is_refused(odd: FlaskClient, sent: dict[str, object]) -> None:
    response = odd.post("/form", **sent)

    assert response.status_code == 413
    assert "trop volumineux" in response.text


def test_proxy_is_believed_only_when_declared(app: Flask, settings: Settings) -> None:
    forwarded = {
        "X-Forwarded-For": "198.51.100.7, 203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "idp.example",
    }

    with odd_app(settings) as made:
        alone = made.test_client().get("/address", headers=forwarded)
        base_alone = made.test_client().get("/base", headers=forwarded)
    with odd_app(replace(settings, trusted_proxies=1)) as made:
        behind = made.test_client().get("/address", headers=forwarded)
        base_behind = made.test_client().get("/base", headers=forwarded)

    assert (alone.text, base_alone.text) == ("127.0.0.1", "http://localhost/base")
    assert (behind.text, base_behind.text) == ("203.0.113.9", "https://idp.example/base")
    assert "Strict-Transport-Security" in base_behind.headers
    assert "Strict-Transport-Security" not in base_alone.headers


def test_scripts_of_each_response_have_a_nonce_of_their_own(client: FlaskClient) -> None:
    policies = {client.get("/").headers["Content-Security-Policy"] for _ in range(3)}

    assert len(policies) == 3
    assert all("'unsafe-inline'" not in policy for policy in policies)


def test_cookies_of_a_site_in_tls_are_bound_to_it(settings: Settings) -> None:
    with odd_app(replace(settings, issuer="https://idp.example", mail_url=SMTP)) as made:
        pass

    assert made.config["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert made.config["SESSION_COOKIE_SECURE"]
    assert made.config["SESSION_COOKIE_HTTPONLY"]


@pytest.mark.parametrize(
    "origin",
    [
        "https://a.example; script-src *",
        "https://a.example;script-src",
        "https://a.example *",
        "https://a.example\r\nX: y",
        "https://*",
        "*",
        "javascript:alert(1)",
        "",
    ],
)
def test_an_address_written_by_a_client_cannot_alter_the_policy(app: Flask, origin: str) -> None:
    """The attack: a redirect_uri or a logo_uri that ends its directive and begins another."""
    with app.test_request_context("/"):
        web.allow(images=[origin, "https://images.example/a.png"], forms=[origin])
        policy = app.process_response(Response()).headers["Content-Security-Policy"]

    assert "img-src 'self' data:" in policy
    assert "https://images.example;" in policy
    assert policy.count("script-src") == 1
    assert "*" not in policy
    assert "javascript" not in policy
    assert "//a.example" not in policy.partition("form-action")[2]
