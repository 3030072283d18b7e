"""The whole flow, as a certified client library would run it."""

from factories import signed_in
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
