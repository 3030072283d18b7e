"""RP-Initiated Logout OP plan: who is sent back where, and that the session has really ended."""

import secrets
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from conformance import judge
from conformance.suite import SignedIn, Suite
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from registered import Registered
from werkzeug.test import TestResponse

BACK = "https://rp.example/test/a/mcp/post_logout_redirect"
LOGOUT = "/oidc/logout"
STATE = secrets.token_urlsafe(96)[:128]


@pytest.fixture(params=["query"])
def mode(request: pytest.FixtureRequest) -> str:
    """How authorization answers travel has nothing to do with logout."""
    return str(request.param)


@pytest.fixture
def client(suite: Suite) -> Registered:
    """Registered with the address to come back to."""
    return suite.register(post_logout_redirect_uris=[BACK])


def log_out(browser: FlaskClient, **sent: str | None) -> TestResponse:
    query = urlencode({name: value for name, value in sent.items() if value is not None})
    return browser.get(f"{LOGOUT}?{query}")


def ended(suite: Suite, client: Registered) -> None:
    """The session is over: nobody is silently signed in any more."""
    sent = suite.asked(client, prompt="none")
    errors = ("login_required", "interaction_required", "account_selection_required")
    judge.refusal(suite.answer(sent), sent, *errors)


def stayed(response: TestResponse) -> None:
    """A page, of an error or of a confirmation; nobody is redirected."""
    assert response.status_code in {200, 400}
    assert "location" not in response.headers
    assert BACK not in response.text


def test_person_is_signed_out_and_sent_back_with_state_alone(
    suite: Suite, client: Registered
) -> None:
    """oidcc-rp-initiated-logout (RP-Initiated Logout §2 and §3)."""
    hint = suite.sign_in(client).tokens["id_token"]

    response = log_out(
        suite.browser, id_token_hint=hint, post_logout_redirect_uri=BACK, state=STATE
    )

    assert response.status_code == 303
    assert response.location == f"{BACK}?{urlencode({'state': STATE})}"
    ended(suite, client)


def test_logout_may_be_asked_by_a_form(suite: Suite, client: Registered) -> None:
    """oidcc-rp-initiated-logout (§2: GET and POST)."""
    hint = suite.sign_in(client).tokens["id_token"]
    form = {"id_token_hint": hint, "post_logout_redirect_uri": BACK, "state": STATE}

    response = suite.browser.post(LOGOUT, data=form)

    assert response.location == f"{BACK}?{urlencode({'state': STATE})}"
    ended(suite, client)


def test_without_state_none_comes_back(suite: Suite, client: Registered) -> None:
    """oidcc-rp-initiated-logout-no-state (§3)."""
    hint = suite.sign_in(client).tokens["id_token"]

    response = log_out(suite.browser, id_token_hint=hint, post_logout_redirect_uri=BACK)

    assert response.location == BACK
    ended(suite, client)


@pytest.mark.parametrize(
    "uri", [f"{BACK}random", f"{BACK}?foo=bar", f"{BACK}/", "https://evil.example/"]
)
def test_address_that_is_not_registered_is_never_followed(
    suite: Suite, client: Registered, uri: str
) -> None:
    """oidcc-rp-initiated-logout-bad-post-logout-redirect-uri, -query-added-to-post-logout-redirect-uri (§3)."""
    hint = suite.sign_in(client).tokens["id_token"]

    response = log_out(suite.browser, id_token_hint=hint, post_logout_redirect_uri=uri, state=STATE)

    assert response.status_code in {200, 400}
    assert "location" not in response.headers
    assert f'href="{uri}' not in response.text


def unsigned(hint: str) -> str:
    return f"eyJhbGciOiJub25lIn0.{hint.split('.')[1]}."


def signed_by_another(hint: str) -> str:
    header, claims, _signature = hint.split(".")
    other = jwt.encode({"alg": "RS256"}, {"sub": "x"}, RSAKey.generate_key(2048))
    return f"{header}.{claims}.{other.split('.')[2]}"


@pytest.mark.parametrize("altered", [unsigned, signed_by_another])
def test_hint_that_we_did_not_sign_sends_nobody_back(
    suite: Suite, client: Registered, altered: Callable[[str], str]
) -> None:
    """oidcc-rp-initiated-logout-modified-id-token-hint, -bad-id-token-hint (§2)."""
    hint = altered(suite.sign_in(client).tokens["id_token"])

    stayed(log_out(suite.browser, id_token_hint=hint, post_logout_redirect_uri=BACK, state=STATE))


def test_address_without_a_hint_sends_nobody_back(suite: Suite, client: Registered) -> None:
    """oidcc-rp-initiated-logout-no-id-token-hint (§3)."""
    suite.sign_in(client)

    stayed(log_out(suite.browser, post_logout_redirect_uri=BACK, state=STATE))


@pytest.mark.parametrize("sent", [{}, {"state": STATE}], ids=["no-params", "only-state"])
def test_person_confirms_then_is_told_that_they_left(
    suite: Suite, client: Registered, sent: dict[str, str]
) -> None:
    """oidcc-rp-initiated-logout-no-params, -only-state (§2: the person is asked)."""
    suite.sign_in(client)

    told = confirmed(suite, log_out(suite.browser, **sent))

    assert told.status_code == 200
    assert "déconnecté" in told.text
    ended(suite, client)


def test_hint_alone_ends_the_session_and_says_so(suite: Suite, client: Registered) -> None:
    """oidcc-rp-initiated-logout-no-post-logout-redirect-uri (§2)."""
    hint = suite.sign_in(client).tokens["id_token"]

    told = confirmed(suite, log_out(suite.browser, id_token_hint=hint, state=STATE))

    assert told.status_code == 200
    assert "déconnecté" in told.text
    ended(suite, client)


def confirmed(suite: Suite, response: TestResponse) -> TestResponse:
    """The person clicks « Se déconnecter » when they are asked; the page that they end on."""
    if response.status_code == 200:
        response = suite.submit(response)
    assert response.status_code == 303
    assert response.location.startswith("/")
    return suite.browser.get(response.location)


def test_expired_id_token_is_still_a_hint(
    suite: Suite, client: Registered, later: Callable[..., None]
) -> None:
    """RP-Initiated Logout §2: accepted though its exp has passed."""
    signed: SignedIn = suite.sign_in(client)
    later(minutes=10)

    response = log_out(
        suite.browser, id_token_hint=signed.tokens["id_token"], post_logout_redirect_uri=BACK
    )

    assert response.location == BACK
    ended(suite, client)


def test_cookie_of_before_is_worth_nothing(suite: Suite, client: Registered) -> None:
    """§2: the session is over on the server, whatever the browser kept."""
    hint = suite.sign_in(client).tokens["id_token"]
    kept = suite.browser.get_cookie("mcp_session")
    assert kept

    log_out(suite.browser, id_token_hint=hint, post_logout_redirect_uri=BACK)
    suite.browser.set_cookie("mcp_session", kept.value)

    ended(suite, client)


def test_address_of_logout_is_announced(suite: Suite) -> None:
    """RP-Initiated Logout §2.1."""
    document = suite.browser.get("/.well-known/openid-configuration").json or {}

    assert document["end_session_endpoint"] == document["issuer"] + LOGOUT
