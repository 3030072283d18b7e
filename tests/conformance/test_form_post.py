"""The Form Post plan of OpenID certification (``oidcc-formpost-basic-certification-test-plan``): the page itself.

Its modules are those of the Basic plan, which ``test_basic.py`` runs with this response_mode too. Here, what a
browser needs in order to post the answer. https://openid.net/specs/oauth-v2-form-post-response-mode-1_0.html
"""

import re

import pytest
from conformance import judge
from conformance.suite import CALLBACK, Suite
from visitor import action_of, fields_of, form_of
from werkzeug.test import TestResponse

HOSTILE = "\"'><script>alert(1)</script>&amp;é"


@pytest.fixture
def mode() -> str:
    """The response_mode of the plan."""
    return "form_post"


def page_of(suite: Suite, **changes: str) -> TestResponse:
    """The page that posts the answer to a client whose person is signed in and has agreed."""
    client = suite.register()
    suite.sign_in(client)
    return suite.visit(suite.asked(client, **changes))


def directives(response: TestResponse) -> dict[str, list[str]]:
    """The Content-Security-Policy of the page."""
    policy = response.headers["Content-Security-Policy"].split(";")
    return {words[0]: words[1:] for words in map(str.split, policy) if words}


def test_the_mode_is_announced(suite: Suite) -> None:
    """Discovery §3: response_modes_supported."""
    document = suite.browser.get("/.well-known/openid-configuration").json or {}

    assert "form_post" in document["response_modes_supported"]


def test_nothing_is_added_to_the_address(suite: Suite) -> None:
    """Form Post §2: the parameters are in the body alone, the query of the address is kept."""
    address = f"{CALLBACK}?bar=foo"
    client = suite.register(redirect_uris=[address])

    assert suite.sign_in(client).callback.uri == address


@pytest.mark.parametrize("changes", [{}, {"prompt": "bogus"}], ids=["code", "error"])
def test_the_page_is_kept_nowhere(suite: Suite, changes: dict[str, str]) -> None:
    """Form Post §4: the page holds a code."""
    assert page_of(suite, **changes).headers["Cache-Control"] == "no-store"


def test_the_policy_of_the_page_lets_it_post(suite: Suite) -> None:
    """CSP Level 3: form-action names the client, the script that sends the form has the nonce."""
    page = page_of(suite)

    policy = directives(page)
    script = re.search(r'<script nonce="([^"]+)">([^<]+)</script>', page.text)
    assert "https://rp.example" in policy["form-action"]
    assert script
    assert f"'nonce-{script[1]}'" in policy["script-src"]
    assert ".submit()" in script[2]


def test_the_page_does_without_scripts(suite: Suite) -> None:
    """The browser of the suite is elderly: a button does what the script does."""
    form = form_of(page_of(suite).text)

    assert 'method="post"' in form
    assert "enctype" not in form
    assert re.search(r'<button type="submit"', form)


def test_what_the_client_sent_is_no_markup_in_the_page(suite: Suite) -> None:
    """Form Post §4, the attack: a state that would run a script, or close the field."""
    page = page_of(suite, state=HOSTILE)

    assert "<script>alert" not in page.text
    form = form_of(page.text)
    assert fields_of(form)["state"] == HOSTILE
    assert action_of(form) == CALLBACK


@pytest.mark.parametrize("code_challenge", ["short", "x" * 200], ids=["short", "long"])
def test_an_error_is_posted_as_a_code_is(suite: Suite, code_challenge: str) -> None:
    """Core §3.1.2.6: every error that the client is told comes in the mode that it asked."""
    sent = suite.asked(
        suite.register(), code_challenge=code_challenge, code_challenge_method="S256"
    )

    judge.refusal(suite.answer(sent), sent, "invalid_request")
