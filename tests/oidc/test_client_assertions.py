"""``private_key_jwt`` (RFC 7523, Core §9): each claim of an assertion, and each way to forge or replay one."""

import contextvars
import hmac
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from conformance.rp import site
from factories import signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import ISSUER, TOKEN, a_bailleur, basic
from joserfc.jwk import ECKey, OKPKey, RSAKey
from listening import Answer
from registered import PrivateKey, Registered, a_signing_client, keys_of
from sql_budget import counted
from werkzeug.test import TestResponse

RSA_KEY = RSAKey.generate_key(2048)
EC_KEY = ECKey.generate_key("P-256")
OKP_KEY = OKPKey.generate_key("Ed25519")


@pytest.fixture
def ours(open_client: FlaskClient) -> Registered:
    """A client that signs with ``RSA_KEY``, and somebody signed in."""
    signed_in(open_client, a_bailleur().account)
    return a_signing_client(open_client, RSA_KEY)


def attempt(browser: FlaskClient, ours: Registered, **form: str) -> TestResponse:
    """A redemption of a fresh code with this proof."""
    return ours.exchange(browser, ours.code(browser), **form)


def refused(response: TestResponse) -> bool:
    return (response.status_code, (response.json or {}).get("error")) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("alg", "key"),
    [
        ("RS256", RSA_KEY),
        ("PS256", RSA_KEY),
        ("ES256", EC_KEY),
        ("EdDSA", OKP_KEY),
        ("Ed25519", OKP_KEY),
    ],
    ids=["RS256", "PS256", "ES256", "EdDSA", "Ed25519"],
)
def test_every_announced_algorithm_is_accepted(
    open_client: FlaskClient, alg: str, key: PrivateKey
) -> None:
    """Core §9; a key published without ``kid`` is found by its kind."""
    signed_in(open_client, a_bailleur().account)
    ours = a_signing_client(open_client, key)
    document = open_client.get("/.well-known/openid-configuration").json or {}

    assert attempt(open_client, ours, **ours.assertion(alg)).status_code == 200
    assert alg in document["token_endpoint_auth_signing_alg_values_supported"]


def test_client_that_registered_eddsa_may_sign_under_its_new_name(
    open_client: FlaskClient,
) -> None:
    """RFC 9864 §2.2: Ed25519 is the same algorithm; recent clients write it."""
    signed_in(open_client, a_bailleur().account)
    ours = a_signing_client(open_client, OKP_KEY, token_endpoint_auth_signing_alg="EdDSA")

    assert attempt(open_client, ours, **ours.assertion("Ed25519")).status_code == 200


@pytest.mark.parametrize("aud", [ISSUER, ISSUER + TOKEN, [ISSUER], [ISSUER, ISSUER + TOKEN]])
def test_audience_is_the_issuer_or_the_token_endpoint(
    open_client: FlaskClient, ours: Registered, aud: object
) -> None:
    """Core §9 names the endpoint, RFC 7523 §3 the server."""
    assert attempt(open_client, ours, **ours.assertion(aud=aud)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://another.example"},
        {"aud": [ISSUER, "https://another.example"]},
        {"aud": []},
        {"aud": None},
        {"aud": {"iss": ISSUER}},
        {"iss": "offre-bailleurs"},
        {"iss": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": timedelta(minutes=-5)},
        {"exp": timedelta(days=30 * 365)},
        {"exp": 10**30},
        {"nbf": timedelta(seconds=65)},
        {"iat": timedelta(hours=1)},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 501},
    ],
    ids=str,
)
def test_claim_that_does_not_hold_is_refused(
    open_client: FlaskClient, ours: Registered, changes: dict[str, Any]
) -> None:
    """RFC 7523 §3."""
    assert refused(attempt(open_client, ours, **ours.assertion(**changes)))


def test_clocks_may_differ_by_a_few_seconds(open_client: FlaskClient, ours: Registered) -> None:
    """RFC 7523 §3 (4): a little leeway."""
    ahead = timedelta(seconds=8)

    assert attempt(open_client, ours, **ours.assertion(nbf=ahead, iat=ahead)).status_code == 200


def test_assertion_serves_once(open_client: FlaskClient, ours: Registered) -> None:
    """RFC 7523 §3 (7): the attack is the replay of an assertion seen on the way."""
    proof = ours.assertion()

    assert attempt(open_client, ours, **proof).status_code == 200
    assert refused(attempt(open_client, ours, **proof))


def test_same_jti_of_two_clients_are_two(open_client: FlaskClient, ours: Registered) -> None:
    other, jti = a_signing_client(open_client, RSA_KEY), uuid4().hex

    assert attempt(open_client, ours, **ours.assertion(jti=jti)).status_code == 200
    assert attempt(open_client, other, **other.assertion(jti=jti)).status_code == 200


def test_of_two_parallel_presentations_exactly_one_wins(
    open_app: Flask, open_client: FlaskClient, ours: Registered
) -> None:
    """One INSERT decides, on real connections."""

    def redeem(code: str, proof: dict[str, str], barrier: Barrier) -> int:
        with open_app.app_context():
            barrier.wait()
            return ours.exchange(open_app.test_client(), code, **proof).status_code

    with ThreadPoolExecutor(2) as threads:
        for _round in range(30):
            codes, proof = [ours.code(open_client) for _ in range(2)], ours.assertion()
            barrier = Barrier(2)
            both = [
                threads.submit(contextvars.Context().run, redeem, code, proof, barrier)
                for code in codes
            ]
            assert sorted(one.result(timeout=30) for one in both) == [200, 401]


def test_key_of_another_is_refused(open_client: FlaskClient, ours: Registered) -> None:
    forged = ours.signed(key=RSAKey.generate_key(2048))

    assert refused(attempt(open_client, ours, **{**ours.assertion(), "client_assertion": forged}))


def test_assertion_of_another_client_is_refused(open_client: FlaskClient, ours: Registered) -> None:
    """Its own key, our name."""
    other = a_signing_client(open_client)
    forged = other.signed(iss=ours.client_id, sub=ours.client_id)

    assert refused(attempt(open_client, ours, **{**ours.assertion(), "client_assertion": forged}))


def test_client_id_beside_the_assertion_must_be_the_same(
    open_client: FlaskClient, ours: Registered
) -> None:
    """RFC 7521 §4.2."""
    assert (
        attempt(open_client, ours, client_id=ours.client_id, **ours.assertion()).status_code == 200
    )
    assert refused(attempt(open_client, ours, client_id="cdap", **ours.assertion()))


def test_algorithm_that_the_client_registered_is_the_only_one(open_client: FlaskClient) -> None:
    signed_in(open_client, a_bailleur().account)
    ours = a_signing_client(open_client, RSA_KEY, token_endpoint_auth_signing_alg="PS256")

    assert attempt(open_client, ours, **ours.assertion("PS256")).status_code == 200
    assert refused(attempt(open_client, ours, **ours.assertion("RS256")))


@pytest.mark.parametrize(
    "assertion",
    [
        "",
        "x",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.e30.",
        "eyJhbGciOiJub25lIn0.bnVsbA.",
        "é.é.é",
        "x" * 9000,
    ],
)
def test_what_is_no_assertion_is_refused(
    open_client: FlaskClient, ours: Registered, assertion: str
) -> None:
    """RFC 7515 §3.1: never a fault."""
    assert refused(
        attempt(open_client, ours, **{**ours.assertion(), "client_assertion": assertion})
    )


def test_unsigned_and_symmetric_assertions_are_refused(
    open_client: FlaskClient, ours: Registered
) -> None:
    """RFC 8725 §3.1: ``alg`` none, and HS256 under our public key."""
    header, claims, _signature = ours.signed().split(".")
    unsigned = f"eyJhbGciOiJub25lIn0.{claims}."
    symmetric = [_by_hmac(secret, claims) for secret in (RSA_KEY.as_pem(private=False), b"")]

    for forged in (unsigned, *symmetric, f"{header}.{claims}.{'A' * 342}"):
        proof = {**ours.assertion(), "client_assertion": forged}
        assert refused(attempt(open_client, ours, **proof))


def _by_hmac(secret: bytes, claims: str) -> str:
    signed = f"eyJhbGciOiJIUzI1NiJ9.{claims}"
    signature = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def test_assertion_of_another_type_is_refused(open_client: FlaskClient, ours: Registered) -> None:
    proof = {**ours.assertion(), "client_assertion_type": "urn:example"}

    assert refused(attempt(open_client, ours, **proof))


def test_two_proofs_in_one_request_are_refused(open_client: FlaskClient, ours: Registered) -> None:
    """RFC 6749 §2.3."""
    code = ours.code(open_client)
    form = {"grant_type": "authorization_code", "code": code, **ours.assertion()}

    response = open_client.post(
        TOKEN, data=form, headers={"Authorization": basic(ours.client_id, "x")}
    )

    assert (response.json or {})["error"] == "invalid_request"


def test_registered_method_is_the_only_one(open_client: FlaskClient, ours: Registered) -> None:
    """The attack: say nothing and hope to pass for a public client."""
    code = ours.code(open_client)
    form = {"grant_type": "authorization_code", "code": code, "client_id": ours.client_id}

    assert refused(open_client.post(TOKEN, data=form))


def test_key_is_chosen_by_kid_among_several(open_client: FlaskClient) -> None:
    """RFC 7517 §4.5."""
    signed_in(open_client, a_bailleur().account)
    former = RSAKey.generate_key(2048, auto_kid=True)
    current = RSAKey.generate_key(2048, auto_kid=True)
    ours = a_signing_client(open_client, current, jwks=keys_of(former, current))

    assert attempt(open_client, ours).status_code == 200


def test_assertion_costs_one_statement(open_client: FlaskClient, ours: Registered) -> None:
    """The four of the token endpoint, and the memory of the ``jti``."""
    attempt(open_client, ours)
    code = ours.code(open_client)

    with counted() as sent:
        response = ours.exchange(open_client, code)

    assert response.status_code == 200
    assert len(sent) <= 5


def test_key_serves_for_the_algorithm_that_it_names(open_client: FlaskClient) -> None:
    """RFC 7517 §4.4."""
    signed_in(open_client, a_bailleur().account)
    jwk = {**RSA_KEY.as_dict(private=False), "alg": "PS256"}
    ours = a_signing_client(open_client, RSA_KEY, jwks={"keys": [jwk]})

    assert attempt(open_client, ours, **ours.assertion("PS256")).status_code == 200
    assert refused(attempt(open_client, ours, **ours.assertion("RS256")))


def test_key_for_encryption_does_not_prove_anything(open_client: FlaskClient) -> None:
    """RFC 7517 §4.2."""
    signed_in(open_client, a_bailleur().account)
    jwk = {**RSA_KEY.as_dict(private=False), "use": "enc"}
    ours = a_signing_client(open_client, RSA_KEY, jwks={"keys": [jwk]})

    assert refused(attempt(open_client, ours))


def test_site_that_fails_is_not_asked_at_each_attempt(
    open_app: Flask, open_client: FlaskClient, tmp_path: Path
) -> None:
    """The attack: invented keys, to hold our threads on a client's slow or absent site."""
    signed_in(open_client, a_bailleur().account)
    with site(open_app, tmp_path) as server:
        server.answer = Answer(status=500)
        ours = a_signing_client(open_client, RSA_KEY, jwks=None, jwks_uri=server.url("/jwks"))

        for _attempt in range(4):
            assert refused(attempt(open_client, ours))

        assert len(server.requests) == 1
