"""UserInfo: what the scopes open, to who holds a live token."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from factories import an_account, signed_in
from flask.testing import FlaskClient
from flows import (
    ISSUER,
    OUVERT,
    USERINFO,
    a_bailleur,
    basic,
    code_for,
    decoded,
    exchange,
    secret_of,
    tokens_for,
    userinfo,
)
from registered import a_registered_client
from sql_budget import counted

from idp import clock
from idp.accounts import sessions
from idp.accounts.models import AccountState, BrowserSession
from idp.db import db
from idp.extensions import ground
from idp.habilitations.models import Habilitation, NumeroUtilisateur
from idp.keys import Algorithm
from idp.oidc.tokens import signing

EVERY_SCOPE = "openid profile email phone organisme habilitations numero_utilisateur"
FORM = "application/x-www-form-urlencoded"


def access_token(client: FlaskClient, scope: str = EVERY_SCOPE, **account: Any) -> str:
    bailleur = a_bailleur(**account)
    db.session.add(
        NumeroUtilisateur(
            valeur="35900007090001", organisme_id=bailleur.organisme.id, caisse_code="359"
        )
    )
    signed_in(client, bailleur.account, bailleur.rattachement)
    return str(tokens_for(client, scope=scope)["access_token"])


def told(client: FlaskClient, token: str) -> dict[str, Any]:
    response = userinfo(client, token)
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    return dict(response.json or {})


def test_each_scope_opens_its_claims(client: FlaskClient) -> None:
    """Core §5.3.2 and §5.4."""
    claims = told(client, access_token(client, phone="+33612345678"))

    organisme = claims.pop("organisme")
    assert claims.pop("sub")
    assert organisme.pop("id")
    assert organisme == {
        "type": "personne_morale",
        "raison_sociale": "LES OLIVIERS",
        "caisses": ["359"],
    }
    assert claims == {
        "name": "Claire Martin",
        "given_name": "Claire",
        "family_name": "Martin",
        "email": "claire.martin@exemple.fr",
        "email_verified": True,
        "phone_number": "+33612345678",
        "phone_number_verified": False,
        "groups": ["offre-bailleurs:prive:359"],
        "roles": ["utilisateur"],
        "habilitations": [
            {
                "code": "offre-bailleurs:prive:359",
                "service": "offre-bailleurs",
                "type_logement": "prive",
                "caisses": ["359"],
                "departements": ["35"],
            }
        ],
        "numeros_utilisateur": ["35900007090001"],
    }


def test_openid_alone_tells_the_subject_alone(client: FlaskClient) -> None:
    assert set(told(client, access_token(client, "openid"))) == {"sub"}


def test_what_is_empty_is_omitted(client: FlaskClient) -> None:
    """Core §5.3.2: no null and no empty string."""
    token = access_token(client, given_name=None, email=None, email_verified_at=None, phone=None)

    claims = told(client, token)

    assert not {"given_name", "email", "email_verified", "phone_number"} & set(claims)
    assert claims["name"] == "Martin"


def test_a_right_withdrawn_is_withdrawn_at_once(client: FlaskClient) -> None:
    token = access_token(client)
    db.session.execute(sa.delete(Habilitation))

    claims = told(client, token)

    assert not {"groups", "roles", "habilitations"} & set(claims)


def test_a_person_without_organisme_is_told_as_a_person(client: FlaskClient) -> None:
    signed_in(client, an_account())
    response = exchange(
        client,
        code_for(client, **OUVERT, scope="openid profile email"),
        authorization=basic("ouvert", secret_of("ouvert")),
        redirect_uri=OUVERT["redirect_uri"],
        code_verifier=None,
    )

    claims = told(client, (response.json or {})["access_token"])

    assert set(claims) == {
        *("sub", "name", "given_name", "family_name", "email", "email_verified"),
    }


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_in_the_header_by_get_and_by_post(client: FlaskClient, scheme: str) -> None:
    """Core §5.3.1, RFC 6750 §2.1; the scheme is case-insensitive."""
    headers = {"Authorization": f"{scheme} {access_token(client)}"}

    assert client.get(USERINFO, headers=headers).status_code == 200
    assert client.post(USERINFO, headers=headers).status_code == 200


def test_the_token_in_the_body(client: FlaskClient) -> None:
    """RFC 6750 §2.2."""
    response = client.post(USERINFO, data={"access_token": access_token(client)})

    assert response.status_code == 200


def test_without_a_token_the_challenge_names_no_error(client: FlaskClient) -> None:
    """RFC 6750 §3.1: no error code when the request lacks any authentication information."""
    for headers in ({}, {"Authorization": "Basic eDp5"}):
        response = client.get(USERINFO, headers=headers)
        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="oidc"'


def test_the_token_in_the_address_is_refused(client: FlaskClient) -> None:
    """RFC 9700 §4.3.2: addresses end in logs."""
    response = client.get(USERINFO, query_string={"access_token": access_token(client)})

    assert response.status_code == 400
    assert 'error="invalid_request"' in response.headers["WWW-Authenticate"]


def test_the_token_presented_twice_is_refused(client: FlaskClient) -> None:
    """RFC 6750 §2: not more than one method."""
    token = access_token(client)
    headers = {"Authorization": f"Bearer {token}"}

    both = client.post(USERINFO, data={"access_token": token}, headers=headers)
    twice = client.post(
        USERINFO, data=f"access_token={token}&access_token={token}", content_type=FORM
    )

    assert (both.status_code, twice.status_code) == (400, 400)


def test_a_token_without_openid_opens_nothing_here(client: FlaskClient) -> None:
    """RFC 6750 §3.1 insufficient_scope."""
    response = userinfo(client, access_token(client, "profile"))

    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]


def refused(client: FlaskClient, token: str) -> None:
    response = userinfo(client, token)
    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


def test_an_expired_token_is_refused(client: FlaskClient) -> None:
    token = access_token(client)

    with clock.shifted(timedelta(seconds=301)):
        refused(client, token)


def test_a_token_dies_with_its_session(client: FlaskClient) -> None:
    """Whoever ended the session: a logout elsewhere, or of every session."""
    token = access_token(client)
    session = db.session.scalars(sa.select(BrowserSession)).one()

    sessions.end_all(session.account_id, datetime.now(UTC))

    refused(client, token)


def test_a_token_of_a_suspended_person_is_refused(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    token = tokens_for(client)["access_token"]
    bailleur.account.state = AccountState.SUSPENDU

    refused(client, token)


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "eyJhbGciOiJub25lIn0.e30.", "x" * 20_000])
def test_any_text_may_be_presented(client: FlaskClient, token: str) -> None:
    assert client.post(USERINFO, data={"access_token": token}).status_code == 401


def test_an_id_token_is_no_access_token(client: FlaskClient) -> None:
    """RFC 8725 §3.11, RFC 9068 §4: the type is checked."""
    access_token(client)

    refused(client, tokens_for(client)["id_token"])


def test_a_token_for_another_server_or_from_another_issuer_is_refused(client: FlaskClient) -> None:
    """RFC 9068 §4: aud and iss."""
    token = access_token(client)
    ring = ground().key_ring
    claims = signing.verify(token, typ="at+jwt", key_ring=ring) or {}
    assert claims["iss"] == ISSUER

    for changes in ({"aud": ["http://localhost:8001/api"]}, {"iss": "https://other.example"}):
        forged = signing.sign(
            {**claims, **changes}, typ="at+jwt", algorithm=Algorithm.RS256, key_ring=ring
        )
        refused(client, forged)


def test_the_budget_of_userinfo(client: FlaskClient) -> None:
    """The grant and its session, then the rights."""
    token = access_token(client)

    with counted() as statements:
        told(client, token)

    assert len(statements) <= 2, statements


def test_signed_for_the_client_that_asked_for_it(open_client: FlaskClient) -> None:
    """Core §5.3.2: application/jwt, with iss and aud; no nonce; the algorithm that was registered."""
    signed_in(open_client, a_bailleur().account)
    for algorithm in Algorithm:
        ours = a_registered_client(open_client, userinfo_signed_response_alg=algorithm)
        held = ours.exchange(open_client, ours.code(open_client, nonce="n-0123")).json or {}

        response = userinfo(open_client, held["access_token"])

        token = decoded(open_client, response.text)
        assert response.mimetype == "application/jwt"
        assert token.header["alg"] == algorithm
        assert (token.claims["iss"], token.claims["aud"]) == (ISSUER, ours.client_id)
        assert token.claims["sub"] == decoded(open_client, held["id_token"]).claims["sub"]
        assert "nonce" not in token.claims
