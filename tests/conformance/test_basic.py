"""The Basic plan of OpenID certification (``oidcc-basic-certification-test-plan``), module by module.

Each test runs in both response modes: with ``form_post`` it is the module of the Form Post plan
(``oidcc-formpost-basic-certification-test-plan``). ``docs/conformance.md`` says what is skipped, and why.
"""

import json
from datetime import timedelta
from typing import Any

import pytest
from conformance import judge
from conformance.suite import CALLBACK, LOGIN, SignedIn, Suite, static
from flows import (
    AUTHORIZE,
    CHALLENGE,
    TOKEN,
    USERINFO,
    VERIFIER,
    a_cdap_person,
)
from flows import CALLBACK as OFFRE_BAILLEURS
from registered import Registered, register

from idp import clock

NOT_COLLECTED = {
    *("middle_name", "nickname", "preferred_username", "profile", "picture", "website"),
    *("gender", "birthdate", "zoneinfo", "locale", "updated_at"),
}
"""Claims of the scope ``profile`` that partners of the Caf are never asked for."""


def announced(suite: Suite) -> dict[str, Any]:
    """The discovery document."""
    return dict(suite.browser.get("/.well-known/openid-configuration").json or {})


def later(suite: Suite, client: Registered, seconds: float, **changes: str) -> SignedIn:
    """The same flow again, that long after."""
    with clock.shifted(timedelta(seconds=seconds)):
        return suite.sign_in(client, **changes)


# The flow


def test_the_code_flow_tells_who_signed_in(suite: Suite) -> None:
    """oidcc-server. Core §3.1: code, tokens, ID token; no claim of a profile in the ID token."""
    signed = suite.sign_in(suite.register())

    assert LOGIN in signed.callback.pages
    assert signed.id_token.claims["sub"] == suite.userinfo(signed)["sub"]
    assert signed.tokens["expires_in"] == 300


def test_a_service_of_the_caf_is_told_as_much(suite: Suite) -> None:
    """oidcc-server, static client: the scope ``openid`` alone opens none of our own claims."""
    client = static("offre-bailleurs", OFFRE_BAILLEURS)
    pkce = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}

    plain = suite.asked(client, **pkce)
    signed = suite.redeem(client, plain, suite.answer(plain), code_verifier=VERIFIER)
    more = suite.asked(client, **pkce, scope="openid habilitations")
    with_rights = suite.redeem(client, more, suite.answer(more), code_verifier=VERIFIER)

    assert not judge.OURS & set(signed.id_token.claims)
    assert set(with_rights.id_token.claims) >= judge.OURS


@pytest.mark.parametrize(
    "state", [None, "s" * 10, "s" * 128, "a b+c%20&d=é\"'<"], ids=["none", "10", "128", "signs"]
)
def test_state_comes_back_byte_for_byte(suite: Suite, state: str | None) -> None:
    """oidcc-server. Core §3.1.2.5: whatever its length, through login and consent; none when none was sent."""
    sent = suite.asked(suite.register(), state=state)

    callback = suite.answer(sent)

    assert callback.fields.get("state") == state


def test_a_request_without_response_type_is_refused(suite: Suite) -> None:
    """oidcc-response-type-missing. Core §3.1.2.6: told to the client, in the mode asked."""
    sent = suite.asked(suite.register(), response_type=None)

    judge.refusal(suite.answer(sent), sent, "unsupported_response_type", "invalid_request")


def test_id_tokens_are_signed_with_rs256_by_default(suite: Suite) -> None:
    """oidcc-idtoken-signature. Core §2, §3.1.3.7: RS256, by a published key that is named."""
    signed = suite.sign_in(suite.register())

    assert signed.id_token.header["alg"] == "RS256"
    assert signed.id_token.header["kid"]


@pytest.mark.parametrize("alg", ["PS256", "ES256", "EdDSA"])
def test_id_tokens_are_signed_as_a_client_registered(suite: Suite, alg: str) -> None:
    """oidcc-idtoken-signature, with what else is announced: its hash follows the algorithm (Core §3.1.3.6)."""
    signed = suite.sign_in(suite.register(id_token_signed_response_alg=alg))

    assert alg in announced(suite)["id_token_signing_alg_values_supported"]
    assert signed.id_token.header["alg"] == alg


def test_an_unsigned_id_token_cannot_be_had(suite: Suite) -> None:
    """oidcc-idtoken-unsigned, skipped: ``none`` is not announced, and a client cannot register it."""
    response = register(suite.browser, id_token_signed_response_alg="none")

    assert "none" not in announced(suite)["id_token_signing_alg_values_supported"]
    assert response.status_code == 400


def test_codes_and_tokens_are_never_twice_the_same_nor_guessed(suite: Suite) -> None:
    """oidcc-server. RFC 6749 §10.10: the suite measures the entropy of what it receives."""
    client = suite.register()

    flows = [suite.sign_in(client) for _flow in range(5)]

    judge.unguessable([flow.callback.fields["code"] for flow in flows])
    judge.unguessable([flow.access_token for flow in flows])


def test_modules_that_run_at_once_do_not_disturb_each_other(suite: Suite) -> None:
    """Three modules at a time sign the same person in, plan after plan: no throttle, no answer for another."""
    for _round in range(5):
        at_once = [
            Suite(suite.browser.application.test_client(), suite.person, suite.mode)
            for _module in range(3)
        ]
        clients = [one.register() for one in at_once]
        asked = [one.asked(client) for one, client in zip(at_once, clients, strict=True)]
        first = [one.visit(sent) for one, sent in zip(at_once, asked, strict=True)]
        for one, client, sent, page in zip(at_once, clients, asked, first, strict=True):
            one.redeem(client, sent, one.follow(page))


# UserInfo


def test_userinfo_answers_a_get(suite: Suite) -> None:
    """oidcc-userinfo-get. Core §5.3.1."""
    signed = suite.sign_in(suite.register())

    suite.userinfo(signed)


def test_userinfo_answers_a_post_with_the_token_in_its_header(suite: Suite) -> None:
    """oidcc-userinfo-post-header. Core §5.3.1."""
    signed = suite.sign_in(suite.register())

    response = suite.browser.post(
        USERINFO, headers={"Authorization": f"Bearer {signed.access_token}"}
    )

    judge.userinfo(response, signed.id_token)


def test_userinfo_answers_a_post_with_the_token_in_its_body(suite: Suite) -> None:
    """oidcc-userinfo-post-body. RFC 6750 §2.2."""
    signed = suite.sign_in(suite.register())

    response = suite.browser.post(USERINFO, data={"access_token": signed.access_token})

    judge.userinfo(response, signed.id_token)


# What is asked


def test_a_nonce_is_not_required_and_none_is_invented(suite: Suite) -> None:
    """oidcc-ensure-request-without-nonce-succeeds-for-code-flow. Core §3.1.2.1."""
    signed = suite.sign_in(suite.register(), nonce=None)

    assert "nonce" not in signed.id_token.claims


def test_profile_tells_the_names_that_are_known(suite: Suite) -> None:
    """oidcc-scope-profile. Core §5.4: a warning for each claim that is not collected."""
    told = suite.userinfo(suite.sign_in(suite.register(), scope="openid profile"))

    assert set(told) == {"sub", "name", "given_name", "family_name"}
    assert not NOT_COLLECTED & set(announced(suite)["claims_supported"])


def test_email_tells_the_address_and_nothing_else(suite: Suite) -> None:
    """oidcc-scope-email. Core §5.4: not in the ID token; no ``name`` that was not asked."""
    told = suite.userinfo(suite.sign_in(suite.register(), scope="openid email"))

    assert set(told) == {"sub", "email", "email_verified"}


def test_an_address_is_never_told(suite: Suite) -> None:
    """oidcc-scope-address, skipped: the scope is not announced; asked all the same, it is ignored."""
    told = suite.userinfo(suite.sign_in(suite.register(), scope="openid address"))

    assert "address" not in announced(suite)["scopes_supported"]
    assert set(told) == {"sub"}


def test_phone_tells_the_number_and_whether_it_was_verified(suite: Suite) -> None:
    """oidcc-scope-phone. Core §5.4."""
    told = suite.userinfo(suite.sign_in(suite.register(), scope="openid phone"))

    assert set(told) == {"sub", "phone_number", "phone_number_verified"}


def test_what_is_not_known_is_left_out(suite: Suite) -> None:
    """oidcc-userinfo-get. Core §5.3.2: no number known, so neither null nor an empty text."""
    suite.person.account.phone = None

    told = suite.userinfo(suite.sign_in(suite.register(), scope="openid phone"))

    assert set(told) == {"sub"}


def test_every_standard_scope_at_once_tells_what_each_tells(suite: Suite) -> None:
    """oidcc-scope-all, skipped as ``address`` is: the others are told together."""
    scope = "openid profile email address phone"

    told = suite.userinfo(suite.sign_in(suite.register(), scope=scope))

    assert {"name", "email", "phone_number"} <= set(told)
    assert "address" not in announced(suite)["scopes_supported"]


def test_neither_the_order_of_scopes_nor_that_of_parameters_counts(suite: Suite) -> None:
    """oidcc-alternate-happy-flow. RFC 6749 §3.3."""
    client = suite.register()
    asked = suite.asked(client, scope="email openid")
    sent = dict(reversed(asked.items()))

    signed = suite.redeem(client, sent, suite.answer(sent))

    assert set(suite.userinfo(signed)) == {"sub", "email", "email_verified"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"display": "page"}, id="oidcc-display-page"),
        pytest.param({"display": "popup"}, id="oidcc-display-popup"),
        pytest.param({"ui_locales": "se"}, id="oidcc-ui-locales"),
        pytest.param({"claims_locales": "se"}, id="oidcc-claims-locales"),
        pytest.param({"login_hint": "buffy@idp.example"}, id="oidcc-login-hint"),
        pytest.param(
            {"extra": "foobar"}, id="oidcc-ensure-request-with-unknown-parameter-succeeds"
        ),
    ],
)
def test_a_preference_that_cannot_be_met_is_no_error(suite: Suite, changes: dict[str, str]) -> None:
    """Core §3.1.2.1: display, ui_locales, claims_locales, login_hint, and what is not understood.

    oidcc-display-page, oidcc-display-popup, oidcc-ui-locales, oidcc-claims-locales, oidcc-login-hint,
    oidcc-ensure-request-with-unknown-parameter-succeeds.
    """
    signed = suite.sign_in(suite.register(), **changes)

    assert LOGIN in signed.callback.pages


def test_an_acr_that_was_asked_is_told(suite: Suite) -> None:
    """oidcc-ensure-request-with-acr-values-succeeds. Core §3.1.2.1: all of acr_values_supported are asked."""
    values = announced(suite)["acr_values_supported"]

    signed = suite.sign_in(suite.register(), acr_values=" ".join(values))

    assert signed.id_token.claims["acr"] in values


def test_an_essential_claim_is_told_by_userinfo_alone(suite: Suite) -> None:
    """oidcc-claims-essential. Core §5.5: ``name`` without the scope that opens it."""
    claims = json.dumps({"userinfo": {"name": {"essential": True}}})

    signed = suite.sign_in(suite.register(), claims=claims)

    assert suite.userinfo(signed)["name"] == "Claire Martin"
    assert "name" not in signed.id_token.claims


def test_a_request_may_be_posted(suite: Suite) -> None:
    """oidcc-ensure-post-request-succeeds. Core §3.1.2.1: kept across the login page, without our token."""
    client = suite.register()
    sent = suite.asked(client)

    callback = suite.follow(suite.browser.post(AUTHORIZE, data=sent))

    judge.transport(callback, CALLBACK, suite.mode)
    suite.redeem(client, sent, callback)


def test_pkce_is_accepted_of_a_client_that_has_a_secret(suite: Suite) -> None:
    """oidcc-ensure-request-with-valid-pkce-succeeds. RFC 7636 §4."""
    client = suite.register()
    sent = suite.asked(client, code_challenge=CHALLENGE, code_challenge_method="S256")

    suite.redeem(client, sent, suite.answer(sent), code_verifier=VERIFIER)


# Signing in again, or not


def test_prompt_login_asks_who_is_signed_in_to_sign_in_again(suite: Suite) -> None:
    """oidcc-prompt-login. Core §3.1.2.1: the login page is shown, and auth_time moves on."""
    client = suite.register()
    first = suite.sign_in(client)

    second = later(suite, client, 2, prompt="login")

    assert LOGIN in second.callback.pages
    assert second.id_token.claims["sub"] == first.id_token.claims["sub"]
    assert second.id_token.claims["auth_time"] > first.id_token.claims["auth_time"]


def test_prompt_none_tells_that_nobody_is_signed_in(suite: Suite) -> None:
    """oidcc-prompt-none-not-logged-in. Core §3.1.2.6: no page, a state of 128 characters."""
    sent = suite.asked(suite.register(), prompt="none", state="s" * 128)

    callback = suite.answer(sent)

    judge.refusal(callback, sent, "login_required")
    assert callback.pages == ()


def test_prompt_none_is_silent_when_the_person_is_there(suite: Suite) -> None:
    """oidcc-prompt-none-logged-in. Core §3.1.2.1: the consent was remembered, auth_time does not move."""
    client = suite.register()
    first = suite.sign_in(client)

    second = later(suite, client, 5, prompt="none")

    assert second.callback.pages == ()
    for claim in ("sub", "auth_time"):
        assert second.id_token.claims[claim] == first.id_token.claims[claim]


def test_max_age_that_is_past_asks_for_a_new_sign_in(suite: Suite) -> None:
    """oidcc-max-age-1. Core §3.1.2.1, §2: auth_time is told, later and recent."""
    client = suite.register()
    first = suite.sign_in(client)

    second = later(suite, client, 2, max_age="1")

    assert LOGIN in second.callback.pages
    assert second.id_token.claims["auth_time"] > first.id_token.claims["auth_time"]


def test_max_age_that_is_far_asks_nothing(suite: Suite) -> None:
    """oidcc-max-age-10000. Core §3.1.2.1: no page, and the same auth_time to the second."""
    client = suite.register()
    first = suite.sign_in(client, max_age="15000")

    second = later(suite, client, 3, max_age="10000")

    assert second.callback.pages == ()
    assert second.id_token.claims["auth_time"] == first.id_token.claims["auth_time"]


def test_the_hint_of_who_is_there_is_silent(suite: Suite) -> None:
    """oidcc-id-token-hint. Core §3.1.2.1."""
    client = suite.register()
    first = suite.sign_in(client)

    second = suite.sign_in(client, prompt="none", id_token_hint=first.tokens["id_token"])

    assert second.callback.pages == ()
    assert second.id_token.claims["sub"] == first.id_token.claims["sub"]


# Codes


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(0, id="oidcc-codereuse"),
        pytest.param(30, id="oidcc-codereuse-30seconds"),
    ],
)
def test_a_code_used_twice_is_refused_and_ends_what_it_gave(suite: Suite, seconds: int) -> None:
    """oidcc-codereuse, oidcc-codereuse-30seconds. RFC 6749 §4.1.2: the first access token dies."""
    client = suite.register()
    signed = suite.sign_in(client)

    with clock.shifted(timedelta(seconds=seconds)):
        replayed = client.exchange(suite.browser, signed.callback.fields["code"])
        bearer = {"Authorization": f"Bearer {signed.access_token}"}
        at_userinfo = suite.browser.get(USERINFO, headers=bearer)

    judge.token_error(replayed, "invalid_grant")
    assert at_userinfo.status_code == 401


# Addresses and clients


def test_an_address_that_is_not_registered_is_never_reached(suite: Suite) -> None:
    """oidcc-ensure-registered-redirect-uri. Core §3.1.2.1: an error page, no prefix matching."""
    sent = suite.asked(suite.register(), redirect_uri=f"{CALLBACK}/another")

    judge.error_page(suite.visit(sent))


def test_a_client_may_send_its_secret_in_the_body(suite: Suite) -> None:
    """oidcc-server-client-secret-post. RFC 6749 §2.3.1."""
    suite.sign_in(suite.register(token_endpoint_auth_method="client_secret_post"))


def test_a_service_may_send_its_secret_in_the_body(suite: Suite) -> None:
    """oidcc-server-client-secret-post, static client."""
    person = a_cdap_person()
    person.account.email = "autre@exemple.fr"
    cdap = static("cdap", "http://localhost:8002/callback")
    cdap.told["token_endpoint_auth_method"] = "client_secret_post"
    own = Suite(suite.browser, person, suite.mode)
    sent = own.asked(cdap, code_challenge=CHALLENGE, code_challenge_method="S256")

    own.redeem(cdap, sent, own.answer(sent), code_verifier=VERIFIER)


# Request objects: refused by name, as announced


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        pytest.param(
            {"request_uri": "https://rp.example/request"},
            "request_uri_not_supported",
            id="oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
        ),
        pytest.param(
            {"request": "eyJhbGciOiJub25lIn0.eyJub25jZSI6IngifQ."},
            "request_not_supported",
            id="oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
        ),
    ],
)
def test_a_request_object_is_refused_by_name(
    suite: Suite, changes: dict[str, str], error: str
) -> None:
    """Core §6 and §3.1.2.6: modules skipped once they read this error, which is what was announced.

    oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported,
    oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported.
    """
    sent = suite.asked(suite.register(), **changes)

    judge.refusal(suite.answer(sent), sent, error)

    metadata = announced(suite)
    assert metadata["request_parameter_supported"] is False
    assert metadata["request_uri_parameter_supported"] is False


def test_an_address_inside_a_request_object_is_not_followed(suite: Suite) -> None:
    """oidcc-ensure-request-object-with-redirect-uri. Core §6.1: the outer address is wrong, a page says so."""
    # {"alg":"none"} and {"redirect_uri":"https://rp.example/test/a/mcp/callback"}
    unsigned = "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL3JwLmV4YW1wbGUvdGVzdC9hL21jcC9jYWxsYmFjayJ9."
    sent = suite.asked(
        suite.register(), redirect_uri="https://rp.example/elsewhere", request=unsigned
    )

    judge.error_page(suite.visit(sent))


# Refresh tokens


def with_refresh(suite: Suite) -> tuple[Registered, SignedIn]:
    """A client that asks for access in the person's absence."""
    client = suite.register(grant_types=["authorization_code", "refresh_token"])
    return client, suite.sign_in(client, scope="openid offline_access", prompt="consent")


def test_a_refresh_tells_the_same_sign_in_again(suite: Suite) -> None:
    """oidcc-refresh-token. Core §12.2: same iss, sub, aud and auth_time, another iat, no nonce invented."""
    client, signed = with_refresh(suite)
    form = {"grant_type": "refresh_token", "refresh_token": signed.tokens["refresh_token"]}

    with clock.shifted(timedelta(seconds=2)):
        told = judge.tokens(client.post(suite.browser, TOKEN, form))
        again = suite.judged_id_token(client, told, {"scope": "openid"})

    before = signed.id_token.claims
    for claim in ("iss", "sub", "aud", "auth_time", "azp"):
        assert again.claims.get(claim) == before.get(claim)
    assert again.claims["iat"] > before["iat"]
    assert told["access_token"] != signed.access_token
    assert "refresh_token" in announced(suite)["grant_types_supported"]


def test_the_refresh_token_of_another_client_is_refused(suite: Suite) -> None:
    """oidcc-refresh-token, second client. RFC 6749 §5.2."""
    first, signed = with_refresh(suite)
    second, _own = with_refresh(suite)
    form = {"grant_type": "refresh_token", "refresh_token": signed.tokens["refresh_token"]}

    judge.token_error(second.post(suite.browser, TOKEN, form), "invalid_grant")

    judge.tokens(first.post(suite.browser, TOKEN, form))
