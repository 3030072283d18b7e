"""The Config plan of OpenID certification (``oidcc-config-certification-test-plan``): metadata and keys."""

import re
from dataclasses import replace
from typing import Any

import pytest
from conformance import judge
from conftest import another_app
from flask.testing import FlaskClient
from flows import ISSUER

from idp.config import Settings

WELL_KNOWN = "/.well-known/openid-configuration"
SCOPE = re.compile(r"[!#-\[\]-~]+")
"""RFC 6749 §3.3: scope-token."""


@pytest.fixture
def document(open_client: FlaskClient) -> dict[str, Any]:
    """What the suite reads first."""
    response = open_client.get(WELL_KNOWN)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    return dict(response.json or {})


def test_the_document_says_what_the_suite_asks_for(document: dict[str, Any]) -> None:
    """oidcc-discovery-endpoint-verification. Discovery §3, §4.3: known members, each of the right type."""
    judge.discovery(document, ISSUER)

    assert "code" in document["response_types_supported"]
    assert {"public", "pairwise"} == set(document["subject_types_supported"])
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert "authorization_code" in document["grant_types_supported"]
    assert "S256" in document["code_challenge_methods_supported"]
    assert document["userinfo_endpoint"]
    assert document["claims_supported"]


def test_scopes_are_legal_and_openid_is_one(document: dict[str, Any]) -> None:
    """oidcc-discovery-endpoint-verification. Discovery §3 scopes_supported."""
    scopes = document["scopes_supported"]

    assert "openid" in scopes
    assert all(SCOPE.fullmatch(scope) for scope in scopes)


def test_locales_are_written_as_bcp_47_advises(document: dict[str, Any]) -> None:
    """oidcc-discovery-endpoint-verification. RFC 5646 §2.1.1: languages in lower case, regions in capitals."""
    for name in ("ui_locales_supported", "claims_locales_supported"):
        for tag in document.get(name, []):
            assert re.fullmatch(r"[a-z]{2,3}(-[A-Z]{2})?", tag)


def test_no_request_object_is_half_promised(document: dict[str, Any]) -> None:
    """oidcc-discovery-endpoint-verification. Discovery §3: algorithms of what is not supported are not listed."""
    assert document["request_parameter_supported"] is False
    assert document["request_uri_parameter_supported"] is False
    assert "request_object_signing_alg_values_supported" not in document


def test_every_method_that_a_plan_uses_is_listed(document: dict[str, Any]) -> None:
    """Discovery §3: when it is absent, a client may only use client_secret_basic."""
    methods = set(document["token_endpoint_auth_methods_supported"])

    assert {"client_secret_basic", "client_secret_post", "private_key_jwt"} <= methods


def test_published_keys_can_be_used(open_client: FlaskClient, document: dict[str, Any]) -> None:
    """oidcc-discovery-endpoint-verification. RFC 7517: public, named, of kinds that the suite knows."""
    response = open_client.get(document["jwks_uri"].removeprefix(ISSUER))

    assert response.status_code == 200
    judge.keys(response.json or {})


def test_every_address_is_made_from_the_issuer_that_was_set(settings: Settings) -> None:
    """oidcc-discovery-endpoint-verification. Discovery §3: https, whatever the server behind the proxy sees."""
    issuer = "https://compte.example"

    with another_app(replace(settings, issuer=issuer)) as app:
        document = app.test_client().get(WELL_KNOWN, base_url="http://10.0.0.1:8000").json or {}

    judge.discovery(document, issuer)
    addresses = [v for n, v in document.items() if n.endswith("_endpoint") or n == "jwks_uri"]
    assert addresses
    assert all(address.startswith(f"{issuer}/") for address in addresses)
