"""Front-Channel Logout OP plan: the page that signs the browser out of each service, then goes on."""

import re
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from conformance import judge
from conformance.suite import SignedIn, Suite
from flows import ISSUER
from registered import Registered
from werkzeug.test import TestResponse

BACK = "https://rp.example/test/a/mcp/post_logout_redirect"
FRAME = "https://rp.example/test/a/mcp/frontchannel_logout"


@pytest.fixture(params=["query"])
def mode(request: pytest.FixtureRequest) -> str:
    """How authorization answers travel has nothing to do with logout."""
    return str(request.param)


@pytest.fixture
def client(suite: Suite) -> Registered:
    """As the plan registers it."""
    return suite.register(
        frontchannel_logout_uri=FRAME,
        frontchannel_logout_session_required=True,
        post_logout_redirect_uris=[BACK],
    )


def logged_out(suite: Suite, signed: SignedIn) -> TestResponse:
    sent = {
        "id_token_hint": signed.tokens["id_token"],
        "post_logout_redirect_uri": BACK,
        "state": "etat",
    }
    return suite.browser.get(f"/oidc/logout?{urlencode(sent)}")


def test_page_loads_the_client_s_logout_with_iss_and_sid_alone(
    suite: Suite, client: Registered
) -> None:
    """oidcc-frontchannel-rp-initiated-logout (Front-Channel Logout §2 and §3)."""
    signed = suite.sign_in(client)

    page = logged_out(suite, signed)

    (source,) = re.findall(r'<iframe[^>]*\ssrc="([^"]*)"', page.text)
    address = urlsplit(unescape(source))
    assert f"{address.scheme}://{address.netloc}{address.path}" == FRAME
    assert parse_qs(address.query) == {"iss": [ISSUER], "sid": [signed.id_token.claims["sid"]]}


def test_policy_of_the_page_lets_this_frame_load_and_no_other(
    suite: Suite, client: Registered
) -> None:
    """oidcc-frontchannel-rp-initiated-logout: a browser obeys the Content-Security-Policy."""
    page = logged_out(suite, suite.sign_in(client))

    directives = page.headers["Content-Security-Policy"].split("; ")
    assert "frame-src https://rp.example" in directives
    script = re.search(r'<script nonce="([^"]+)">', page.text)
    assert script
    assert f"'nonce-{script[1]}'" in page.headers["Content-Security-Policy"]


def test_page_goes_on_to_the_client_by_itself_and_by_a_link(
    suite: Suite, client: Registered
) -> None:
    """oidcc-frontchannel-rp-initiated-logout: back at post_logout_redirect_uri, with state; session over."""
    page = logged_out(suite, suite.sign_in(client))

    onward = f"{BACK}?state=etat"
    assert f'id="continuer" href="{onward}"' in page.text
    assert f'<meta http-equiv="refresh" content="3;url={onward}">' in page.text
    sent = suite.asked(client, prompt="none")
    judge.refusal(suite.answer(sent), sent, "login_required", "interaction_required")


def test_support_is_announced(suite: Suite) -> None:
    """oidcc-frontchannel-logout-discovery-endpoint-verification (Front-Channel Logout §3)."""
    document = suite.browser.get("/.well-known/openid-configuration").json or {}

    assert document["frontchannel_logout_supported"] is True
    assert document["frontchannel_logout_session_supported"] is True
    assert document["end_session_endpoint"]
