"""Front-channel logout: the page that signs out of services in the browser, then leads back."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from factories import signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import ISSUER, a_bailleur, code_for, declared, decoded, tokens_for
from werkzeug.test import TestResponse

BACK = "http://localhost:8001/"


@pytest.fixture
def asking(app: Flask) -> Iterator[None]:
    """Offre Bailleurs asks for it."""
    uri = "https://offre.exemple.fr/sortie?de=mcp"
    with declared("offre-bailleurs", frontchannel_logout_uri=uri):
        yield


def signed(client: FlaskClient) -> str:
    """Sign in at Offre Bailleurs; its ID token."""
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    return str(tokens_for(client)["id_token"])


def logout(client: FlaskClient, hint: str) -> TestResponse:
    sent = {"id_token_hint": hint, "post_logout_redirect_uri": BACK, "state": "a&b"}
    return client.get(f"/oidc/logout?{urlencode(sent)}")


def frames(response: TestResponse) -> list[str]:
    return [unescape(uri) for uri in re.findall(r'<iframe src="([^"]+)"', response.text)]


@pytest.mark.usefixtures("asking")
def test_each_service_is_loaded_with_issuer_and_session(client: FlaskClient) -> None:
    """Front-Channel Logout §2 and §3: iss and sid are added to the registered address."""
    hint = signed(client)

    [frame] = frames(logout(client, hint))

    assert frame.startswith("https://offre.exemple.fr/sortie?de=mcp&")
    sid = decoded(client, hint).claims["sid"]
    assert dict(parse_qsl(urlsplit(frame).query)) == {"de": "mcp", "iss": ISSUER, "sid": sid}


@pytest.mark.usefixtures("asking")
def test_the_page_goes_on_by_itself_and_by_a_button(client: FlaskClient) -> None:
    """RP-Initiated Logout §3: with its state; the refresh needs no JavaScript."""
    response = logout(client, signed(client))

    onward = f"{BACK}?state=a%26b"
    assert response.status_code == 200
    without_script = re.search(r"<noscript>(.*)</noscript>", unescape(response.text))
    assert without_script is not None
    assert f'content="3;url={onward}"' in without_script[1]
    assert "setTimeout(goOn, 3000)" in response.text
    assert re.search(rf'id="continuer" href="{re.escape(onward)}"', unescape(response.text))


@pytest.mark.usefixtures("asking")
def test_only_that_page_may_embed_and_only_these_origins(client: FlaskClient) -> None:
    response = logout(client, signed(client))

    policy = response.headers["Content-Security-Policy"]
    assert "frame-src https://offre.exemple.fr" in policy.split("; ")
    assert "frame-src" not in client.get("/deconnexion").headers["Content-Security-Policy"]


@pytest.mark.usefixtures("asking")
def test_the_person_is_signed_out_whatever_the_services_do(client: FlaskClient) -> None:
    response = logout(client, signed(client))

    assert client.get_cookie("mcp_session") is None
    assert "Claire" not in response.text
    assert client.get("/profil").status_code == 303


@pytest.mark.usefixtures("asking")
def test_signing_out_here_signs_out_there(client: FlaskClient) -> None:
    signed(client)

    response = client.post("/deconnexion")

    assert len(frames(response)) == 1
    assert 'content="3;url=/deconnexion"' in response.text


@pytest.mark.usefixtures("asking")
def test_a_service_that_never_redeemed_its_code_is_not_loaded(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    code_for(client)

    assert client.post("/deconnexion").location == "/deconnexion"


def test_without_a_service_that_asks_the_person_is_sent_back_at_once(client: FlaskClient) -> None:
    response = logout(client, signed(client))

    assert response.status_code == 303
    assert response.location == f"{BACK}?state=a%26b"
