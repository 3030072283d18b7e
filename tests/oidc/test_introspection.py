"""Introspection (RFC 7662, RFC 9701): what a token is worth now, to who may know."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from factories import signed_in
from flask.testing import FlaskClient
from flows import (
    ISSUER,
    Bailleur,
    a_bailleur,
    a_cdap_person,
    basic,
    decoded,
    exchange_as_cdap,
    secret_of,
    tokens_for,
)
from registered import a_registered_client
from sql_budget import counted
from token_flows import OFFLINE, code_for_apis, first_of_poste, service_token
from werkzeug.test import TestResponse

from idp.accounts import sessions
from idp.accounts.models import AccountState
from idp.db import db
from idp.habilitations.models import Habilitation
from idp.oidc.clients.client_metadata import GrantType
from idp.oidc.clients.relying_parties import registry

INTROSPECT = "/oidc/introspect"
INACTIVE = {"active": False}


@pytest.fixture
def bailleur(client: FlaskClient) -> Bailleur:
    person = a_bailleur()
    signed_in(client, person.account, person.rattachement)
    return person


@pytest.fixture
def held(client: FlaskClient, bailleur: Bailleur) -> dict[str, Any]:
    """The tokens of a sign-in at Offre Bailleurs."""
    return tokens_for(client, scope=OFFLINE)


def introspect(client: FlaskClient, token: str, accept: str = "application/json") -> TestResponse:
    """The API of Offre Bailleurs asks."""
    authorization = basic("offre-bailleurs", secret_of("offre-bailleurs"))
    headers = {"Authorization": authorization, "Accept": accept}
    return client.post(INTROSPECT, data={"token": token}, headers=headers)


def as_cdap(client: FlaskClient, token: str) -> TestResponse:
    form = {"token": token, "client_id": "cdap", "client_secret": secret_of("cdap")}
    return client.post(INTROSPECT, data=form)


def test_access_token_is_told_with_the_rights_of_now(
    client: FlaskClient, held: dict[str, Any], bailleur: Bailleur
) -> None:
    """RFC 7662 §2.2, RFC 9068 §2.2, RFC 9470 §6 (acr and auth_time)."""
    response = introspect(client, held["access_token"])

    told = response.json or {}
    claims = decoded(client, held["access_token"]).claims
    assert "no-store" in response.headers["Cache-Control"]
    assert told.pop("active") is True
    assert told.pop("token_type") == "Bearer"
    assert told == claims
    assert told["groups"] == ["offre-bailleurs:prive:359"]
    assert {"acr", "auth_time", "sid", "scope", "sub", "aud", "exp", "client_id"} <= set(told)


def test_withdrawn_right_is_not_told_any_more(client: FlaskClient, held: dict[str, Any]) -> None:
    """The token still says it: what holds now is told instead."""
    db.session.execute(sa.delete(Habilitation))

    assert introspect(client, held["access_token"]).json == INACTIVE
    assert introspect(client, held["refresh_token"]).json == INACTIVE


@pytest.mark.parametrize("end", ["session", "account", "expiry", "client"])
def test_ended_token_is_not_active(
    client: FlaskClient,
    held: dict[str, Any],
    bailleur: Bailleur,
    monkeypatch: pytest.MonkeyPatch,
    end: str,
) -> None:
    """RFC 7662 §2.2: and nothing else is said of it."""
    if end == "session":
        sessions.end_all(bailleur.account.id, datetime.now(UTC))
    if end == "account":
        bailleur.account.state = AccountState.SUSPENDU
    if end == "expiry":
        at = datetime.now(UTC) + timedelta(minutes=6)
        monkeypatch.setattr("idp.clock.now", lambda: at)
    if end == "client":
        client.post(
            "/oidc/revoke",
            data={"token": held["refresh_token"]},
            headers={"Authorization": basic("offre-bailleurs", secret_of("offre-bailleurs"))},
        )

    assert introspect(client, held["access_token"]).json == INACTIVE


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "a.0.b"])
def test_what_is_no_token_is_not_active(client: FlaskClient, token: str) -> None:
    response = introspect(client, token)

    assert (response.status_code, response.json) == (200, INACTIVE)


def test_id_token_is_no_access_token(client: FlaskClient, held: dict[str, Any]) -> None:
    """RFC 8725 §3.11: the type is checked."""
    assert introspect(client, held["id_token"]).json == INACTIVE


def test_token_of_others_is_told_to_nobody_else(client: FlaskClient, held: dict[str, Any]) -> None:
    """RFC 7662 §4: the attack is to scan for tokens that work."""
    assert as_cdap(client, held["access_token"]).json == INACTIVE
    assert as_cdap(client, held["refresh_token"]).json == INACTIVE


def test_api_that_the_token_is_for_may_know(client: FlaskClient) -> None:
    """RFC 7662 §1: a protected resource asks; the token is Cdap's, for the API of Offre Bailleurs."""
    person = a_cdap_person()
    signed_in(client, person.account, person.rattachement)
    token = (
        exchange_as_cdap(client, code_for_apis(client, "http://localhost:8001/api")).json or {}
    )["access_token"]

    told = introspect(client, token).json or {}

    assert (told["active"], told["client_id"]) == (True, "cdap")


def test_token_of_a_service_is_told_without_a_statement(client: FlaskClient) -> None:
    token = (service_token(client).json or {})["access_token"]

    with counted() as sent:
        told = as_cdap(client, token).json or {}

    assert (told["active"], told["sub"]) == (True, "cdap")
    assert sent == []


@pytest.mark.parametrize("change", ["removed", "grant withdrawn"])
def test_token_of_a_service_that_may_no_longer_act_is_not_active(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """RFC 7662 §2.2: asked by the API that the token is for, after the entry of its client changed."""
    token = service_token(client, resource="http://localhost:8001/api").json or {}
    assert (introspect(client, token["access_token"]).json or {})["active"] is True
    clients: Any = registry().clients
    if change == "removed":
        monkeypatch.delitem(clients, "cdap")
    else:
        without = replace(clients["cdap"], grant_types=(GrantType.AUTHORIZATION_CODE,))
        monkeypatch.setitem(clients, "cdap", without)

    assert introspect(client, token["access_token"]).json == INACTIVE


def test_refresh_token_is_told_to_its_client(client: FlaskClient, held: dict[str, Any]) -> None:
    told = introspect(client, held["refresh_token"]).json or {}

    assert told["active"] is True
    assert told["scope"] == OFFLINE
    assert told["exp"] > datetime.now(UTC).timestamp()
    assert "token_type" not in told


def test_who_keeps_no_secret_may_not_ask(client: FlaskClient, bailleur: Bailleur) -> None:
    """RFC 7662 §2.1: the endpoint is protected."""
    token = first_of_poste(client)
    response = client.post(INTROSPECT, data={"token": token, "client_id": "poste"})

    assert (response.status_code, (response.json or {})["error"]) == (401, "invalid_client")


def test_answer_is_signed_when_asked(client: FlaskClient, held: dict[str, Any]) -> None:
    """RFC 9701 §5: typ, iss, aud, iat; what is told is one claim, without exp nor sub beside it."""
    response = introspect(
        client, held["access_token"], accept="application/token-introspection+jwt"
    )

    token = decoded(client, response.text)
    assert response.mimetype == "application/token-introspection+jwt"
    assert token.header["typ"] == "token-introspection+jwt"
    assert set(token.claims) == {"iss", "aud", "iat", "token_introspection"}
    assert (token.claims["iss"], token.claims["aud"]) == (ISSUER, "offre-bailleurs")
    assert token.claims["token_introspection"] == introspect(client, held["access_token"]).json


def test_signed_answer_is_no_access_token(client: FlaskClient, held: dict[str, Any]) -> None:
    """RFC 9701 §8.1: the attack is to present it to userinfo."""
    jwt = introspect(client, held["access_token"], accept="application/token-introspection+jwt")

    presented = {"Authorization": f"Bearer {jwt.text}"}
    assert client.get("/oidc/userinfo", headers=presented).status_code == 401


def test_registered_client_chooses_the_algorithm_of_its_answers(open_client: FlaskClient) -> None:
    """RFC 9701 §6."""
    signed_in(open_client, a_bailleur().account)
    ours = a_registered_client(open_client, introspection_signed_response_alg="ES256")
    token = (ours.exchange(open_client, ours.code(open_client)).json or {})["access_token"]
    headers = {
        "Authorization": basic(ours.client_id, ours.told["client_secret"]),
        "Accept": "application/token-introspection+jwt",
    }

    answer = open_client.post(INTROSPECT, data={"token": token}, headers=headers)

    assert decoded(open_client, answer.text).header["alg"] == "ES256"


def test_introspection_costs_two_statements(client: FlaskClient, held: dict[str, Any]) -> None:
    """The grant and its session, then the rights."""
    for name in ("access_token", "refresh_token"):
        with counted() as sent:
            told = introspect(client, held[name]).json or {}
        assert told["active"] is True
        assert len(sent) <= 2
