"""The judgments themselves: each refuses what the suite would refuse, so that a green plan means something."""

from collections.abc import Callable
from typing import Any

import pytest
from conformance import judge
from conformance.judge import Callback, IdToken
from flows import ISSUER, at_hash_of

from idp import clock

SENT = {"scope": "openid", "state": "etat", "nonce": "nonce"}
CODE = "Zt5Yx0JkqV3nB8wRfM1sLd7HgC2pUa9E-iOoTrQvXyA"


def id_token(**changes: Any) -> IdToken:
    """One without reproach, but for the changes; None removes a claim."""
    now = int(clock.now().timestamp())
    claims = {
        "iss": ISSUER,
        "sub": "6f1c",
        "aud": "client",
        "iat": now,
        "exp": now + 300,
        "auth_time": now - 60,
        "nonce": "nonce",
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return IdToken({"alg": "RS256", "kid": "one"}, kept)


def judge_id_token(token: IdToken, **sent: str) -> None:
    """As the suite does when it knows one key."""
    judge.id_token(token, "client", {**SENT, **sent}, {"one": "RS256"})


def test_what_is_without_reproach_passes() -> None:
    judge_id_token(id_token())
    judge.code(Callback("x", {"code": CODE, "state": "etat", "iss": ISSUER}, "query"), SENT)
    judge.well_formed({"name": "Claire", "email_verified": True})


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": f"{ISSUER}/"},
        {"aud": ["client", "other"]},
        {"sub": None},
        {"nonce": None},
        {"nonce": "other"},
        {"acr": ""},
        {"exp": 1},
        {"iat": 1},
        {"auth_time": 1.5},
        {"auth_time": 4_102_444_800},
        {"name": "Claire"},
        {"groups": ["a"]},
        {"tenant": "x"},
    ],
    ids=lambda changes: " ".join(f"{name}={value}" for name, value in changes.items()),
)
def test_an_id_token_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        judge_id_token(id_token(**changes))


def test_a_hash_of_another_token_is_refused() -> None:
    judge.hashes(id_token(), "one access token")
    other = id_token(at_hash=at_hash_of("another access token", "RS256"))

    with pytest.raises(AssertionError):
        judge.hashes(other, "one access token")


def test_our_own_claims_pass_only_with_their_scope() -> None:
    judge_id_token(id_token(groups=["a"]), scope="openid habilitations")


@pytest.mark.parametrize(
    "fields",
    [
        {"code": CODE, "state": "Etat"},
        {"code": CODE},
        {"code": CODE, "state": "etat", "iss": f"{ISSUER}/"},
        {"code": "court", "state": "etat"},
        {"code": "a" * 64, "state": "etat"},
        {"error": "access_denied", "state": "etat"},
    ],
    ids=["altered", "lost", "issuer", "short", "monotonous", "error"],
)
def test_a_code_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises((AssertionError, KeyError)):
        judge.code(Callback("x", fields, "query"), SENT)


@pytest.mark.parametrize(
    "fields",
    [
        {"error": "server_error"},
        {"error": "login_required", "code": CODE},
        {"error": "login_required", "error_description": "Non connecté"},
        {"error": "login_required", "error_description": 'A "quote"'},
        {"error": "login_required", "why": "x"},
    ],
    ids=["another", "with a code", "accent", "quotation mark", "unknown member"],
)
def test_a_refusal_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(AssertionError):
        judge.refusal(Callback("x", {"state": "etat", **fields}, "query"), SENT, "login_required")


@pytest.mark.parametrize(
    "claims",
    [{"name": None}, {"name": ""}, {"email": "null"}, {"email_verified": "true"}],
    ids=["null", "empty", "the word null", "text for a boolean"],
)
def test_a_claim_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        judge.well_formed(claims)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.update(version="1"),
        lambda document: document.update(token_endpoint="http://idp.example/token"),
        lambda document: document.update(scopes_supported="openid"),
        lambda document: document.update(claims_parameter_supported="true"),
        lambda document: document.update(issuer=f"{ISSUER}/"),
    ],
    ids=["unknown member", "http", "text for a list", "text for a boolean", "slash"],
)
def test_a_document_is_refused(spoil: Callable[[dict[str, Any]], None]) -> None:
    document: dict[str, Any] = {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"}
    judge.discovery(document, ISSUER)

    spoil(document)

    with pytest.raises(AssertionError):
        judge.discovery(document, ISSUER)


@pytest.mark.parametrize(
    "keys",
    [
        [{"kty": "RSA", "kid": "1", "n": "x", "e": "y", "d": "z"}],
        [{"kty": "RSA", "kid": "1"}, {"kty": "RSA", "kid": "1"}],
        [{"kty": "oct", "kid": "1", "k": "x"}],
        [{"kty": "EC", "kid": "1", "crv": "secp256k1"}],
        [],
    ],
    ids=["private", "same kid", "symmetric", "odd curve", "none"],
)
def test_keys_are_refused(keys: list[dict[str, str]]) -> None:
    with pytest.raises(AssertionError):
        judge.keys({"keys": keys})
