"""What the claims parameter changes of the tokens and of userinfo, and the acr and the person it requires."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from factories import an_account, an_application, signed_in
from flask.testing import FlaskClient
from flows import (
    OUVERT,
    a_bailleur,
    answer,
    asked,
    authorize,
    basic,
    code_for,
    decoded,
    exchange,
    secret_of,
    tokens_for,
    userinfo,
)

from idp import clock
from idp.accounts.models import Account
from idp.oidc.clients.relying_parties import registry


def signed(client: FlaskClient) -> Account:
    bailleur = a_bailleur(phone="+33612345678")
    signed_in(client, bailleur.account, bailleur.rattachement)
    return bailleur.account


def told(client: FlaskClient, claims: dict[str, Any], scope: str = "openid") -> tuple[Any, Any]:
    """The ID token and the userinfo of a request that asks for these claims."""
    tokens = tokens_for(client, scope=scope, claims=json.dumps(claims))
    id_token = decoded(client, tokens["id_token"]).claims
    return id_token, userinfo(client, tokens["access_token"]).json


def test_claims_asked_of_userinfo_are_told_there_and_nowhere_else(client: FlaskClient) -> None:
    """Core §5.5: the scopes that open them were not asked."""
    account = signed(client)

    id_token, at_userinfo = told(
        client, {"userinfo": {"email": {"essential": True}, "phone_number": None, "inconnu": None}}
    )

    assert at_userinfo == {
        "sub": str(account.sub),
        "email": "claire.martin@exemple.fr",
        "phone_number": "+33612345678",
    }
    assert "email" not in id_token


def test_claims_asked_of_the_id_token_are_told_there_and_nowhere_else(
    client: FlaskClient,
) -> None:
    """Core §5.5; names stay out of ID tokens that do not ask for them (§5.4)."""
    account = signed(client)

    id_token, at_userinfo = told(client, {"id_token": {"name": None, "auth_time": None}})

    assert id_token["name"] == "Claire Martin"
    assert isinstance(id_token["auth_time"], int)
    assert at_userinfo == {"sub": str(account.sub)}


def test_a_claim_that_no_scope_of_the_client_opens_is_not_told(client: FlaskClient) -> None:
    """The attack: this client may not ask for the scope phone."""
    signed_in(client, an_account(phone="+33612345678"))
    claims = json.dumps({"userinfo": {"phone_number": {"essential": True}}})
    code = code_for(client, **OUVERT, scope="openid", claims=claims)

    response = exchange(
        client,
        code,
        authorization=basic("ouvert", secret_of("ouvert")),
        redirect_uri=OUVERT["redirect_uri"],
        code_verifier=None,
    )

    assert (userinfo(client, (response.json or {})["access_token"]).json or {}).keys() == {"sub"}


def test_a_scope_taken_from_the_client_since_is_not_told(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed(client)
    claims = json.dumps({"userinfo": {"email": None}})
    token = tokens_for(client, scope="openid", claims=claims)["access_token"]
    clients: Any = registry().clients
    before = clients["offre-bailleurs"]
    after = replace(before, scope=before.scope - {"email"})
    monkeypatch.setitem(clients, "offre-bailleurs", after)

    assert "email" not in (userinfo(client, token).json or {})


TWO_FACTORS = json.dumps({"id_token": {"acr": {"essential": True, "values": ["phr", "mcp2"]}}})


def test_an_essential_acr_not_reached_leads_to_the_second_factor(client: FlaskClient) -> None:
    """Core §5.5.1.1: the weakest level that will do, and back to this very request."""
    signed(client)

    page = urlsplit(authorize(client, claims=TWO_FACTORS).location)

    assert page.path == "/connexion/verification"
    received = dict(parse_qsl(page.query))
    assert received["niveau"] == "mcp2"
    assert received["next"].startswith("/oidc/authorize?")


def test_step_up_ends_in_tokens_of_the_level_that_was_required(client: FlaskClient) -> None:
    """Core §5.5.1.1, RFC 8176 §2: mcp2 and its methods, by one code, without the password again."""
    account = signed(client)
    application = an_application(account)
    page = authorize(client, claims=TWO_FACTORS).location

    back = client.post(page, data={"code": application.now()}).location
    response = exchange(client, answer(client.get(back))["code"])

    claims = decoded(client, (response.json or {})["id_token"]).claims
    assert claims["acr"] == "mcp2"
    assert claims["amr"] == ["pwd", "otp", "mfa"]


def test_person_with_a_factor_shows_it_when_a_service_wishes_so(client: FlaskClient) -> None:
    """Core §5.5.1.1, a voluntary level: asked of who can show it, on a browser that they trust too."""
    an_application(signed(client))

    page = urlsplit(authorize(client, acr_values="mcp2").location)

    assert page.path == "/connexion/verification"


def test_who_gives_up_the_second_factor_is_told_to_the_client(client: FlaskClient) -> None:
    """Unmet Authentication Requirements 1.0 §2."""
    signed(client)

    received = answer(client.get(f"/oidc/authorize/annuler?{urlencode(asked(claims=TWO_FACTORS))}"))

    assert received["error"] == "unmet_authentication_requirements"


def test_an_essential_acr_out_of_reach_is_told_to_the_client(client: FlaskClient) -> None:
    """Unmet Authentication Requirements 1.0 §2."""
    signed(client)

    received = answer(authorize(client, claims=TWO_FACTORS, prompt="none"))

    assert received["error"] == "unmet_authentication_requirements"
    assert "code" not in received


@pytest.mark.parametrize(
    "changes",
    [
        {"acr_values": "phr mcp2"},
        {"acr_values": "urn:inconnu"},
        {"claims": '{"id_token": {"acr": {"values": ["mcp2"]}}}'},
        {"claims": '{"id_token": {"acr": {"essential": true, "values": ["mcp2", "mcp1"]}}}'},
    ],
    ids=["acr_values", "unknown", "voluntary", "one of them"],
)
def test_the_acr_told_is_the_one_reached(client: FlaskClient, changes: dict[str, str]) -> None:
    """Core §3.1.2.1: acr_values is voluntary; never an acr that was not reached."""
    signed(client)

    tokens = tokens_for(client, **changes)

    assert decoded(client, tokens["id_token"]).claims["acr"] == "mcp1"


def test_sub_asked_with_a_value_is_that_person_or_nobody(client: FlaskClient) -> None:
    """Core §3.1.2.2: a positive response only for that person."""
    account = signed(client)
    own = json.dumps({"id_token": {"sub": {"value": str(account.sub)}}})
    other = json.dumps({"id_token": {"sub": {"value": "somebody-else"}}})

    assert "code" in answer(authorize(client, claims=own))
    assert answer(authorize(client, claims=other, prompt="none"))["error"] == "login_required"
    assert authorize(client, claims=other).location.startswith("/connexion?")


def test_the_hint_of_another_person_leads_to_the_sign_in(client: FlaskClient) -> None:
    """Core §3.1.2.1 id_token_hint, even expired; then the client is told that it is somebody else."""
    signed(client)
    hint = tokens_for(client)["id_token"]
    signed(client)

    with clock.shifted(timedelta(minutes=20)):
        response = authorize(client, id_token_hint=hint)

    assert response.location.startswith("/connexion?")
    assert "&reauth=1" in response.location


def test_the_max_age_of_a_client_holds_unless_the_request_says_another(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Registration §2 default_max_age."""
    signed(client)
    clients: Any = registry().clients
    strict = replace(clients["offre-bailleurs"], default_max_age=timedelta(minutes=5))
    monkeypatch.setitem(clients, "offre-bailleurs", strict)

    with clock.shifted(timedelta(minutes=10)):
        assert authorize(client).location.startswith("/connexion?")
        assert "code" in answer(authorize(client, max_age="3600"))
