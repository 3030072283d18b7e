"""Back-channel logout: every service of an ended session is told, for three days if need be."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
import sqlalchemy as sa
from factories import PASSWORD, signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import (
    CDAP,
    ISSUER,
    a_bailleur,
    code_for,
    declared,
    decoded,
    exchange,
    exchange_as_cdap,
    opens_cdap,
    tokens_for,
    userinfo,
)
from joserfc import jwt
from listening import Answer, Listening, listening, outgoing_settings

from idp import clock, outbox
from idp.accounts import sessions
from idp.accounts.models import BrowserSession
from idp.audit import JournalEntry
from idp.db import db
from idp.extensions import ground
from idp.keys import Algorithm
from idp.oidc.models import Grant
from idp.oidc.tokens import id_token
from idp.outbox import Delivery

EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def service(app: Flask) -> Iterator[Listening]:
    """Offre Bailleurs, which asks to be told."""
    with listening() as server, outgoing_settings(app, "localhost"):
        server.answer = Answer(status=200, body=b"")
        with declared("offre-bailleurs", backchannel_logout_uri=server.url("/deconnexion")):
            yield server


def a_signed_in_bailleur(client: FlaskClient, **session: Any) -> dict[str, Any]:
    """A person signed in at Offre Bailleurs; their tokens."""
    bailleur = a_bailleur(**session)
    signed_in(client, bailleur.account, bailleur.rattachement)
    return tokens_for(client)


def end_every_session() -> None:
    now = clock.now()
    for account_id in db.session.scalars(sa.select(BrowserSession.account_id).distinct()).all():
        sessions.end_all(account_id, now)
    db.session.commit()


def delivered(after: timedelta = timedelta(0)) -> int:
    """A round of the worker."""
    db.session.commit()
    tried = outbox.deliver_due(clock.now() + after)
    db.session.expire_all()
    return tried


def token_of(client: FlaskClient, server: Listening, rank: int = -1) -> jwt.Token:
    """The logout token that the service received, verified as it does."""
    request = server.requests[rank]
    assert (request.method, request.path) == ("POST", "/deconnexion")
    assert request.content_type == "application/x-www-form-urlencoded"
    form = parse_qs(request.body.decode(), strict_parsing=True)
    assert list(form) == ["logout_token"]
    return decoded(client, form["logout_token"][0])


def journal(event: str) -> list[dict[str, Any]]:
    rows = db.session.scalars(sa.select(JournalEntry).where(JournalEntry.event == event))
    return [row.data for row in rows]


def test_the_logout_token_says_who_and_which_session(
    client: FlaskClient, service: Listening
) -> None:
    """Back-Channel Logout §2.4: sub and sid of the ID token, one event, an empty object; never a nonce."""
    id_claims = decoded(client, a_signed_in_bailleur(client)["id_token"]).claims

    client.post("/deconnexion")
    delivered()

    token = token_of(client, service)
    assert token.header["typ"] == "logout+jwt"
    assert token.header["alg"] == "RS256"
    assert token.claims["iss"] == ISSUER
    assert token.claims["aud"] == "offre-bailleurs"
    assert (token.claims["sub"], token.claims["sid"]) == (id_claims["sub"], id_claims["sid"])
    assert token.claims["events"] == {EVENT: {}}
    assert 0 < token.claims["exp"] - token.claims["iat"] <= 120
    assert set(token.claims) == {"iss", "aud", "iat", "exp", "jti", "events", "sub", "sid"}


def test_the_logout_token_is_signed_as_the_client_s_id_tokens(
    client: FlaskClient, service: Listening
) -> None:
    """Back-Channel Logout §2.6, step 2."""
    with declared("offre-bailleurs", id_token_signed_response_alg=Algorithm.ES256):
        a_signed_in_bailleur(client)
        end_every_session()
        delivered()

        assert token_of(client, service).header["alg"] == "ES256"


def by_the_service(client: FlaskClient, tokens: dict[str, Any]) -> None:
    client.get(f"/oidc/logout?id_token_hint={tokens['id_token']}")


def by_the_person(client: FlaskClient, _tokens: dict[str, Any]) -> None:
    client.post("/deconnexion")


def by_another_sign_in(client: FlaskClient, _tokens: dict[str, Any]) -> None:
    identifiant = a_bailleur(email="paul@exemple.fr").account.identifiant
    form = {"identifiant": identifiant, "mot_de_passe": PASSWORD}
    assert client.post("/connexion?reauth=1", data=form).status_code == 303


def everywhere(_client: FlaskClient, _tokens: dict[str, Any]) -> None:
    end_every_session()


@pytest.mark.parametrize(
    "end", [by_the_service, by_the_person, by_another_sign_in, everywhere], ids=lambda f: f.__name__
)
def test_however_a_session_ends_the_service_is_told_and_tokens_die(
    client: FlaskClient, service: Listening, end: Any
) -> None:
    tokens = a_signed_in_bailleur(client)
    sid = decoded(client, tokens["id_token"]).claims["sid"]

    end(client, tokens)

    assert delivered() == 1
    assert token_of(client, service).claims["sid"] == sid
    assert userinfo(client, tokens["access_token"]).status_code == 401
    assert db.session.scalars(sa.select(Grant.revoked_at)).one() is not None


def test_nothing_is_sent_by_a_logout_that_is_undone(
    client: FlaskClient, service: Listening
) -> None:
    a_signed_in_bailleur(client)
    session = db.session.scalars(sa.select(BrowserSession)).one()

    sessions.end(session.id, clock.now())
    db.session.rollback()

    assert delivered() == 0


def test_a_service_is_told_once_of_a_session_however_many_times_it_was_opened(
    client: FlaskClient, service: Listening
) -> None:
    a_signed_in_bailleur(client)
    tokens_for(client)

    client.post("/deconnexion")

    assert delivered() == 1


def test_who_never_redeemed_its_code_is_not_told(client: FlaskClient, service: Listening) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    code = code_for(client)

    client.post("/deconnexion")

    assert delivered() == 0
    assert exchange(client, code).status_code == 400


def test_who_declares_no_address_is_not_told(client: FlaskClient, app: Flask) -> None:
    a_signed_in_bailleur(client)

    client.post("/deconnexion")

    assert delivered() == 0


def test_who_left_since_is_not_told(client: FlaskClient, service: Listening) -> None:
    a_signed_in_bailleur(client)
    client.post("/deconnexion")

    with declared("offre-bailleurs", backchannel_logout_uri=None):
        assert delivered() == 1

    assert service.requests == []


def test_every_service_of_the_session_is_told(client: FlaskClient, service: Listening) -> None:
    bailleur = a_bailleur()
    opens_cdap(bailleur)
    signed_in(client, bailleur.account, bailleur.rattachement)
    tokens_for(client)
    with declared("cdap", backchannel_logout_uri=service.url("/deconnexion")):
        assert exchange_as_cdap(client, code_for(client, **CDAP)).status_code == 200
        client.post("/deconnexion")

        assert delivered() == 2

    told = {token_of(client, service, rank).claims["aud"] for rank in (0, 1)}
    assert told == {"offre-bailleurs", "cdap"}


def test_another_session_of_the_same_person_is_left_alone(
    client: FlaskClient, app: Flask, service: Listening
) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    other = app.test_client()
    signed_in(other, bailleur.account, bailleur.rattachement)
    kept = tokens_for(other)
    tokens_for(client)

    client.post("/deconnexion")

    assert delivered() == 1
    assert userinfo(client, kept["access_token"]).status_code == 200


@pytest.mark.parametrize("status", [200, 204])
def test_accepted_is_done(client: FlaskClient, service: Listening, status: int) -> None:
    """Back-Channel Logout §2.8."""
    service.answer = Answer(status=status, body=b"")
    a_signed_in_bailleur(client)
    client.post("/deconnexion")

    assert [delivered(), delivered(outbox.GIVE_UP_AFTER)] == [1, 0]
    assert journal("logout_accepted") == [{"client_id": "offre-bailleurs"}]


@pytest.mark.parametrize("status", [307, 400, 404, 500, 501, 503])
def test_not_accepted_is_tried_again_with_a_fresh_token(
    client: FlaskClient, service: Listening, status: int
) -> None:
    """Back-Channel Logout §2.8 and §2.5: a logout that failed; a new jti, dates of the new attempt."""
    service.answer = Answer(status=status, body=b"")
    a_signed_in_bailleur(client)
    client.post("/deconnexion")
    delivered()
    row = db.session.scalars(sa.select(Delivery)).one()
    assert str(status) in (row.last_error or "")

    service.answer = Answer(status=200, body=b"")
    with clock.shifted(timedelta(hours=1)):
        delivered()

    first, second = (token_of(client, service, rank).claims for rank in (0, 1))
    assert first["jti"] != second["jti"]
    assert second["iat"] - first["iat"] >= 3600
    assert journal("logout_accepted") == [{"client_id": "offre-bailleurs"}]


def test_a_refusal_is_in_the_journal(client: FlaskClient, service: Listening) -> None:
    """Back-Channel Logout §2.8: 400 is the service's own answer."""
    service.answer = Answer(status=400, body=b"")
    a_signed_in_bailleur(client)
    client.post("/deconnexion")

    delivered()

    assert journal("logout_refused") == [{"client_id": "offre-bailleurs"}]


def test_a_service_that_leads_inside_is_not_reached(client: FlaskClient, app: Flask) -> None:
    with listening() as inside:
        with declared("offre-bailleurs", backchannel_logout_uri=inside.url()):
            a_signed_in_bailleur(client)
            client.post("/deconnexion")
            delivered()

        assert inside.requests == []
    row = db.session.scalars(sa.select(Delivery)).one()
    assert "private" in (row.last_error or "")


def test_a_logout_token_is_no_hint(client: FlaskClient, service: Listening) -> None:
    """RFC 8725 §3.11: it comes through many hands, and must sign nobody out of here."""
    a_signed_in_bailleur(client)
    client.post("/deconnexion")
    delivered()
    sent = parse_qs(service.requests[0].body.decode())["logout_token"][0]

    assert id_token.read_hint(sent, ISSUER, ground().key_ring) is None


def test_the_payload_holds_identifiers_only(client: FlaskClient, service: Listening) -> None:
    a_signed_in_bailleur(client)
    client.post("/deconnexion")

    row = db.session.scalars(sa.select(Delivery)).one()
    assert set(outbox.read(row)) == {"client_id", "account_id", "sid"}
