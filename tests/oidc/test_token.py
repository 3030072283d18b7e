"""The token endpoint: one code, once, to the client it was drawn for."""

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from factories import an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import (
    CALLBACK,
    CDAP,
    ISSUER,
    OUVERT,
    TOKEN,
    VERIFIER,
    a_bailleur,
    a_cdap_person,
    at_hash_of,
    basic,
    challenge_of,
    code_for,
    decoded,
    exchange,
    exchange_as_cdap,
    secret_of,
    tokens_for,
    userinfo,
)
from sql_budget import counted
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts import sessions
from idp.accounts.models import AccountState, BrowserSession
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.models import Habilitation
from idp.oidc.models import Grant


def signed(client: FlaskClient) -> FlaskClient:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    return client


def events() -> list[tuple[str, dict[str, Any]]]:
    rows = db.session.scalars(sa.select(JournalEntry).order_by(JournalEntry.id))
    return [(row.event, row.data) for row in rows]


def refused(response: TestResponse, error: str, status: int = 400) -> None:
    """RFC 6749 §5.2: JSON, no-store, printable ASCII without quote nor backslash."""
    assert response.status_code == status, response.text
    assert response.mimetype == "application/json"
    assert "no-store" in response.headers["Cache-Control"]
    body = response.json or {}
    assert body["error"] == error
    assert re.fullmatch(r"[ !#-\[\]-~]*", body.get("error_description", ""))
    assert set(body) <= {"error", "error_description"}


# Success


def test_the_answer_is_json_that_nobody_keeps(client: FlaskClient) -> None:
    """RFC 6749 §5.1, Core §3.1.3.3."""
    response = exchange(client, code_for(signed(client)))

    assert response.status_code == 200
    assert response.mimetype == "application/json"
    assert "no-store" in response.headers["Cache-Control"]
    assert set(response.json or {}) == {
        "access_token",
        "token_type",
        "expires_in",
        "scope",
        "id_token",
    }
    assert ("token_issued", {"client_id": "offre-bailleurs"}) in [
        (name, {"client_id": data.get("client_id")}) for name, data in events()
    ]


def test_no_anti_forgery_token_is_asked_of_a_server(client: FlaskClient, app: Flask) -> None:
    code = code_for(signed(client))
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        response = exchange(client, code)
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert response.status_code == 200


def test_the_id_token_says_who_signed_in_when_and_how(client: FlaskClient) -> None:
    """Core §2 and §3.1.3.6; names stay in userinfo (§5.4)."""
    browser = signed(client)

    id_token = decoded(client, tokens_for(browser)["id_token"])

    assert id_token.header["alg"] == "RS256"
    assert id_token.header["kid"]
    assert set(id_token.claims) == {
        *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash"),
        *("groups", "roles"),
    }
    session = db.session.scalars(sa.select(BrowserSession)).one()
    assert id_token.claims["auth_time"] == int(session.auth_time.timestamp())
    assert id_token.claims["acr"] == "mcp1"
    assert id_token.claims["amr"] == ["pwd"]
    assert id_token.claims["roles"] == ["utilisateur"]


def test_nonce_is_absent_when_none_was_sent(client: FlaskClient) -> None:
    """Core §3.1.2.1."""
    tokens = tokens_for(signed(client), nonce=None)

    assert "nonce" not in decoded(client, tokens["id_token"]).claims


def test_the_id_token_is_tied_to_its_access_token(client: FlaskClient) -> None:
    """Core §3.1.3.6 at_hash."""
    tokens = tokens_for(signed(client))

    expected = at_hash_of(tokens["access_token"], "RS256")
    assert decoded(client, tokens["id_token"]).claims["at_hash"] == expected


def test_the_access_token_can_be_checked_offline(client: FlaskClient) -> None:
    """RFC 9068 §2.1 and §2.2."""
    bailleur = a_bailleur()
    sid = signed_in(client, bailleur.account, bailleur.rattachement)

    token = decoded(client, tokens_for(client)["access_token"])

    claims = token.claims
    assert token.header["typ"] == "at+jwt"
    assert token.header["alg"] == "RS256"
    assert claims["aud"] == ["http://localhost:8001/api", ISSUER]
    assert claims["client_id"] == "offre-bailleurs"
    assert claims["exp"] - claims["iat"] == 300
    assert claims["scope"] == "openid profile email organisme habilitations"
    assert claims["groups"] == ["offre-bailleurs:prive:359"]
    assert claims["roles"] == ["utilisateur"]
    assert claims["entitlements"] == ["offre-bailleurs"]
    assert claims["organisme"] == {"id": str(bailleur.organisme.id)}
    assert claims["sid"] == sid
    assert claims["acr"] == "mcp1"
    assert len(claims["jti"]) > 43


def test_no_openid_scope_no_id_token(client: FlaskClient) -> None:
    """Core §3.1.2.1: without openid, this is plain OAuth."""
    tokens = tokens_for(signed(client), scope="profile")

    assert "id_token" not in tokens


def test_a_client_freed_of_pkce_may_do_without(client: FlaskClient) -> None:
    signed_in(client, an_account())
    code = code_for(client, **OUVERT, scope="openid email")

    response = exchange(
        client,
        code,
        authorization=basic("ouvert", secret_of("ouvert")),
        redirect_uri=OUVERT["redirect_uri"],
        code_verifier=None,
    )

    assert response.status_code == 200
    assert "groups" not in decoded(client, (response.json or {})["id_token"]).claims


# The code


def test_a_code_used_twice_revokes_what_it_gave(client: FlaskClient) -> None:
    """RFC 6749 §4.1.2, RFC 9700 §4.13: the refusal is answered, and its effect is kept."""
    browser = signed(client)
    code = code_for(browser)
    token = (exchange(client, code).json or {})["access_token"]
    assert userinfo(client, token).status_code == 200

    refused(exchange(client, code), "invalid_grant")

    assert userinfo(client, token).status_code == 401
    assert ("code_replayed", {"client_id": "offre-bailleurs"}) in events()
    refused(exchange(client, code), "invalid_grant")
    assert [name for name, _data in events()].count("code_replayed") == 1


def test_a_code_expires_after_a_minute(client: FlaskClient) -> None:
    """RFC 9700 §2.1.1; FAPI 2 §5.3.2.1."""
    code = code_for(signed(client))

    with clock.shifted(timedelta(seconds=62)):
        refused(exchange(client, code), "invalid_grant")


def test_a_code_lives_when_the_sign_in_is_old(client: FlaskClient) -> None:
    """Authlib counts the life of a code from auth_time: a sign-in of one hour ago would be too late."""
    browser = signed(client)
    session = db.session.scalars(sa.select(BrowserSession)).one()
    session.auth_time -= timedelta(hours=1)

    assert exchange(client, code_for(browser)).status_code == 200


def test_a_code_of_another_client_is_refused_and_stays_good(client: FlaskClient) -> None:
    """RFC 6749 §4.1.3; the other client cannot burn it either."""
    code = code_for(signed(client))

    refused(exchange_as_cdap(client, code), "invalid_grant")

    assert exchange(client, code).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": "http://localhost:8001/retour?lieu=rennes"},
        {"redirect_uri": None},
        {"code_verifier": None},
        {"code_verifier": "short"},
        {"code_verifier": VERIFIER[::-1]},
        {"code_verifier": VERIFIER + "é"},
        {"code": "absent"},
    ],
    ids=str,
)
def test_what_does_not_match_the_request_is_invalid_grant(
    client: FlaskClient, changes: dict[str, str | None]
) -> None:
    """RFC 6749 §5.2, RFC 7636 §4.6 (a missing verifier too), §10.5."""
    code = code_for(signed(client))

    refused(exchange(client, **{"code": code, **changes}), "invalid_grant")


def test_a_wrong_verifier_burns_the_code(client: FlaskClient) -> None:
    """A stolen code cannot be tried with one verifier after another."""
    code = code_for(signed(client))
    exchange(client, code, code_verifier=VERIFIER[::-1])

    refused(exchange(client, code), "invalid_grant")


def test_a_verifier_without_a_challenge_is_a_downgrade(client: FlaskClient) -> None:
    """RFC 9700 §4.8.2."""
    signed_in(client, an_account())
    code = code_for(client, **OUVERT, scope="openid")
    authorization = basic("ouvert", secret_of("ouvert"))

    response = exchange(
        client, code, authorization=authorization, redirect_uri=OUVERT["redirect_uri"]
    )

    refused(response, "invalid_grant")


def test_a_verifier_of_128_characters_is_accepted(client: FlaskClient) -> None:
    """RFC 7636 §4.1."""
    verifier = "aZ0-._~" * 18 + "xy"
    code = code_for(signed(client), code_challenge=challenge_of(verifier))

    assert exchange(client, code, code_verifier=verifier).status_code == 200


# The person, since the code


def test_a_code_dies_with_its_session(client: FlaskClient) -> None:
    code = code_for(signed(client))
    session = db.session.scalars(sa.select(BrowserSession)).one()
    sessions.end(session.id, datetime.now(UTC))

    refused(exchange(client, code), "invalid_grant")


def test_a_code_is_worth_nothing_once_the_right_is_withdrawn(client: FlaskClient) -> None:
    code = code_for(signed(client))
    db.session.execute(sa.delete(Habilitation))

    refused(exchange(client, code), "invalid_grant")


def test_a_code_is_worth_nothing_once_the_account_is_suspended(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    code = code_for(client)
    bailleur.account.state = AccountState.SUSPENDU

    refused(exchange(client, code), "invalid_grant")


# The client


@pytest.mark.parametrize(
    "secret", ["wrong", "é", "a%b+c", "x" * 5000, "\U0001f600"], ids=lambda secret: secret[:4]
)
def test_a_wrong_secret_is_401_whatever_it_is(client: FlaskClient, secret: str) -> None:
    """RFC 6749 §5.2, RFC 7617 §2 (Authlib fails with a TypeError on é)."""
    response = exchange(client, "x", authorization=basic("offre-bailleurs", secret))

    refused(response, "invalid_client", 401)
    assert response.headers["WWW-Authenticate"].startswith('Basic realm="oidc"')


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Basic",
        "Basic %%%",
        "Basic " + base64.b64encode(b"\xff\xfe").decode(),
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic " + base64.b64encode(b"offre-bailleurs:").decode(),
        "Basic " + base64.b64encode(b"offre-bailleurs:%FF").decode(),
        "Bearer x",
        basic("inconnu", "x"),
        basic("../active", "x"),
    ],
)
def test_credentials_that_are_none_are_401(client: FlaskClient, authorization: str | None) -> None:
    refused(exchange(client, "x", authorization=authorization), "invalid_client", 401)


def test_a_client_uses_the_method_that_it_registered(client: FlaskClient) -> None:
    """Core §9; RFC 6749 §2.3."""
    secret = secret_of("offre-bailleurs")
    in_body = exchange(
        client, "x", authorization=None, client_id="offre-bailleurs", client_secret=secret
    )
    in_header = exchange(client, "x", authorization=basic("cdap", secret_of("cdap")))

    refused(in_body, "invalid_client", 401)
    refused(in_header, "invalid_client", 401)


def test_two_methods_at_once_are_refused(client: FlaskClient) -> None:
    """RFC 6749 §2.3: not more than one method."""
    response = exchange(client, "x", client_secret=secret_of("offre-bailleurs"))

    refused(response, "invalid_request")


def test_a_client_id_that_contradicts_the_header_is_refused(client: FlaskClient) -> None:
    """FAPI 2: another client's identifier with one's own credentials."""
    refused(exchange(client, "x", client_id="cdap"), "invalid_client", 401)


def test_a_public_request_is_refused(client: FlaskClient) -> None:
    """A client_id alone proves nothing."""
    response = exchange(client, "x", authorization=None, client_id="offre-bailleurs")

    refused(response, "invalid_client", 401)


def test_the_secret_is_form_decoded(client: FlaskClient) -> None:
    """RFC 6749 §2.3.1: a conforming client may percent-encode any character."""
    secret = "".join(f"%{ord(character):02X}" for character in secret_of("offre-bailleurs"))
    header = "basic " + base64.b64encode(f"offre-bailleurs:{secret}".encode()).decode()

    response = exchange(client, code_for(signed(client)), authorization=header)

    assert response.status_code == 200


# The request


def test_parameters_in_the_address_are_refused(client: FlaskClient) -> None:
    """RFC 6749 §2.3.1; Authlib would let them override the body."""
    code = code_for(signed(client))
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    headers = {"Authorization": basic("offre-bailleurs", secret_of("offre-bailleurs"))}

    by_address = client.post(f"{TOKEN}?{urlencode(form)}", headers=headers)
    overriding = client.post(f"{TOKEN}?code=other", data=form, headers=headers)

    refused(by_address, "invalid_request")
    refused(overriding, "invalid_request")


@pytest.mark.parametrize("name", ["code", "grant_type", "code_verifier", "extra"])
def test_a_repeated_parameter_is_refused(client: FlaskClient, name: str) -> None:
    """RFC 6749 §3.2."""
    form = [("grant_type", "authorization_code"), ("code", "x"), ("extra", "1"), (name, "y")]
    form.append((name, "z"))

    response = client.post(
        TOKEN, data=urlencode(form), content_type="application/x-www-form-urlencoded"
    )

    refused(response, "invalid_request")


@pytest.mark.parametrize("mimetype", ["application/json", "multipart/form-data", "text/plain", ""])
def test_another_content_type_is_refused(client: FlaskClient, mimetype: str) -> None:
    """RFC 6749 §3.2."""
    refused(client.post(TOKEN, data=b"{}", content_type=mimetype), "invalid_request")


@pytest.mark.parametrize(
    ("grant_type", "error"),
    [
        (None, "invalid_request"),
        ("password", "unsupported_grant_type"),
        ('é"\\', "unsupported_grant_type"),
        ("urn:ietf:params:oauth:grant-type:token-exchange", "unsupported_grant_type"),
    ],
)
def test_an_unknown_grant_is_refused_without_repeating_it(
    client: FlaskClient, grant_type: str | None, error: str
) -> None:
    """RFC 6749 §5.2."""
    refused(exchange(client, "x", grant_type=grant_type), error)


def test_a_missing_code_is_invalid_request(client: FlaskClient) -> None:
    refused(exchange(client, ""), "invalid_request")


def test_a_body_that_is_too_large_is_refused_in_json(client: FlaskClient) -> None:
    body = b"code=" + b"x" * (2 * 1024 * 1024)

    response = client.post(TOKEN, data=body, content_type="application/x-www-form-urlencoded")

    refused(response, "invalid_request")


def test_get_is_not_allowed(client: FlaskClient) -> None:
    """RFC 6749 §3.2: the client MUST use POST."""
    assert client.get(TOKEN).status_code == 405


# Cost and secrets


def test_the_budget_of_a_token(client: FlaskClient) -> None:
    """The claim, the rights, the journal."""
    code = code_for(signed(client))

    with counted() as statements:
        assert exchange(client, code).status_code == 200

    assert len(statements) <= 4, statements


def test_nothing_secret_is_kept(client: FlaskClient) -> None:
    code = code_for(signed(client))
    tokens = exchange(client, code).json or {}

    kept = str([[getattr(row, c.key) for c in row.__table__.columns] for row in _everything()])

    for secret in (code, tokens["access_token"], tokens["id_token"], VERIFIER):
        assert secret not in kept


def _everything() -> list[Any]:
    return [*db.session.scalars(sa.select(Grant)), *db.session.scalars(sa.select(JournalEntry))]


def test_cdap_redeems_by_post_with_es256(client: FlaskClient) -> None:
    """Registration §2: another method and another algorithm, side by side."""
    person = a_cdap_person()
    signed_in(client, person.account, person.rattachement)
    code = code_for(client, **CDAP, scope="openid habilitations numero_utilisateur")

    tokens = exchange_as_cdap(client, code).json or {}

    id_token = decoded(client, tokens["id_token"])
    access_token = decoded(client, tokens["access_token"])
    assert id_token.header["alg"] == "ES256"
    assert id_token.claims["groups"] == ["cdap:t1:359"]
    assert access_token.header["alg"] == "RS256"
    assert access_token.claims["entitlements"] == ["cdap:t1"]
    assert tokens["scope"] == "openid habilitations"
