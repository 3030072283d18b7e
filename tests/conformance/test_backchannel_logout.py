"""Back-Channel Logout OP plan: the logout token that reaches the client, and what it says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from conformance import judge
from conformance.rp import site
from conformance.suite import SignedIn, Suite
from flask import Flask
from flows import ISSUER, decoded
from listening import Listening
from registered import Registered

from idp import clock, worker
from idp.db import db

BACK = "https://rp.example/test/a/mcp/post_logout_redirect"
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture(params=["query"])
def mode(request: pytest.FixtureRequest) -> str:
    """How authorization answers travel has nothing to do with logout."""
    return str(request.param)


@pytest.fixture
def server(open_app: Flask, tmp_path: Path) -> Iterator[Listening]:
    """The client's, at its backchannel_logout_uri."""
    with site(open_app, tmp_path) as started:
        yield started


@pytest.fixture
def client(suite: Suite, server: Listening) -> Registered:
    """As the plan registers it."""
    return suite.register(
        backchannel_logout_uri=server.url("/backchannel_logout"),
        backchannel_logout_session_required=True,
        post_logout_redirect_uris=[BACK],
    )


def logged_out(suite: Suite, client: Registered) -> SignedIn:
    """A sign-in, its logout by the client, and the worker's rounds."""
    signed = suite.sign_in(client)
    sent = {
        "id_token_hint": signed.tokens["id_token"],
        "post_logout_redirect_uri": BACK,
        "state": "s" * 128,
    }
    response = suite.browser.get(f"/oidc/logout?{urlencode(sent)}")
    assert response.location == f"{BACK}?{urlencode({'state': 's' * 128})}"
    db.session.remove()
    worker.drain()
    return signed


def received(suite: Suite, server: Listening) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of the only logout token that came."""
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/backchannel_logout")
    assert request.content_type == "application/x-www-form-urlencoded"
    form = parse_qs(request.body.decode(), strict_parsing=True)
    assert list(form) == ["logout_token"]
    token = decoded(suite.browser, form["logout_token"][0])
    return dict(token.header), dict(token.claims)


def test_logout_token_says_who_left_and_nothing_else(
    suite: Suite, client: Registered, server: Listening
) -> None:
    """oidcc-backchannel-rp-initiated-logout (Back-Channel Logout §2.4 to §2.6)."""
    signed = logged_out(suite, client)

    header, claims = received(suite, server)

    assert (header["alg"], header["typ"]) == ("RS256", "logout+jwt")
    assert claims["iss"] == ISSUER
    assert claims["aud"] in (client.client_id, [client.client_id])
    assert claims["events"] == {EVENT: {}}
    assert abs(claims["iat"] - clock.now().timestamp()) < 300
    assert claims["jti"]
    assert "nonce" not in claims
    for name in ("sub", "sid"):
        assert claims[name] == signed.id_token.claims[name]


def test_session_is_over_for_the_client_too(
    suite: Suite, client: Registered, server: Listening
) -> None:
    """oidcc-backchannel-rp-initiated-logout: the following prompt=none is refused."""
    logged_out(suite, client)

    sent = suite.asked(client, prompt="none")
    judge.refusal(suite.answer(sent), sent, "login_required", "interaction_required")


@pytest.mark.parametrize("algorithm", ["PS256", "ES256"])
def test_logout_token_is_signed_as_the_id_tokens_are(
    suite: Suite, server: Listening, algorithm: str
) -> None:
    """Back-Channel Logout §2.6: the algorithm registered for ID tokens."""
    client = suite.register(
        backchannel_logout_uri=server.url("/backchannel_logout"),
        post_logout_redirect_uris=[BACK],
        id_token_signed_response_alg=algorithm,
    )

    logged_out(suite, client)

    assert received(suite, server)[0]["alg"] == algorithm


def test_notice_travels_by_the_last_tls(
    suite: Suite, client: Registered, server: Listening
) -> None:
    """oidcc-backchannel-rp-initiated-logout: TLS 1.3 wherever the client has it."""
    logged_out(suite, client)

    assert server.tls_version == "TLSv1.3"


def test_support_is_announced(suite: Suite) -> None:
    """oidcc-backchannel-logout-discovery-endpoint-verification (Back-Channel Logout §2.1)."""
    document = suite.browser.get("/.well-known/openid-configuration").json or {}

    assert document["backchannel_logout_supported"] is True
    assert document["backchannel_logout_session_supported"] is True
    assert document["end_session_endpoint"]
