"""Dynamic registration, RFC 7591 and RFC 7592."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import Browser, another_app
from factories import signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import a_bailleur, answer, userinfo
from joserfc.jwk import ECKey, OctKey, RSAKey
from registered import (
    CALLBACK,
    REGISTER,
    a_registered_client,
    a_signing_client,
    keys_of,
    register,
)

from idp.config import Registration, Settings
from idp.db import db
from idp.oidc.clients.client_secrets import draw_registration_token
from idp.oidc.models import Grant, RegisteredClient


def test_off_by_default_the_endpoint_does_not_exist(client: FlaskClient) -> None:
    assert register(client).status_code == 404
    assert client.get(f"{REGISTER}/x").status_code == 404
    document = client.get("/.well-known/openid-configuration").json or {}
    assert "registration_endpoint" not in document


def test_open_registration_is_announced(open_client: FlaskClient) -> None:
    """RFC 8414 §2."""
    document = open_client.get("/.well-known/openid-configuration").json or {}

    assert document["registration_endpoint"] == document["issuer"] + REGISTER


def test_answer_tells_the_client_its_secrets_and_its_defaults(open_client: FlaskClient) -> None:
    """RFC 7591 §3.2.1: 201; an expiry with the secret; both members of management, or none."""
    response = register(open_client)

    told = response.json or {}
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    assert told["client_secret_expires_at"] == 0
    assert len(told["client_secret"]) == 43
    assert told["registration_client_uri"].endswith(f"{REGISTER}/{told['client_id']}")
    assert told["registration_access_token"]
    assert told["redirect_uris"] == [CALLBACK]
    assert told["token_endpoint_auth_method"] == "client_secret_basic"
    assert told["grant_types"] == ["authorization_code"]
    assert told["response_types"] == ["code"]
    assert told["id_token_signed_response_alg"] == "RS256"
    assert told["subject_type"] == "public"


def test_secrets_are_kept_as_digests(open_client: FlaskClient) -> None:
    told = a_registered_client(open_client).told

    row = db.session.get_one(RegisteredClient, told["client_id"])
    kept = f"{row.metadata_}{row.secret_digest}{row.registration_token_digest}"
    assert told["client_secret"] not in kept
    assert told["registration_access_token"] not in kept


def test_client_without_scope_may_ask_what_any_client_may(open_client: FlaskClient) -> None:
    """A registered client is told of people, never of the habilitations of a service."""
    scope = set(a_registered_client(open_client).told["scope"].split())

    assert {"openid", "profile", "email", "phone"} <= scope
    assert not {"organisme", "habilitations", "numero_utilisateur"} & scope


def test_scope_is_cut_to_what_may_be_asked(open_client: FlaskClient) -> None:
    told = a_registered_client(open_client, scope="openid email habilitations bogus").told

    assert told["scope"] == "openid email"


def test_unknown_metadata_are_ignored(open_client: FlaskClient) -> None:
    """RFC 7591 §2."""
    response = register(open_client, favourite_colour="violet", **{"client_name#fr": "Essai"})

    assert response.status_code == 201
    assert "favourite_colour" not in (response.json or {})


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ({"redirect_uris": [f"{CALLBACK}#x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://rp.example/cb"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"redirect_uris": ["http://[::1"]}, "invalid_redirect_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri"),
        ({"redirect_uris": "https://rp.example/"}, "invalid_redirect_uri"),
        ({"redirect_uris": [f"https://rp.example/{n}" for n in range(21)]}, "invalid_redirect_uri"),
        ({"redirect_uris": [["https://rp.example/"]]}, "invalid_redirect_uri"),
        ({"initiate_login_uri": "http://rp.example/login"}, "invalid_client_metadata"),
        ({"initiate_login_uri": "http://localhost/login"}, "invalid_client_metadata"),
        ({"backchannel_logout_uri": "http://localhost/out"}, "invalid_client_metadata"),
        ({"logo_uri": "javascript:alert(1)"}, "invalid_client_metadata"),
        ({"response_types": ["id_token"]}, "invalid_client_metadata"),
        ({"grant_types": ["implicit"]}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({"id_token_signed_response_alg": "HS256"}, "invalid_client_metadata"),
        ({"userinfo_signed_response_alg": "none"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "tls_client_auth"}, "invalid_client_metadata"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata"),
        ({"jwks": {"keys": []}, "jwks_uri": "https://rp.example/jwks"}, "invalid_client_metadata"),
        ({"client_name": "x" * 101}, "invalid_client_metadata"),
        ({"client_name": 5}, "invalid_client_metadata"),
        ({"default_max_age": "soon"}, "invalid_client_metadata"),
        ({"contacts": "a@rp.example"}, "invalid_client_metadata"),
        (
            {
                "subject_type": "pairwise",
                "redirect_uris": ["https://a.example/", "https://b.example/"],
            },
            "invalid_client_metadata",
        ),
    ],
)
def test_metadata_that_we_would_not_honour_are_refused(
    open_client: FlaskClient, metadata: dict[str, Any], error: str
) -> None:
    """RFC 7591 §3.2.2."""
    response = register(open_client, **metadata)

    refused = response.json or {}
    assert (response.status_code, refused["error"]) == (400, error)
    assert refused["error_description"].isascii()
    assert not {'"', "\\"} & set(refused["error_description"])
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RegisteredClient)) == 0


@pytest.mark.filterwarnings("ignore:Key size should be")
def test_key_that_could_be_broken_is_refused(open_client: FlaskClient) -> None:
    """RFC 7518 §3.3: 2048 bits; the attack: a client's signature is forged."""
    response = register(open_client, jwks=keys_of(RSAKey.generate_key(1024)))

    assert response.status_code == 400
    assert "2048 bits" in (response.json or {})["error_description"]


def test_what_is_no_set_of_public_keys_is_refused(open_client: FlaskClient) -> None:
    """RFC 7591 §2: public keys."""
    key = RSAKey.generate_key(2048)
    for jwks in (
        {"keys": [key.as_dict(private=True)]},
        {"keys": [OctKey.generate_key(256).as_dict(private=True)]},
        {"keys": ["x"]},
        {"keys": {}},
        [],
    ):
        response = register(open_client, jwks=jwks)

        assert (response.status_code, (response.json or {})["error"]) == (
            400,
            "invalid_client_metadata",
        )


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{}", "text/plain"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'"x"', "application/json"),
        (b"\xff", "application/json"),
        (b'{"redirect_uris": ' + b"[" * 50_000, "application/json"),
        (b'{"client_name": "' + b"x" * 70_000 + b'"}', "application/json"),
        (b"redirect_uris=https://rp.example", "application/x-www-form-urlencoded"),
    ],
)
def test_body_that_is_no_metadata_is_refused(
    open_client: FlaskClient, body: bytes, content_type: str
) -> None:
    response = open_client.post(REGISTER, data=body, content_type=content_type)

    assert (response.status_code, (response.json or {})["error"]) == (
        400,
        "invalid_client_metadata",
    )


def test_with_a_token_only_its_holders_register(app: Flask, settings: Settings) -> None:
    """RFC 7591 §3: the initial access token."""
    token = draw_registration_token(settings.keys_dir)
    with another_app(replace(settings, registration=Registration.TOKEN)) as made:
        made.test_client_class = Browser
        with made.app_context():
            client = made.test_client()
            metadata = {"redirect_uris": [CALLBACK]}
            without = client.post(REGISTER, json=metadata)
            wrong = client.post(REGISTER, json=metadata, headers={"Authorization": "Bearer x"})
            right = client.post(
                REGISTER, json=metadata, headers={"Authorization": f"Bearer {token}"}
            )

    assert (without.status_code, wrong.status_code, right.status_code) == (401, 401, 201)
    assert "error" not in (without.json or {})
    assert (wrong.json or {})["error"] == "invalid_token"


def test_client_reads_its_registration(open_client: FlaskClient) -> None:
    """RFC 7592 §2.1; third-party-initiated login: initiate_login_uri comes back."""
    ours = a_registered_client(open_client, initiate_login_uri="https://rp.example/login")

    response = open_client.get(**ours.manage)

    assert response.status_code == 200
    read = response.json or {}
    assert read["initiate_login_uri"] == "https://rp.example/login"
    assert read["registration_access_token"] == ours.told["registration_access_token"]
    for name in ("client_id", "redirect_uris", "registration_client_uri", "scope"):
        assert read[name] == ours.told[name]


def test_client_replaces_its_metadata_and_is_held_to_them_at_once(
    open_client: FlaskClient,
) -> None:
    """RFC 7592 §2.2."""
    ours = a_registered_client(open_client)
    elsewhere = "https://rp.example/other"
    person = a_bailleur()
    signed_in(open_client, person.account)
    assert ours.code(open_client)

    response = open_client.put(
        **ours.manage, json={"client_id": ours.client_id, "redirect_uris": [elsewhere]}
    )

    assert response.status_code == 200
    assert (response.json or {})["redirect_uris"] == [elsewhere]
    assert ours.authorize(open_client).status_code == 400


def test_refused_change_changes_nothing(open_client: FlaskClient) -> None:
    ours = a_registered_client(open_client)

    response = open_client.put(**ours.manage, json={"redirect_uris": ["http://x.example/"]})
    other = open_client.put(
        **ours.manage, json={"client_id": "another", "redirect_uris": [CALLBACK]}
    )

    assert (response.status_code, other.status_code) == (400, 400)
    assert (open_client.get(**ours.manage).json or {})["redirect_uris"] == [CALLBACK]


def test_client_that_comes_to_need_a_secret_is_told_one(open_client: FlaskClient) -> None:
    ours = a_registered_client(open_client, token_endpoint_auth_method="none")
    assert "client_secret" not in ours.told

    response = open_client.put(**ours.manage, json={"redirect_uris": [CALLBACK]})

    assert (response.json or {})["client_secret"]


def test_removed_client_is_gone_with_its_tokens(open_client: FlaskClient) -> None:
    """RFC 7592 §2.3: 204 without a body; its tokens end."""
    ours = a_registered_client(open_client)
    person = a_bailleur()
    signed_in(open_client, person.account)
    tokens = ours.exchange(open_client, ours.code(open_client)).json or {}
    assert userinfo(open_client, tokens["access_token"]).status_code == 200

    response = open_client.delete(**ours.manage)

    assert (response.status_code, response.data) == (204, b"")
    assert userinfo(open_client, tokens["access_token"]).status_code == 401
    assert open_client.get(**ours.manage).status_code == 401
    assert ours.authorize(open_client).status_code == 400
    assert db.session.scalars(sa.select(Grant.revoked_at)).one() is not None


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_registration_of_another_is_closed(open_client: FlaskClient, method: str) -> None:
    """RFC 7592 §2: the same answer for a wrong token, another's token, and no such client."""
    ours, other = a_registered_client(open_client), a_registered_client(open_client)
    attempts = [
        {**ours.manage, "headers": {"Authorization": "Bearer wrong"}},
        {**ours.manage, "headers": other.manage["headers"]},
        {**ours.manage, "path": f"{REGISTER}/dyn-nobody"},
    ]

    answers = [open_client.open(method=method, **attempt) for attempt in attempts]

    assert {(one.status_code, one.data) for one in answers} == {(401, answers[0].data)}
    assert open_client.get(**ours.manage).status_code == 200


def test_every_algorithm_that_is_announced_may_be_registered(open_client: FlaskClient) -> None:
    document = open_client.get("/.well-known/openid-configuration").json or {}

    for algorithm in document["id_token_signing_alg_values_supported"]:
        assert register(open_client, id_token_signed_response_alg=algorithm).status_code == 201
    for method in document["token_endpoint_auth_methods_supported"]:
        jwks = keys_of(ECKey.generate_key("P-256"))
        sent = {"token_endpoint_auth_method": method, "jwks": jwks}
        assert register(open_client, **sent).status_code == 201


def test_whole_flow_of_a_registered_client(open_client: FlaskClient) -> None:
    """Its scopes open the person, whatever organisme they work for."""
    person = a_bailleur()
    signed_in(open_client, person.account, person.rattachement)
    for ours in (
        a_registered_client(open_client),
        a_signing_client(open_client),
    ):
        tokens = ours.exchange(open_client, ours.code(open_client, scope="openid email")).json or {}
        told = userinfo(open_client, tokens["access_token"]).json or {}

        assert told["email"] == person.account.email
        assert set(told) == {"sub", "email", "email_verified"}


def test_public_client_is_held_to_pkce(open_client: FlaskClient) -> None:
    """RFC 9700 §2.1.1."""
    ours = a_registered_client(open_client, token_endpoint_auth_method="none")
    person = a_bailleur()
    signed_in(open_client, person.account)

    response = ours.authorize(open_client)

    assert answer(response)["error_description"] == "code_challenge is required."
