"""A relying party written by others: Authlib's client, with its checks of ID tokens."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oidc.core import CodeIDToken
from flows import CALLBACK
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from visitor import Provider, Visitor

TIMEOUT_S = 20
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
SCOPE = "openid email habilitations offline_access"


@pytest.fixture(autouse=True)
def _on_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    # Authlib's own switch: its client speaks http to nobody otherwise.
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "true")


@pytest.fixture
def metadata(provider: Provider) -> dict[str, Any]:
    """What discovery says."""
    address = f"{provider.issuer}/.well-known/openid-configuration"
    return dict(requests.get(address, timeout=TIMEOUT_S).json())


def session_of(provider: Provider, metadata: dict[str, Any]) -> OAuth2Session:
    return OAuth2Session(
        "offre-bailleurs",
        provider.secret("offre-bailleurs"),
        scope=SCOPE,
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint=metadata["token_endpoint"],
    )


def signed_in(
    provider: Provider, session: OAuth2Session, metadata: dict[str, Any]
) -> dict[str, Any]:
    """The tokens of a new person, by the authorization code flow."""
    url, _state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=VERIFIER, nonce="n-0123456789"
    )
    arrived = Visitor(provider, provider.somebody()).visit(url)
    return dict(
        session.fetch_token(
            metadata["token_endpoint"],
            authorization_response=arrived.url,
            code_verifier=VERIFIER,
            timeout=TIMEOUT_S,
        )
    )


def test_id_token_satisfies_the_client(provider: Provider, metadata: dict[str, Any]) -> None:
    """Core §3.1.3.7: issuer, audience, nonce, at_hash, dates."""
    tokens = signed_in(provider, session_of(provider, metadata), metadata)

    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=TIMEOUT_S).json())
    decoded = jwt.decode(tokens["id_token"], keys, ["RS256"])
    claims = CodeIDToken(
        decoded.claims,
        decoded.header,
        {"iss": {"value": provider.issuer}, "aud": {"value": "offre-bailleurs"}},
        {"nonce": "n-0123456789", "access_token": tokens["access_token"]},
    )
    claims.validate()
    assert claims["groups"] == ["offre-bailleurs:prive:359"]


def test_tokens_are_refreshed_introspected_and_revoked(
    provider: Provider, metadata: dict[str, Any]
) -> None:
    """RFC 6749 §6, RFC 7662, RFC 7009."""
    session = session_of(provider, metadata)
    tokens = signed_in(provider, session, metadata)

    fresh = session.refresh_token(metadata["token_endpoint"], tokens["refresh_token"])
    told = session.introspect_token(metadata["introspection_endpoint"], fresh["access_token"])
    revoked = session.revoke_token(metadata["revocation_endpoint"], tokens["refresh_token"])
    after = session.introspect_token(metadata["introspection_endpoint"], fresh["access_token"])

    assert told.json()["active"] is True
    assert revoked.status_code == 200
    assert after.json() == {"active": False}


def test_answer_of_another_issuer_is_told_apart(
    provider: Provider, metadata: dict[str, Any]
) -> None:
    """RFC 9207 §2.4: iss is in the answer, as it is in discovery."""
    session = session_of(provider, metadata)
    url, state = session.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=VERIFIER
    )

    answer = dict(parse_qsl(urlsplit(Visitor(provider, provider.somebody()).visit(url).url).query))

    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert (answer["iss"], answer["state"]) == (provider.issuer, state)


def test_private_key_jwt_of_authlib_is_understood(
    provider: Provider, metadata: dict[str, Any]
) -> None:
    """RFC 7523: its assertions last an hour unless told otherwise; ours are asked to be short."""
    key = RSAKey.generate_key(2048, auto_kid=True)
    told = requests.post(
        metadata["registration_endpoint"],
        json={
            "redirect_uris": ["https://rp.example/callback"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [key.as_dict(private=False)]},
        },
        timeout=TIMEOUT_S,
    ).json()
    session = OAuth2Session(
        told["client_id"],
        key,
        redirect_uri="https://rp.example/callback",
        scope="openid",
        code_challenge_method="S256",
        token_endpoint_auth_method="private_key_jwt",
    )
    session.register_client_auth_method(
        PrivateKeyJWT(metadata["token_endpoint"], headers={"kid": key.kid}, alg="RS256")
    )

    tokens = signed_in(provider, session, metadata)

    assert tokens["id_token"]
