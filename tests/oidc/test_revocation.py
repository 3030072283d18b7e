"""Revocation (RFC 7009): a token given back ends everything of its sign-in, and tells nothing of others."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from factories import signed_in
from flask.testing import FlaskClient
from flows import TOKEN, a_bailleur, basic, secret_of, tokens_for, userinfo
from token_flows import OFFLINE, first_of_poste, refresh, refresh_poste, service_token
from werkzeug.test import TestResponse

from idp import clock
from idp.audit import JournalEntry
from idp.db import db
from idp.oidc.models import Grant

REVOKE = "/oidc/revoke"


@pytest.fixture
def held(client: FlaskClient) -> dict[str, Any]:
    """The tokens of a sign-in at Offre Bailleurs."""
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    return tokens_for(client, scope=OFFLINE)


def revoke(client: FlaskClient, token: str, **changes: str) -> TestResponse:
    authorization = basic("offre-bailleurs", secret_of("offre-bailleurs"))
    return client.post(
        REVOKE, data={"token": token, **changes}, headers={"Authorization": authorization}
    )


def as_cdap(client: FlaskClient, token: str) -> TestResponse:
    form = {"token": token, "client_id": "cdap", "client_secret": secret_of("cdap")}
    return client.post(REVOKE, data=form)


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", [None, "access_token", "refresh_token", "bogus"])
def test_either_token_ends_both(
    client: FlaskClient, held: dict[str, Any], name: str, hint: str | None
) -> None:
    """§2.1: the cascade; a wrong hint changes nothing."""
    response = revoke(client, held[name], **({"token_type_hint": hint} if hint else {}))

    assert (response.status_code, response.data) == (200, b"")
    assert userinfo(client, held["access_token"]).status_code == 401
    assert (refresh(client, held["refresh_token"]).json or {})["error"] == "invalid_grant"
    assert "token_revoked" in set(db.session.scalars(sa.select(JournalEntry.event)))


def test_unknown_and_ended_tokens_get_the_same_answer(
    client: FlaskClient, held: dict[str, Any]
) -> None:
    """§2.2: an invalid token is no error."""
    first = revoke(client, held["access_token"])
    answers = [revoke(client, token) for token in (held["access_token"], "x", "a.b.c", "é")]

    assert {(one.status_code, one.data) for one in [first, *answers]} == {(200, b"")}


def test_token_of_another_client_is_not_ended(client: FlaskClient, held: dict[str, Any]) -> None:
    """§2.1: the attack is to sign people out of another service."""
    for name in ("access_token", "refresh_token"):
        assert as_cdap(client, held[name]).status_code == 200

    assert userinfo(client, held["access_token"]).status_code == 200
    assert refresh(client, held["refresh_token"]).status_code == 200


def test_expired_access_token_still_ends_its_sign_in(
    client: FlaskClient, held: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = datetime.now(UTC) + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: at)

    revoke(client, held["access_token"])

    assert db.session.scalars(sa.select(Grant.revoked_at)).one() is not None


def test_public_client_revokes_its_own(client: FlaskClient) -> None:
    """§2.1, with its client_id alone."""
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    token = first_of_poste(client)

    assert client.post(REVOKE, data={"token": token, "client_id": "poste"}).status_code == 200

    assert refresh_poste(client, token).status_code == 400


def test_token_of_a_service_cannot_be_ended(client: FlaskClient) -> None:
    """§2.2.1."""
    response = as_cdap(client, (service_token(client).json or {})["access_token"])

    assert (response.status_code, (response.json or {})["error"]) == (400, "unsupported_token_type")


def test_token_of_another_service_or_of_the_past_is_like_any_unknown_one(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§2.1 and §2.2: 200, whoever it was for."""
    token = (service_token(client).json or {})["access_token"]
    foreign = revoke(client, token)
    at = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: at)
    expired = as_cdap(client, token)

    assert [(one.status_code, one.data) for one in (foreign, expired)] == [(200, b"")] * 2


def test_client_proves_who_it_is(client: FlaskClient, held: dict[str, Any]) -> None:
    """§2.1."""
    wrong = client.post(
        REVOKE,
        data={"token": held["access_token"]},
        headers={"Authorization": basic("offre-bailleurs", "é%+")},
    )
    nobody = client.post(REVOKE, data={"token": held["access_token"]})

    for response in (wrong, nobody):
        assert (response.status_code, (response.json or {})["error"]) == (401, "invalid_client")
    assert userinfo(client, held["access_token"]).status_code == 200


@pytest.mark.parametrize("path", [REVOKE, "/oidc/introspect", TOKEN])
def test_parameters_belong_in_a_form_once(client: FlaskClient, path: str) -> None:
    """RFC 6749 §3.2: neither in the address, nor twice, nor as JSON."""
    form = "application/x-www-form-urlencoded"
    requests = [
        client.post(f"{path}?token=x", data={"token": "x"}),
        client.post(path, data="token=x&token=y", content_type=form),
        client.post(path, json={"token": "x"}),
        client.post(path, data=b"\xff=\xff", content_type=form),
    ]

    for response in requests:
        assert (response.status_code, (response.json or {})["error"]) == (400, "invalid_request")
    assert client.get(path).status_code == 405
