"""Tokens and assertions whose own header says how they should be believed: it is never listened to.

RFC 8725: https://www.rfc-editor.org/rfc/rfc8725 . Other forgeries are in ``test_client_assertions.py``.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from factories import signed_in
from flask.testing import FlaskClient
from flows import TOKEN, a_bailleur, tokens_for, userinfo
from joserfc import jws, jwt
from joserfc.jwk import RSAKey
from registered import a_signing_client

LOGOUT = "/oidc/logout"
FOREIGN = RSAKey.generate_key(2048)
CARRIED = [
    {"jwk": FOREIGN.as_dict(private=False)},
    {"jku": "https://evil.example/jwks"},
    {"x5u": "https://evil.example/pem"},
]


def forged(token: str, carried: dict[str, Any]) -> str:
    """The same claims under the same ``kid``, signed by a key that the header brings along."""
    header, claims = (json.loads(urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    registry = jws.JWSRegistry(algorithms=["RS256"])
    registry.max_header_length = 4096
    return jwt.encode({**header, **carried}, claims, FOREIGN, ["RS256"], registry)


@pytest.mark.parametrize("carried", CARRIED, ids=lambda carried: str(*carried))
def test_key_that_a_header_brings_proves_nothing(
    client: FlaskClient, carried: dict[str, Any]
) -> None:
    """RFC 8725 §3.10: the library once verified with the key of the header."""
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    told = tokens_for(client)
    hint = forged(told["id_token"], carried)
    back = {"post_logout_redirect_uri": "http://localhost:8001/"}

    opened = userinfo(client, forged(told["access_token"], carried))
    unknown = client.get(LOGOUT, query_string={"id_token_hint": hint, **back})
    known = client.get(LOGOUT, query_string={"id_token_hint": told["id_token"], **back})

    assert opened.status_code == 401
    assert "location" not in unknown.headers
    assert known.location == back["post_logout_redirect_uri"]


@pytest.mark.parametrize("carried", CARRIED, ids=lambda carried: str(*carried))
def test_key_that_an_assertion_brings_proves_nothing(
    open_client: FlaskClient, carried: dict[str, Any]
) -> None:
    """RFC 8725 §3.10, for a client: only the keys that it registered count."""
    ours = a_signing_client(open_client)
    form = {"grant_type": "authorization_code", "code": "x", **ours.assertion()}
    form["client_assertion"] = forged(form["client_assertion"], carried)

    response = ours.post(open_client, TOKEN, form)

    assert (response.status_code, (response.json or {})["error"]) == (401, "invalid_client")


def test_critical_header_that_is_not_understood_is_refused(open_client: FlaskClient) -> None:
    """RFC 7515 §4.1.11: the library once let it pass; without it, the client is known and its code refused."""
    ours = a_signing_client(open_client)
    assert isinstance(ours.key, RSAKey)
    errors = []

    for header in ({"alg": "RS256"}, {"alg": "RS256", "crit": ["x"], "x": 1}):
        claims = json.loads(urlsafe_b64decode(ours.signed().split(".")[1] + "=="))
        form = {"grant_type": "authorization_code", "code": "x", **ours.assertion()}
        form["client_assertion"] = compact(ours.key, header, claims)
        errors.append((ours.post(open_client, TOKEN, form).json or {})["error"])

    assert errors == ["invalid_grant", "invalid_client"]


def compact(key: RSAKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A JWS that the library would not make."""
    parts = [urlsafe_b64encode(json.dumps(part).encode()) for part in (header, claims)]
    signed = b".".join(part.rstrip(b"=") for part in parts)
    signature = key.private_key.sign(signed, PKCS1v15(), SHA256())
    return (signed + b"." + urlsafe_b64encode(signature).rstrip(b"=")).decode()
