"""What the login page is told of the request that leads to it."""

from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from flows import AUTHORIZE, answer, asked

from idp.accounts.ports import ports


def test_a_request_is_described_and_can_be_cancelled(client: FlaskClient, app: Flask) -> None:
    demande = ports().demandes.describe(f"{AUTHORIZE}?{urlencode(asked(state='a&b é'))}")

    assert demande is not None
    assert demande.service == "Offre Bailleurs"
    received = answer(client.get(demande.cancel_path))
    assert (received["error"], received["state"]) == ("access_denied", "a&b é")


def test_other_paths_are_no_request(app: Flask) -> None:
    unregistered = urlencode(asked(redirect_uri="https://evil.example/"))

    for path in ("/accueil", AUTHORIZE, f"{AUTHORIZE}?{unregistered}", f"{AUTHORIZE}?state=%FF"):
        assert ports().demandes.describe(path) is None
