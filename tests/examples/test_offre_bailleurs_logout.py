"""The example ends its own session on the word of the provider, and of nobody else."""

import time
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.test import TestResponse

from examples.offre_bailleurs.access_tokens import RemoteKeys
from examples.offre_bailleurs.app import create_app

ISSUER = "https://idp.example"
KEY = RSAKey.generate_key(2048, auto_kid=True)
EVENT = "http://schemas.openid.net/event/backchannel-logout"
ENVIRON = {"RP_CLIENT_SECRET": "secret", "RP_SECRET_KEY": "key", "RP_ISSUER": ISSUER}


@pytest.fixture
def app() -> Flask:
    app = create_app(ENVIRON)
    app.extensions["keys"] = RemoteKeys("unused", KeySet([KEY]))
    return app


def a_token(key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    now = int(time.time())
    content: dict[str, Any] = {
        "iss": ISSUER,
        "aud": "offre-bailleurs",
        "iat": now,
        "exp": now + 120,
        "jti": "1",
        "sub": "someone",
        "sid": "session",
        "events": {EVENT: {}},
        **changes,
    }
    content = {name: value for name, value in content.items() if value is not None}
    shown = {"alg": "RS256", "typ": "logout+jwt", "kid": KEY.kid, **(header or {})}
    return jwt.encode(shown, content, key, algorithms=["RS256"])


def a_person(app: Flask, sid: str = "session") -> str:
    """Somebody signed in by that session; the cookie's value."""
    return app.extensions["signed_in"].add(
        claims={"sid": sid}, userinfo={}, id_token="", access_token=""
    )


def told(app: Flask, token: str) -> TestResponse:
    return app.test_client().post("/backchannel-logout", data={"logout_token": token})


def test_every_sign_in_of_the_session_ends_and_no_other(app: Flask) -> None:
    first, second, other = a_person(app), a_person(app), a_person(app, "another")

    response = told(app, a_token())

    store = app.extensions["signed_in"]
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert [store.get(value) is None for value in (first, second, other)] == [True, True, False]


def test_who_is_already_signed_out_is_signed_out(app: Flask) -> None:
    """Back-Channel Logout §2.8."""
    assert told(app, a_token()).status_code == 200


def test_a_token_is_used_once(app: Flask) -> None:
    """Back-Channel Logout §2.6: replayed later, it would end another sign-in of the same session."""
    token = a_token()
    told(app, token)
    person = a_person(app)

    assert told(app, token).status_code == 400
    assert app.extensions["signed_in"].get(person) is not None


NOW = int(time.time())


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "cdap"},
        {"aud": None},
        {"iat": NOW - 3600, "exp": NOW + 3600},
        {"iat": NOW + 3600},
        {"iat": "now"},
        {"exp": NOW - 60},
        {"exp": None},
        {"jti": None},
        {"sid": None},
        {"events": None},
        {"events": {}},
        {"events": [EVENT]},
        {"events": {EVENT: True}},
        {"nonce": "n"},
        {"header": {"typ": "JWT"}},
        {"header": {"typ": "at+jwt"}},
        {"key": RSAKey.generate_key(2048)},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_a_token_that_only_looks_like_one_ends_nothing(app: Flask, changes: dict[str, Any]) -> None:
    """Back-Channel Logout §2.6."""
    person = a_person(app)

    response = told(app, a_token(**changes))

    assert response.status_code == 400
    assert response.json is not None
    assert app.extensions["signed_in"].get(person) is not None


def test_no_token_at_all_is_refused(app: Flask) -> None:
    assert app.test_client().post("/backchannel-logout").status_code == 400
    assert told(app, "é.é.é").status_code == 400
