"""A service that acts for itself (RFC 6749 §4.4)."""

import sqlalchemy as sa
from factories import signed_in
from flask.testing import FlaskClient
from flows import ISSUER, TOKEN, a_bailleur, basic, decoded, secret_of, userinfo
from sql_budget import counted
from token_flows import service_token

from idp.audit import JournalEntry
from idp.db import db
from idp.oidc.models import Grant


def test_token_names_the_client_and_no_person(client: FlaskClient) -> None:
    """RFC 9068 §2.2: sub is the client."""
    response = service_token(client)

    told = response.json or {}
    token = decoded(client, told["access_token"])
    assert set(told) == {"access_token", "token_type", "expires_in"}
    assert "no-store" in response.headers["Cache-Control"]
    assert token.header["typ"] == "at+jwt"
    assert token.claims["sub"] == token.claims["client_id"] == "cdap"
    assert token.claims["aud"] == ["http://localhost:8002/api"]
    assert set(token.claims) == {"iss", "sub", "aud", "client_id", "iat", "exp", "jti"}


def test_token_is_for_the_api_that_was_named(client: FlaskClient) -> None:
    """RFC 8707 §2.2."""
    told = service_token(client, resource="https://statistiques.caf.example/").json or {}

    assert decoded(client, told["access_token"]).claims["aud"] == [
        "https://statistiques.caf.example/"
    ]
    assert (service_token(client, resource=ISSUER).json or {})["error"] == "invalid_target"


def test_no_scope_speaks_of_nobody(client: FlaskClient) -> None:
    response = service_token(client, scope="openid email")

    assert (response.status_code, (response.json or {})["error"]) == (400, "invalid_scope")


def test_client_that_does_not_declare_it_is_refused(client: FlaskClient) -> None:
    """RFC 6749 §5.2, unauthorized_client."""
    authorization = basic("offre-bailleurs", secret_of("offre-bailleurs"))

    response = client.post(
        TOKEN, data={"grant_type": "client_credentials"}, headers={"Authorization": authorization}
    )

    assert (response.status_code, (response.json or {})["error"]) == (400, "unauthorized_client")


def test_public_client_cannot_act_for_itself(client: FlaskClient) -> None:
    """RFC 6749 §4.4: for confidential clients only."""
    form = {"grant_type": "client_credentials", "client_id": "poste"}

    assert (client.post(TOKEN, data=form).json or {})["error"] == "unauthorized_client"


def test_its_token_opens_nobody_at_userinfo(client: FlaskClient) -> None:
    signed_in(client, a_bailleur().account)

    assert userinfo(client, (service_token(client).json or {})["access_token"]).status_code == 403


def test_journal_keeps_its_line_and_nothing_else_is_written(client: FlaskClient) -> None:
    """One statement."""
    service_token(client)

    with counted() as sent:
        service_token(client)

    assert len(sent) == 1
    assert set(db.session.scalars(sa.select(JournalEntry.event))) == {"service_token_issued"}
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Grant)) == 0
