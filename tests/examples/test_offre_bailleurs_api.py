"""The example's API accepts our access tokens and nothing that only looks like one."""

import base64
import hmac
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from examples.offre_bailleurs.access_tokens import (
    CLOCK_SKEW_S,
    InvalidToken,
    RemoteKeys,
    validate_access_token,
)
from examples.offre_bailleurs.app import create_app

ISSUER = "https://idp.example"
AUDIENCE = "https://rp.example/api"
NOW = 1_800_000_000
KEY = RSAKey.generate_key(2048, auto_kid=True)
KEYS = KeySet([KEY, ECKey.generate_key("P-256", auto_kid=True)])


def _token(key: Any = KEY, header: dict[str, Any] | None = None, **claims: Any) -> str:
    content = {
        "iss": ISSUER,
        "aud": [AUDIENCE],
        "sub": "someone",
        "client_id": "rp",
        "jti": "1",
        "exp": NOW + 300,
        "groups": ["offre-bailleurs:prive:359"],
        **claims,
    }
    shown = {"alg": "RS256", "typ": "at+jwt", "kid": KEY.kid, **(header or {})}
    return jwt.encode(shown, content, key, algorithms=[shown["alg"]])


def _validate(token: str) -> dict[str, Any]:
    return validate_access_token(token, KEYS, issuer=ISSUER, audience=AUDIENCE, now=NOW)


def test_a_good_token_gives_its_claims() -> None:
    assert _validate(_token())["groups"] == ["offre-bailleurs:prive:359"]


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(lambda: _token(iss="https://other.example"), id="another issuer"),
        pytest.param(lambda: _token(aud="https://other.example"), id="another audience"),
        pytest.param(lambda: _token(aud=None), id="no audience"),
        pytest.param(lambda: _token(exp=NOW - CLOCK_SKEW_S), id="expired"),
        pytest.param(lambda: _token(exp="tomorrow"), id="exp is no number"),
        pytest.param(lambda: _token(sub=None), id="nobody"),
        pytest.param(lambda: _token(header={"typ": "JWT"}), id="an ID token"),
        pytest.param(lambda: _token(RSAKey.generate_key(2048)), id="another key, our kid"),
        pytest.param(
            lambda: _token(RSAKey.generate_key(2048), header={"kid": "x"}), id="another kid"
        ),
        pytest.param(lambda: _signed_with_our_public_key(), id="HMAC with our public key"),
        pytest.param(lambda: _unsigned(), id="alg none"),
        pytest.param(lambda: _token()[:-2] + "AA", id="broken signature"),
        pytest.param(lambda: "a.b.c", id="no token"),
        pytest.param(lambda: "é" * 50, id="not ASCII"),
        pytest.param(lambda: "", id="nothing"),
    ],
)
def test_a_token_that_only_looks_like_one_is_refused(token: Any) -> None:
    with pytest.raises(InvalidToken):
        _validate(token())


def _unsigned() -> str:
    _header, payload, _signature = _token().split(".")
    return f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{payload}."


def _signed_with_our_public_key() -> str:
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"at+jwt"}').decode().rstrip("=")
    signed = f"{header}.{_token().split('.')[1]}"
    mac = hmac.digest(KEY.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


ENVIRON = {"RP_CLIENT_SECRET": "secret", "RP_SECRET_KEY": "key", "RP_ISSUER": ISSUER}


def test_the_api_asks_for_a_token() -> None:
    answer = create_app({**ENVIRON, "RP_AUDIENCE": AUDIENCE}).test_client().get("/api/bailleur")

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({"scope": "openid habilitations"}, 200),
        ({"scope": "openid"}, 403),
        ({"scope": "openid habilitations", "groups": []}, 403),
        ({"scope": "openid habilitations", "exp": 1}, 401),
    ],
)
def test_the_api_serves_only_who_holds_a_group(claims: dict[str, Any], status: int) -> None:
    app = create_app({**ENVIRON, "RP_AUDIENCE": AUDIENCE})
    app.extensions["keys"] = RemoteKeys("unused", KEYS)
    token = _token(**{"exp": NOW * 2, **claims})

    answer = app.test_client().get("/api/bailleur", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == status


def test_a_sign_in_started_by_another_issuer_is_refused() -> None:
    client = create_app(ENVIRON).test_client()

    assert client.get("/connexion?iss=https://evil.example").status_code == 400


def test_leaving_asks_for_this_browser_s_own_token() -> None:
    client = create_app(ENVIRON).test_client()

    assert client.post("/deconnexion", data={"csrf_token": "é"}).status_code == 400
