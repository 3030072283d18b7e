"""Every answer of the authorization endpoint, in both modes: iss, state byte for byte, never elsewhere."""

import re
from html import unescape
from typing import Any

import pytest
from factories import an_account, signed_in
from flask.testing import FlaskClient
from flows import AUTHORIZE, CALLBACK, ISSUER, OUVERT, a_bailleur, answer, asked, authorize
from werkzeug.test import TestResponse

OUTCOMES: dict[str, tuple[dict[str, Any], str]] = {
    "code": ({}, "code"),
    "malformed": ({"max_age": "x"}, "invalid_request"),
    "scope": ({"scope": "x"}, "invalid_scope"),
    "implicit": ({"response_type": "id_token"}, "unsupported_response_type"),
    "request object": ({"request": "x"}, "request_not_supported"),
    "hint": ({"prompt": "none", "max_age": "0"}, "login_required"),
    "claims": ({"claims": "["}, "invalid_request"),
    "acr": (
        {"claims": '{"id_token": {"acr": {"essential": true, "value": "urn:x"}}}'},
        "unmet_authentication_requirements",
    ),
}
STATES = [
    "0123456789",
    "s" * 128,
    "~.-_" * 250,
    "é漢字🙂",
    " +%20&=;#\"'<>\\",
    "%C3%A9",
    "{}",
]


def signed(client: FlaskClient) -> FlaskClient:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    return client


def fields(response: TestResponse) -> dict[str, str]:
    """What the client reads in a form that is posted to it (Form Post Response Mode §2)."""
    assert response.status_code == 200, response.text
    action = re.search(r'<form method="post" action="([^"]+)" id="retour"', response.text)
    assert action
    assert unescape(action[1]) == CALLBACK
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', response.text)
    return {unescape(name): unescape(value) for name, value in found}


@pytest.mark.parametrize("mode", [None, "query", "form_post"])
@pytest.mark.parametrize(("changes", "expected"), OUTCOMES.values(), ids=list(OUTCOMES))
def test_each_outcome_is_answered_in_the_mode_asked(
    client: FlaskClient, changes: dict[str, Any], expected: str, mode: str | None
) -> None:
    """Core §3.1.2.6, RFC 9207 §2, Form Post Response Mode §2."""
    response = authorize(signed(client), response_mode=mode, **changes)

    received = fields(response) if mode == "form_post" else answer(response)
    assert received["iss"] == ISSUER
    assert received["state"] == asked()["state"]
    assert expected == received.get("error", "code")
    assert ("code" in received) == (expected == "code")
    assert re.fullmatch(r"[ !#-\[\]-~]*", received.get("error_description", ""))


@pytest.mark.parametrize("mode", ["query", "form_post"])
@pytest.mark.parametrize("state", STATES, ids=lambda state: f"{len(state)} {ascii(state)[:8]}")
@pytest.mark.parametrize("changes", [{}, {"prompt": "bogus"}], ids=["code", "error"])
def test_state_comes_back_byte_for_byte(
    client: FlaskClient, state: str, mode: str, changes: dict[str, str]
) -> None:
    """RFC 6749 §4.1.2 and §4.1.2.1."""
    response = authorize(signed(client), state=state, response_mode=mode, **changes)

    received = fields(response) if mode == "form_post" else answer(response)
    assert received["state"] == state


@pytest.mark.parametrize(("changes", "expected"), OUTCOMES.values(), ids=list(OUTCOMES))
def test_a_post_is_answered_as_a_get(
    client: FlaskClient, changes: dict[str, Any], expected: str
) -> None:
    """Core §3.1.2.1: both methods, one answer."""
    browser = signed(client)

    by_get = answer(authorize(browser, **changes))
    by_post = answer(browser.post(AUTHORIZE, data=asked(**changes)))

    for received in (by_get, by_post):
        received.pop("code", None)
    assert by_get == by_post
    assert by_get.get("error", "code") == expected


def test_a_parameter_in_the_address_of_a_post_is_not_read(client: FlaskClient) -> None:
    """The attack: a second state, or a second prompt, where the body is not looked at."""
    response = signed(client).post(f"{AUTHORIZE}?state=other&prompt=bogus&x=1&x=2", data=asked())

    assert answer(response)["state"] == asked()["state"]
    assert "code" in answer(response)


def test_a_single_registered_address_is_not_assumed(client: FlaskClient) -> None:
    """Core §3.1.2.1: redirect_uri is required, even when the client has only one."""
    signed_in(client, an_account())

    response = authorize(client, **{**OUVERT, "redirect_uri": None}, scope="openid")

    assert response.status_code == 400
    assert "location" not in response.headers


def test_a_request_of_many_thousand_characters_is_answered(client: FlaskClient) -> None:
    response = signed(client).post(AUTHORIZE, data=asked(state="s" * 8000, ui_locales="f" * 8000))

    assert answer(response)["state"] == "s" * 8000


def test_a_header_of_many_thousand_characters_changes_nothing(client: FlaskClient) -> None:
    headers = {"X-Long": "x" * 60_000, "User-Agent": "u" * 5000, "Accept-Language": "f" * 5000}

    response = signed(client).get(AUTHORIZE, query_string=asked(), headers=headers)

    assert "code" in answer(response)


def test_the_error_page_says_what_was_received_and_nothing_of_what_is_registered(
    client: FlaskClient,
) -> None:
    """A stranger who guesses addresses learns none; the integrator sees the difference at once."""
    response = authorize(client, redirect_uri="http://localhost:8001/Callback?<x>")

    assert response.status_code == 400
    assert "http://localhost:8001/Callback?&lt;x&gt;" in response.text
    assert CALLBACK not in response.text
    assert "invalid_request" in response.text
    assert "Référence" in response.text
    documentation = client.get("/aide/erreurs").text
    assert 'href="/aide/erreurs"' in response.text
    for _changes, error in list(OUTCOMES.values())[1:]:
        assert error in documentation
