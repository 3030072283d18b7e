"""RFC 9470: the example's API asks for a recent sign-in, and its pages obtain it."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from examples.offre_bailleurs.api import RECENT_S
from examples.offre_bailleurs.app import create_app

ISSUER = "https://idp.example"
AUDIENCE = "https://rp.example/api"
KEY = RSAKey.generate_key(2048, auto_kid=True)
PAGE = "/coordonnees-bancaires"


class Keys:
    """The provider's keys, without a network."""

    def for_token(self, _token: str) -> KeySet:
        return KeySet([KEY])


@pytest.fixture
def service() -> Flask:
    """Offre Bailleurs, which knows its provider already."""
    app = create_app(
        {
            "RP_ISSUER": ISSUER,
            "RP_BASE_URL": "https://rp.example",
            "RP_CLIENT_ID": "rp",
            "RP_CLIENT_SECRET": "secret",
            "RP_AUDIENCE": AUDIENCE,
            "RP_SECRET_KEY": "0" * 32,
            "RP_NAME": "Offre Bailleurs",
        }
    )
    app.extensions["keys"] = Keys()
    provider = app.extensions["provider"]
    provider.server_metadata["authorization_endpoint"] = f"{ISSUER}/oidc/authorize"
    provider.server_metadata["_loaded_at"] = time.time()
    return app


@pytest.fixture
def token() -> Callable[[int], str]:
    """An access token of somebody who signed in that many seconds ago."""

    def make(ago_s: int) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": [AUDIENCE],
            "sub": "someone",
            "client_id": "rp",
            "jti": "1",
            "exp": now + 300,
            "scope": "openid habilitations",
            "groups": ["offre-bailleurs:prive:359"],
            "auth_time": now - ago_s,
        }
        return jwt.encode({"alg": "RS256", "typ": "at+jwt", "kid": KEY.kid}, claims, KEY, ["RS256"])

    return make


def test_api_tells_how_recent_a_sign_in_it_wants(
    service: Flask, token: Callable[[int], str]
) -> None:
    """RFC 9470 §3: 401, the error, max_age."""
    header = {"Authorization": f"Bearer {token(RECENT_S + 5)}"}

    answer = service.test_client().get(f"/api{PAGE}", headers=header)

    challenge = answer.headers["WWW-Authenticate"]
    assert answer.status_code == 401
    assert 'error="insufficient_user_authentication"' in challenge
    assert f'max_age="{RECENT_S}"' in challenge


def test_recent_sign_in_opens_it(service: Flask, token: Callable[[int], str]) -> None:
    header = {"Authorization": f"Bearer {token(10)}"}

    answer = service.test_client().get(f"/api{PAGE}", headers=header)

    assert answer.status_code == 200
    assert (answer.json or {})["iban"]


def test_page_sends_the_person_to_sign_in_again(
    service: Flask, token: Callable[[int], str]
) -> None:
    """RFC 9470 §4: an authorization with the max_age of the challenge."""
    browser = service.test_client()
    value = service.extensions["signed_in"].add(
        claims={}, userinfo={}, id_token="", access_token=token(RECENT_S + 5)
    )
    browser.set_cookie("rp_session", value)

    response = browser.get(PAGE)

    asked = parse_qs(urlsplit(response.location).query)
    assert response.location.startswith(f"{ISSUER}/oidc/authorize?")
    assert asked["max_age"] == [str(RECENT_S)]
    with browser.session_transaction() as kept:
        assert kept["retour"] == PAGE
