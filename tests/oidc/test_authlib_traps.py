"""Where Authlib or joserfc, left alone, would do otherwise: what holds here, whatever their next version does.

The list, and the tests elsewhere that prove the rest of it, are in ``docs/decisions/0003-authlib.md``.
"""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from factories import signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import (
    CALLBACK,
    TOKEN,
    VERIFIER,
    a_bailleur,
    answer,
    authorize,
    basic,
    code_for,
    decoded,
    exchange,
    secret_of,
    tokens_for,
    userinfo,
)
from joserfc import jws, jwt
from joserfc.jwk import RSAKey
from registered import Registered, a_signing_client

from idp import clock
from idp.accounts.models import BrowserSession
from idp.db import db
from idp.extensions import ground
from idp.keys import Algorithm, KeyState, create_key
from idp.oidc.parameters import Parameters
from idp.oidc.server import Provider, ServerRequest

TESTS = Path(__file__).parents[1]


@pytest.fixture
def browser(client: FlaskClient) -> FlaskClient:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    return client


def test_one_key_signs_though_several_are_published(browser: FlaskClient, app: Flask) -> None:
    """Given a set, the library signs with one of its keys at random."""
    place = ground(app)
    spare = [create_key(place.settings.keys_dir, Algorithm.RS256, KeyState.NEXT) for _ in range(3)]
    expected = place.key_ring.signing_key(Algorithm.RS256).kid

    used = {
        decoded(browser, tokens_for(browser)[name]).header["kid"]
        for _turn in range(5)
        for name in ("id_token", "access_token")
    }

    for key in spare:
        (place.settings.keys_dir / key.file_name).unlink()
    assert used == {expected}


@pytest.mark.parametrize("changes", [{"prompt": "none", "max_age": "1"}, {"prompt": "bogus"}])
def test_iss_and_state_are_in_errors_too(browser: FlaskClient, changes: dict[str, str]) -> None:
    """The library forgets iss in the errors that it raises before the person is asked."""
    session = db.session.scalars(sa.select(BrowserSession)).one()
    session.auth_time -= timedelta(hours=1)

    told = answer(authorize(browser, **changes))

    assert "error" in told
    assert told["iss"]
    assert told["state"]


def test_max_age_zero_under_prompt_none_is_login_required(browser: FlaskClient) -> None:
    """The library would answer a code."""
    told = answer(authorize(browser, prompt="none", max_age="0"))

    assert told["error"] == "login_required"


@pytest.mark.parametrize("mode", ["fragment", "bogus", "jwt"])
def test_unknown_response_mode_is_refused(browser: FlaskClient, mode: str) -> None:
    """The library ignores response_mode for a code."""
    assert answer(authorize(browser, response_mode=mode))["error"] == "invalid_request"


def test_confidential_client_is_held_to_pkce(browser: FlaskClient) -> None:
    """The library requires it of public clients, at the token endpoint, and takes plain."""
    without = {"code_challenge": None, "code_challenge_method": None}
    plain = {"code_challenge": "x" * 43, "code_challenge_method": "plain"}

    for changes in (without, plain):
        assert answer(authorize(browser, **changes))["error"] == "invalid_request"


def test_code_of_an_old_sign_in_is_not_expired(browser: FlaskClient) -> None:
    """The library counts the age of a code from auth_time."""
    session = db.session.scalars(sa.select(BrowserSession)).one()
    session.auth_time -= timedelta(hours=5)

    response = exchange(browser, code_for(browser))

    claims = decoded(browser, (response.json or {})["id_token"]).claims
    assert claims["auth_time"] == int(session.auth_time.timestamp())


@pytest.mark.parametrize("secret", ["é", "\u20ac" * 40, "%", "+ +"])
def test_any_secret_is_compared(client: FlaskClient, secret: str) -> None:
    """The library compares texts, and fails on what is not ASCII."""
    for response in (
        client.post(
            TOKEN,
            data={"grant_type": "authorization_code", "code": "x"},
            headers={"Authorization": basic("offre-bailleurs", secret)},
        ),
        client.post(
            TOKEN,
            data={
                "grant_type": "authorization_code",
                "code": "x",
                "client_id": "cdap",
                "client_secret": secret,
            },
        ),
    ):
        assert (response.status_code, (response.json or {})["error"]) == (401, "invalid_client")


def test_drawn_secret_passes_through_basic_unchanged(app: Flask) -> None:
    """RFC 6749 §2.3.1 form-encodes: a secret with a percent sign would not come back the same."""
    assert secret_of("offre-bailleurs").replace("-", "").replace("_", "").isalnum()


def test_each_hook_of_a_grant_has_one_extension(app: Flask) -> None:
    """The library keeps hooks in a set: two on one hook would run in another order in each process."""
    provider: Provider = app.extensions["oidc_server"]
    request = ServerRequest(Parameters({}), None, "https://idp.example/oidc/token")

    for grant_class, extensions in provider._token_grants:
        grant = grant_class(request, provider)
        for extension in extensions or ():
            extension(grant)
        assert all(len(hooks) <= 1 for hooks in grant._hooks.values()), grant_class


def test_long_header_of_an_assertion_is_read(open_client: FlaskClient) -> None:
    """The library refuses headers of more than 512 bytes, which a certificate fills."""
    signed_in(open_client, a_bailleur().account)
    key = RSAKey.generate_key(2048)
    ours: Registered = a_signing_client(open_client, key)
    registry = jws.JWSRegistry(algorithms=["RS256"])
    registry.max_header_length = 4096
    now = int(clock.now().timestamp())
    claims: dict[str, Any] = {
        "iss": ours.client_id,
        "sub": ours.client_id,
        "aud": ground(open_client.application).settings.issuer,
        "exp": now + 60,
        "jti": "long",
    }
    header = {"alg": "RS256", "x5c": ["M" * 1500]}
    assertion = jwt.encode(header, claims, key, ["RS256"], registry)

    response = ours.exchange(
        open_client,
        ours.code(open_client),
        **{**ours.assertion(), "client_assertion": assertion},
    )

    assert response.status_code == 200


def test_no_token_is_kept(browser: FlaskClient) -> None:
    """The library's rows hold access tokens in clear, in 255 characters."""
    told = tokens_for(browser, scope="openid offline_access")

    with db.engine.connect() as connection:
        kept = "".join(
            str(row)
            for table in db.metadata.sorted_tables
            for row in connection.execute(sa.select(table))
        )
    for name in ("access_token", "id_token", "refresh_token"):
        assert told[name] not in kept
        assert told[name].split(".")[-1] not in kept


def test_error_of_a_missing_token_is_of_the_rfc(client: FlaskClient) -> None:
    """RFC 6750 §3: no error code without a token; the library says missing_authorization."""
    response = client.get("/oidc/userinfo")

    assert response.status_code == 401
    assert "error" not in response.headers["WWW-Authenticate"]


def test_token_in_a_form_opens_userinfo(browser: FlaskClient) -> None:
    """RFC 6750 §2.2: the library takes the header alone."""
    token = tokens_for(browser)["access_token"]

    response = browser.post("/oidc/userinfo", data={"access_token": token})

    assert response.json == userinfo(browser, token).json


def test_expiry_is_counted_by_our_clock(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library reads time by itself."""
    code = code_for(browser)
    grant_at = clock.now() + timedelta(seconds=30)
    monkeypatch.setattr(clock, "now", lambda: grant_at)

    claims = decoded(browser, (exchange(browser, code).json or {})["id_token"]).claims

    assert claims["iat"] == int(grant_at.timestamp())


def test_request_that_a_proxy_brings_in_http_is_answered(browser: FlaskClient) -> None:
    """The library refuses http: TLS ends at the proxy, and our addresses are those of the issuer."""
    form = {
        "grant_type": "authorization_code",
        "code": code_for(browser),
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }

    response = browser.post(
        TOKEN,
        base_url="http://idp.internal:8000",
        data=form,
        headers={"Authorization": basic("offre-bailleurs", secret_of("offre-bailleurs"))},
    )

    assert response.status_code == 200


def test_every_test_that_the_decision_names_exists() -> None:
    decision = (TESTS.parent / "docs" / "decisions" / "0003-authlib.md").read_text()

    named = re.findall(r"`(?:tests/)?((?:\w+/)?test_\w+\.py)`", decision)

    assert named
    assert [name for name in named if not list(TESTS.glob(f"**/{name}"))] == []
