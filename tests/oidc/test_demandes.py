"""What the login page is told of the request that leads to it."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flows import AUTHORIZE, answer, asked, authorize

from idp.accounts.ports import ports


def test_a_request_is_described_and_can_be_cancelled(client: FlaskClient, app: Flask) -> None:
    demande = ports().demandes.describe(f"{AUTHORIZE}?{urlencode(asked(state='a&b é'))}")

    assert demande is not None
    assert demande.nom == "Offre Bailleurs"
    received = answer(client.get(demande.cancel_path))
    assert (received["error"], received["state"]) == ("access_denied", "a&b é")


def test_other_paths_are_no_request(app: Flask) -> None:
    unregistered = urlencode(asked(redirect_uri="https://evil.example/"))

    for path in ("/accueil", AUTHORIZE, f"{AUTHORIZE}?{unregistered}", f"{AUTHORIZE}?state=%FF"):
        assert ports().demandes.describe(path) is None


@pytest.mark.parametrize("hint", ["P-7K3M-9XTR-4", "inconnue@exemple.fr", '"><script>', "x" * 900])
def test_a_login_hint_fills_the_identifiant_in_whether_it_exists_or_not(
    client: FlaskClient, hint: str
) -> None:
    """Core §3.1.2.1 login_hint; the page is the same for an identifiant that nobody has."""
    to_login = authorize(client, login_hint=hint)

    page = client.get(to_login.location).text

    filled = re.search(r'name="identifiant"[^>]* value="([^"]*)"', page)
    assert filled
    assert unescape(filled[1]) == hint[:254]
    assert "<script>" not in page.partition("<main")[2]


@pytest.mark.parametrize("name", ["ui_locales", "claims_locales", "display"])
@pytest.mark.parametrize("value", ["fr", "xx-XX de", "popup", "n’importe quoi", "x" * 500])
def test_preferences_are_never_an_error(client: FlaskClient, name: str, value: str) -> None:
    """Core §3.1.2.1: preferences, which may go unheeded."""
    assert authorize(client, **{name: value}).location.startswith("/connexion?")
