"""The whole flow, as a certified client library would run it."""

import re
from html import unescape

from factories import PASSWORD, signed_in
from flask.testing import FlaskClient
from flows import CALLBACK, ISSUER, a_bailleur, answer, authorize, decoded, exchange, userinfo


def test_a_habilitated_person_reaches_the_service(client: FlaskClient) -> None:
    """OpenID Connect Core §3.1: code, tokens, userinfo."""
    bailleur = a_bailleur()
    sid = signed_in(client, bailleur.account, bailleur.rattachement)

    response = authorize(client)
    received = answer(response)
    tokens = exchange(client, received["code"]).json
    assert tokens is not None
    id_token = decoded(client, tokens["id_token"])
    told = userinfo(client, tokens["access_token"]).json

    assert response.location.startswith(CALLBACK + "?")
    assert received["state"] == "etat-0123456789"
    assert received["iss"] == ISSUER
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 300
    assert id_token.claims["iss"] == ISSUER
    assert id_token.claims["aud"] == "offre-bailleurs"
    assert id_token.claims["nonce"] == "nonce-0123456789"
    assert id_token.claims["sid"] == sid
    assert id_token.claims["groups"] == ["offre-bailleurs:prive:359"]
    assert id_token.claims["sub"] == str(bailleur.account.sub)
    assert told is not None
    assert told["sub"] == id_token.claims["sub"]
    assert told["name"] == "Claire Martin"
    assert told["organisme"]["raison_sociale"] == "LES OLIVIERS"


def test_the_login_page_leads_to_the_service_or_back_to_it(client: FlaskClient) -> None:
    """From the service, by the login form, to a code; its « Annuler » answers access_denied."""
    bailleur = a_bailleur()

    at_login = authorize(client, prompt="login").location
    page = client.get(at_login)
    cancel = re.search(r'href="(/oidc/authorize/annuler\?[^"]+)"', page.text)
    identifiers = {"identifiant": bailleur.account.identifiant, "mot_de_passe": PASSWORD}
    back = client.post(at_login, data=identifiers)

    assert "Offre Bailleurs" in page.text
    assert "http://localhost:8001" in page.headers["Content-Security-Policy"]
    assert cancel is not None
    assert answer(client.get(unescape(cancel[1])))["error"] == "access_denied"
    received = answer(client.get(back.location))
    assert exchange(client, received["code"]).status_code == 200
