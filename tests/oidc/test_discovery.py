"""Discovery and keys: what is announced is what is there."""

from typing import Any

import pytest
from authlib.oauth2 import rfc9207
from authlib.oidc import rpinitiated
from authlib.oidc.discovery import OpenIDProviderMetadata
from factories import signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import (
    ISSUER,
    a_bailleur,
    a_cdap_person,
    asked,
    authorize,
    basic,
    code_for,
    decoded,
    exchange,
    exchange_as_cdap,
    secret_of,
    tokens_for,
    userinfo,
)

from idp.keys import Algorithm

EVERY_SCOPE = "openid profile email phone organisme habilitations numero_utilisateur"


def announced(client: FlaskClient) -> dict[str, Any]:
    return dict(client.get("/.well-known/openid-configuration").json or {})


def test_the_document_is_valid(client: FlaskClient) -> None:
    """OpenID Connect Discovery §3 and §4.2, RFC 9207 §3, RP-Initiated Logout §2.1."""
    metadata = {**announced(client)}
    assert metadata["issuer"] == ISSUER
    # Authlib wants https, which a demonstration at home has not.
    https = {
        name: value.replace("http://localhost:8000", "https://idp.example")
        if isinstance(value, str)
        else value
        for name, value in metadata.items()
    }

    OpenIDProviderMetadata(https).validate(
        metadata_classes=[
            rfc9207.AuthorizationServerMetadata,
            rpinitiated.OpenIDProviderMetadata,
        ]
    )


def test_both_addresses_give_the_same_document_that_clients_may_keep(client: FlaskClient) -> None:
    """RFC 8414 §3."""
    response = client.get("/.well-known/oauth-authorization-server")

    assert response.json == announced(client)
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "public, max-age=300"


def test_every_announced_address_exists(client: FlaskClient, app: Flask) -> None:
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    addresses = {
        name: value
        for name, value in announced(client).items()
        if name.endswith(("_endpoint", "jwks_uri"))
    }

    assert len(addresses) == 7
    for address in addresses.values():
        assert address.startswith(ISSUER)
        assert address.removeprefix(ISSUER) in rules


def test_every_prompt_and_response_mode_announced_is_understood(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    metadata = announced(client)

    for prompt in metadata["prompt_values_supported"]:
        assert "error=" not in authorize(client, prompt=prompt).headers.get("Location", "")
    for mode in metadata["response_modes_supported"]:
        response = authorize(client, response_mode=mode)
        assert "error" not in response.headers.get("Location", response.text)


def test_every_claim_told_is_announced(client: FlaskClient) -> None:
    """Discovery §3 claims_supported."""
    bailleur = a_bailleur(phone="+33612345678")
    signed_in(client, bailleur.account, bailleur.rattachement)
    tokens = tokens_for(client, scope=EVERY_SCOPE)

    told = set(userinfo(client, tokens["access_token"]).json or {})
    told |= set(decoded(client, tokens["id_token"]).claims) - {"at_hash"}

    assert told <= set(announced(client)["claims_supported"])


def test_every_scope_announced_may_be_granted(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    scopes = announced(client)["scopes_supported"]

    granted = tokens_for(client, scope=" ".join(scopes))["scope"]

    assert set(granted.split()) == set(scopes)


def test_the_announced_algorithms_are_those_that_sign(client: FlaskClient) -> None:
    bailleur, person = a_bailleur(), a_cdap_person()
    other = client.application.test_client()
    signed_in(client, bailleur.account, bailleur.rattachement)
    signed_in(other, person.account, person.rattachement)
    code = code_for(other, client_id="cdap", redirect_uri="http://localhost:8002/callback")
    answers = [
        tokens_for(client),
        exchange_as_cdap(other, code).json or {},
        *(_tokens_of_client(client, name) for name in ("ps256", "eddsa")),
    ]

    used = {decoded(client, answer["id_token"]).header["alg"] for answer in answers}

    assert used == set(announced(client)["id_token_signing_alg_values_supported"])
    assert "RS256" in used


def _tokens_of_client(browser: FlaskClient, name: str) -> dict[str, Any]:
    client_id, redirect_uri = f"signe-{name}", f"https://{name}.example/callback"
    code = code_for(browser, client_id=client_id, redirect_uri=redirect_uri)
    authorization = basic(client_id, secret_of(client_id))
    answer = exchange(browser, code, redirect_uri=redirect_uri, authorization=authorization)
    return dict(answer.json or {})


@pytest.mark.parametrize("channel", ["backchannel", "frontchannel"])
def test_services_may_be_told_of_logouts_by_session(client: FlaskClient, channel: str) -> None:
    """Back-Channel Logout §2.1, Front-Channel Logout §3.1: sid is told."""
    metadata = announced(client)

    assert metadata[f"{channel}_logout_supported"] is True
    assert metadata[f"{channel}_logout_session_supported"] is True
    assert "sid" in metadata["claims_supported"]


def test_what_is_not_supported_is_said(client: FlaskClient) -> None:
    """Discovery §3: request_uri is supported unless said otherwise."""
    metadata = announced(client)

    assert metadata["request_uri_parameter_supported"] is False
    assert metadata["request_parameter_supported"] is False
    assert metadata["claims_parameter_supported"] is True
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert "none" not in metadata["id_token_signing_alg_values_supported"]
    assert asked()["code_challenge_method"] in metadata["code_challenge_methods_supported"]


def test_published_keys_are_public_and_all_named(client: FlaskClient) -> None:
    """RFC 7517 §4.5 and §5; RFC 7518 §6: no private member."""
    response = client.get("/oidc/jwks")

    keys = (response.json or {})["keys"]
    assert response.headers["Cache-Control"].startswith("public, max-age=")
    assert {key["alg"] for key in keys} == set(Algorithm)
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k", "oth"} & set(key)
        assert key["use"] == "sig"
