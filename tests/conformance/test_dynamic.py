"""Dynamic OP plan, with private_key_jwt: every module but those of implicit response types (decision 0006)."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conformance import judge
from conformance.rp import site
from conformance.suite import CALLBACK, Suite
from flask import Flask
from flows import ISSUER, USERINFO, decoded
from joserfc.jwk import KeySet, RSAKey
from listening import Answer, Listening
from registered import Registered, register

from idp import clock, key_rotation
from idp.extensions import ground
from idp.key_rotation import Manner
from idp.keys import Algorithm

QUERY = f"{CALLBACK}?bar=foo"


@pytest.fixture(params=["query"])
def mode(request: pytest.FixtureRequest) -> str:
    """The plan is run with response_type code and its default mode."""
    return str(request.param)


@pytest.fixture
def server(open_app: Flask, tmp_path: Path) -> Iterator[Listening]:
    """The client's site: its keys, its sector."""
    with site(open_app, tmp_path) as started:
        yield started


def published(server: Listening, document: object) -> None:
    """What the site answers from now on."""
    server.answer = Answer(body=json.dumps(document).encode())


def public(*keys: RSAKey) -> dict[str, Any]:
    return dict(KeySet(list(keys)).as_dict(private=False))


def of_private_key_jwt(suite: Suite, key: RSAKey, **metadata: Any) -> Registered:
    """A client that signs its assertions."""
    method = {"token_endpoint_auth_method": "private_key_jwt"}
    client = suite.register(**{**method, "jwks": public(key), **metadata})
    return Registered(client.told, key)


def refused_registration(response: Any, *errors: str) -> None:
    assert response.status_code == 400
    assert response.mimetype == "application/json"
    assert (response.json or {})["error"] in errors


# Registration (§0.7 of every plan)


def test_registration_is_answered_as_every_module_needs_it(suite: Suite) -> None:
    """oidcc-server, registration (Registration §3.2): 201, an expiry with the secret, both management members."""
    told = suite.register(token_endpoint_auth_method="client_secret_basic").told

    assert told["client_secret_expires_at"] == 0
    assert told["registration_client_uri"].startswith(ISSUER)
    assert told["registration_access_token"]
    for scope in ("openid", "profile", "email", "phone"):
        assert scope in told["scope"].split()


def test_client_is_deleted_with_an_empty_answer(suite: Suite) -> None:
    """The end of every module (RFC 7592 §2.3): 204, no body."""
    response = suite.browser.delete(**suite.register().manage)

    assert (response.status_code, response.data) == (204, b"")


def test_whole_flow_with_private_key_jwt(suite: Suite) -> None:
    """oidcc-server (Core §3.1, §9); RFC 7517 §4.5: the only key has no ``kid``, nor has the assertion."""
    key = RSAKey.generate_key(2048)
    (only,) = public(key)["keys"]
    del only["kid"]
    client = of_private_key_jwt(suite, key, jwks={"keys": [only]})

    signed = suite.sign_in(client)

    assert suite.userinfo(signed)["sub"]


def test_assertion_may_name_the_issuer(suite: Suite) -> None:
    """oidcc-ensure-client-assertion-with-iss-aud-succeeds (RFC 7523 §3)."""
    client = of_private_key_jwt(suite, RSAKey.generate_key(2048))
    sent = suite.asked(client)
    callback = suite.answer(sent)

    suite.redeem(client, sent, callback, **client.assertion(aud=ISSUER))


def test_redirect_uri_with_a_fragment_is_refused(suite: Suite) -> None:
    """oidcc-redirect-uri-regfrag (Registration §2)."""
    response = register(suite.browser, redirect_uris=[f"{CALLBACK}#foobar"])

    refused_registration(response, "invalid_redirect_uri", "invalid_client_metadata")


# ID tokens and userinfo


def test_id_token_is_signed_with_rs256_when_asked(suite: Suite) -> None:
    """oidcc-idtoken-rs256 (Core §2): with a kid."""
    signed = suite.sign_in(suite.register(id_token_signed_response_alg="RS256"))

    assert signed.id_token.header["alg"] == "RS256"


def test_unsigned_id_tokens_are_not_offered(suite: Suite) -> None:
    """oidcc-idtoken-unsigned: skipped, since none is not announced; a client that insists is refused."""
    document = suite.browser.get("/.well-known/openid-configuration").json or {}

    assert "none" not in document["id_token_signing_alg_values_supported"]
    response = register(suite.browser, id_token_signed_response_alg="none")
    refused_registration(response, "invalid_client_metadata")


def test_userinfo_is_signed_with_rs256_when_asked(suite: Suite) -> None:
    """oidcc-userinfo-rs256 (Core §5.3.2): application/jwt, iss, aud, sub, no nonce."""
    document = suite.browser.get("/.well-known/openid-configuration").json or {}
    client = suite.register(userinfo_signed_response_alg="RS256")
    signed = suite.sign_in(client)

    bearer = {"Authorization": f"Bearer {signed.access_token}"}
    response = suite.browser.get(USERINFO, headers=bearer)

    token = decoded(suite.browser, response.text)
    assert "RS256" in document["userinfo_signing_alg_values_supported"]
    assert response.mimetype == "application/jwt"
    assert token.header["alg"] == "RS256"
    assert token.claims["sub"] == signed.id_token.claims["sub"]
    assert (token.claims["iss"], token.claims["aud"]) == (ISSUER, client.client_id)
    assert "nonce" not in token.claims


# Redirect addresses


def test_address_must_be_named_when_two_are_registered(suite: Suite) -> None:
    """oidcc-ensure-redirect-uri-in-authorization-request (Core §3.1.2.1)."""
    client = suite.register(redirect_uris=[CALLBACK, f"{CALLBACK}2"])

    judge.error_page(suite.visit(suite.asked(client, redirect_uri=None)))


def test_query_of_a_registered_address_is_kept(suite: Suite) -> None:
    """oidcc-redirect-uri-query-OK (RFC 6749 §3.1.2)."""
    client = suite.register(redirect_uris=[QUERY])

    signed = suite.sign_in(client)

    assert signed.callback.fields["bar"] == "foo"


@pytest.mark.parametrize(
    ("registered", "sent"),
    [
        (QUERY, f"{CALLBACK}?bar=other"),
        (QUERY, CALLBACK),
        (CALLBACK, QUERY),
        (QUERY, f"{QUERY}&x=y"),
    ],
    ids=["query-mismatch", "query-removed", "query-added", "parameter-added"],
)
def test_another_query_is_another_address(suite: Suite, registered: str, sent: str) -> None:
    """oidcc-redirect-uri-query-mismatch, oidcc-redirect-uri-query-added (RFC 9700 §4.1.3)."""
    client = suite.register(redirect_uris=[registered])

    judge.error_page(suite.visit(suite.asked(client, redirect_uri=sent)))


# What the person is shown


@pytest.mark.parametrize(
    ("member", "address", "shown"),
    [
        ("logo_uri", "https://rp.example/logo.png", 'src="https://rp.example/logo.png"'),
        ("policy_uri", "https://rp.example/policy", 'href="https://rp.example/policy"'),
        ("tos_uri", "https://rp.example/tos", 'href="https://rp.example/tos"'),
    ],
)
def test_login_page_shows_what_the_client_registered(
    suite: Suite, member: str, address: str, shown: str
) -> None:
    """oidcc-registration-logo-uri, -policy-uri, -tos-uri (Registration §2); the policy lets the logo load."""
    client = suite.register(**{member: address})

    to_login = suite.visit(suite.asked(client))
    page = suite.browser.get(to_login.location.removeprefix(ISSUER))

    assert shown in page.text
    if member == "logo_uri":
        assert "https://rp.example" in page.headers["Content-Security-Policy"].split("img-src")[1]


# Documents of the client


def test_keys_are_fetched_from_the_client_s_site(suite: Suite, server: Listening) -> None:
    """oidcc-registration-jwks-uri (Registration §2)."""
    key = RSAKey.generate_key(2048, auto_kid=True)
    published(server, public(key))
    client = of_private_key_jwt(suite, key, jwks=None, jwks_uri=server.url("/jwks"))

    suite.sign_in(client)

    assert server.requests


def test_sector_that_lists_the_address_is_accepted(suite: Suite, server: Listening) -> None:
    """oidcc-registration-sector-uri (Core §8.1)."""
    published(server, [CALLBACK])
    client = suite.register(
        subject_type="pairwise", sector_identifier_uri=server.url("/sector.json")
    )

    assert suite.sign_in(client).id_token.claims["sub"] != str(suite.person.account.sub)


@pytest.mark.parametrize("document", [["https://rp.example/else"], [], {}, "x"], ids=str)
def test_sector_that_does_not_is_refused(suite: Suite, server: Listening, document: object) -> None:
    """oidcc-registration-sector-bad (Registration §5): 400, invalid_client_metadata."""
    published(server, document)

    response = register(
        suite.browser,
        redirect_uris=[CALLBACK],
        subject_type="pairwise",
        sector_identifier_uri=server.url("/sector.json"),
    )

    refused_registration(response, "invalid_client_metadata")


def test_client_changes_its_keys_and_goes_on_refreshing(
    suite: Suite, server: Listening, later: Callable[..., None]
) -> None:
    """oidcc-refresh-token-rp-key-rotation (Core §10.1.1): an unknown kid makes us fetch again."""
    former, current = (RSAKey.generate_key(2048, auto_kid=True) for _ in range(2))
    published(server, public(former))
    client = of_private_key_jwt(
        suite,
        former,
        jwks=None,
        jwks_uri=server.url("/jwks"),
        grant_types=["authorization_code", "refresh_token"],
    )
    signed = suite.sign_in(client, scope="openid offline_access", prompt="consent")
    later(seconds=61)

    published(server, public(current))
    rotated = Registered(client.told, current)
    form = {"grant_type": "refresh_token", "refresh_token": signed.tokens["refresh_token"]}
    proof = {"client_assertion": rotated.signed(kid=current.kid)}
    response = rotated.post(suite.browser, "/oidc/token", {**rotated.assertion(), **form, **proof})

    refreshed = judge.tokens(response)
    again = suite.judged_id_token(client, refreshed, {"scope": "openid offline_access"})
    for name in ("iss", "sub", "aud", "auth_time"):
        assert again.claims[name] == signed.id_token.claims[name]


# Keys of the provider


def test_provider_changes_its_keys_at_once(suite: Suite, open_app: Flask) -> None:
    """oidcc-server-rotate-keys (Core §10.1.1): new kids of new material, all RSA, the former still published."""
    before = {key["kid"]: key.get("n") for key in jwks(suite)}
    client = suite.register()
    former = suite.sign_in(client).id_token.header["kid"]

    place = ground(open_app)
    key_rotation.rotate(
        place.settings.keys_dir,
        now=clock.now(),
        manner=Manner.AT_ONCE,
        algorithms=[Algorithm.RS256],
    )

    after = {key["kid"]: key for key in jwks(suite)}
    current = suite.sign_in(client).id_token.header["kid"]
    assert current != former
    assert former in after
    assert after[current]["n"] not in before.values()
    assert {key["kty"] for kid, key in after.items() if kid not in before} == {"RSA"}


def jwks(suite: Suite) -> list[dict[str, Any]]:
    return list((suite.browser.get("/oidc/jwks").json or {})["keys"])


# Request objects


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"request_uri": "https://rp.example/request.jwt"}, "request_uri_not_supported"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    ],
    ids=["request_uri", "request"],
)
def test_request_objects_are_refused_by_name(
    suite: Suite, sent: dict[str, str], error: str
) -> None:
    """oidcc-request-uri-unsigned, -signed-rs256 (Core §6): not claimed, announced as not supported."""
    document = suite.browser.get("/.well-known/openid-configuration").json or {}
    asked = suite.asked(suite.register(), **sent)

    judge.refusal(suite.answer(asked), asked, error)
    assert document["request_parameter_supported"] is False
    assert document["request_uri_parameter_supported"] is False
    assert "request_object_signing_alg_values_supported" not in document


def test_implicit_is_neither_announced_nor_granted(suite: Suite) -> None:
    """oidcc-discovery-endpoint-verification of this plan asks for implicit: not claimed (RFC 9700 §2.1.2)."""
    document = suite.browser.get("/.well-known/openid-configuration").json or {}

    assert document["response_types_supported"] == ["code"]
    assert "implicit" not in document["grant_types_supported"]
    for response_type in ("id_token", "id_token token", "code id_token", "token"):
        asked = suite.asked(suite.register(), response_type=response_type)
        judge.refusal(suite.answer(asked), asked, "unsupported_response_type")
        refused = register(suite.browser, response_types=[response_type])
        refused_registration(refused, "invalid_client_metadata")
