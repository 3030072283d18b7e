"""What the certification suite judges of every answer: each function fails on what it marks as failure or warning.

OpenID Foundation: https://openid.net/certification/testing/ . What is asked, and of whom, is in ``suite.py``; what
one module alone judges is in its test.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2
from typing import Any
from urllib.parse import urlsplit

from flows import ISSUER, at_hash_of
from werkzeug.test import TestResponse

from idp import clock

ASCII = re.compile(r"[ !#-\[\]-~]*")
"""RFC 6749 §4.1.2.1: no quotation mark, no backslash."""
ERROR_MEMBERS = {"error", "error_description", "error_uri", "state", "session_state", "iss"}
CORE = {"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp"}
OF_AN_ID_TOKEN = {*CORE, "sid", "jti", "nbf", "at_hash", "c_hash", "s_hash"}
OURS = {"groups", "roles"}
"""What a service of the Caf decides with, told with the scope ``habilitations`` alone."""


@dataclass(frozen=True, slots=True)
class Callback:
    """What a browser brought to the client: where, what, how; the titles of the pages seen on the way."""

    uri: str
    fields: dict[str, str]
    mode: str
    pages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IdToken:
    """One whose signature was verified."""

    header: dict[str, Any]
    claims: dict[str, Any]


# Authorization answers


def transport(callback: Callback, redirect_uri: str, mode: str) -> None:
    """The answer came to the address asked, in the mode asked, and nothing of it elsewhere."""
    assert callback.mode == mode
    expected = redirect_uri if mode == "form_post" else redirect_uri.partition("?")[0]
    assert callback.uri == expected


def code(callback: Callback, sent: Mapping[str, str]) -> str:
    """A success (Core §3.1.2.5); returns its code."""
    assert "error" not in callback.fields, callback.fields
    _state_and_issuer(callback, sent)
    unguessable([callback.fields["code"]])
    return callback.fields["code"]


def refusal(callback: Callback, sent: Mapping[str, str], *errors: str) -> None:
    """An error (Core §3.1.2.6) that is one of these."""
    assert callback.fields.get("error") in errors, callback.fields
    assert set(callback.fields) <= ERROR_MEMBERS
    assert ASCII.fullmatch(callback.fields.get("error_description", ""))
    _state_and_issuer(callback, sent)


def error_page(response: TestResponse) -> None:
    """The person is told, and is sent nowhere (RFC 6749 §4.1.2.1)."""
    assert response.status_code == 400
    assert response.mimetype == "text/html"
    assert "location" not in response.headers
    assert 'action="http' not in response.text


def _state_and_issuer(callback: Callback, sent: Mapping[str, str]) -> None:
    assert callback.fields.get("state") == sent.get("state")
    assert callback.fields.get("iss", ISSUER) == ISSUER


def unguessable(samples: Collection[str]) -> None:
    """128 bits long, of which 96 measured by Shannon, and never twice the same."""
    assert len(set(samples)) == len(samples)
    for sample in samples:
        assert len(sample) * 8 >= 128
        assert _shannon_bits(sample) >= 96


def _shannon_bits(text: str) -> float:
    counts = Counter(text).values()
    return -sum(count * log2(count / len(text)) for count in counts)


# Tokens


def tokens(response: TestResponse) -> dict[str, Any]:
    """A success of the token endpoint (RFC 6749 §5.1)."""
    assert response.status_code == 200, response.text
    _json_not_kept(response)
    told = dict(response.json or {})
    assert told["token_type"] == "Bearer"
    assert type(told["expires_in"]) is int
    assert told["expires_in"] > 0
    unguessable([told[name] for name in ("access_token", "refresh_token") if name in told])
    return told


def token_error(response: TestResponse, *errors: str) -> None:
    """A refusal (RFC 6749 §5.2)."""
    told = dict(response.json or {})
    assert told["error"] in errors
    assert response.status_code == 400 or (response.status_code, told["error"]) == (
        401,
        "invalid_client",
    )
    _json_not_kept(response)
    assert ASCII.fullmatch(told.get("error_description", ""))


def _json_not_kept(response: TestResponse) -> None:
    assert response.mimetype == "application/json"
    assert "no-store" in response.headers["Cache-Control"]


def id_token(
    token: IdToken, client_id: str, sent: Mapping[str, str], published: Mapping[str, str]
) -> None:
    """Core §2 and §3.1.3.7; ``published`` gives the algorithm of each ``kid``."""
    claims = token.claims
    assert token.header["alg"] == published[token.header["kid"]]
    assert claims["iss"] == ISSUER
    assert claims["aud"] in (client_id, [client_id])
    assert claims.get("sub")
    assert claims.get("nonce") == sent.get("nonce")
    assert claims.get("acr") != ""
    _dates(claims, clock.now())
    ours = OURS if "habilitations" in sent["scope"].split() else set()
    assert set(claims) <= {*OF_AN_ID_TOKEN, *ours}


def hashes(token: IdToken, access_token: str) -> None:
    """Core §3.1.3.6: optional in the code flow, right when it is there."""
    expected = at_hash_of(access_token, token.header["alg"])
    assert token.claims.get("at_hash", expected) == expected


def _dates(claims: Mapping[str, Any], now: datetime) -> None:
    instant, minutes = now.timestamp(), timedelta(minutes=5).total_seconds()
    assert instant < claims["exp"] < instant + timedelta(days=50 * 365).total_seconds()
    assert abs(instant - claims["iat"]) < minutes
    signed_in = claims.get("auth_time", claims["iat"])
    assert type(signed_in) is int
    assert instant - timedelta(days=365).total_seconds() < signed_in <= instant


# UserInfo


def userinfo(response: TestResponse, id_token: IdToken) -> dict[str, Any]:
    """Core §5.3.2 and §5.3.4: of the same person, nothing empty."""
    assert response.status_code == 200, response.text
    assert response.mimetype == "application/json"
    told = dict(response.json or {})
    assert told["sub"] == id_token.claims["sub"]
    well_formed(told)
    return told


def well_formed(claims: Mapping[str, Any]) -> None:
    """Core §5.1: types, and nothing null nor empty."""
    for name, value in claims.items():
        assert value not in (None, "", "null", [], {}), name
    for name in ("email_verified", "phone_number_verified"):
        assert type(claims.get(name, False)) is bool
    for name in ("name", "given_name", "family_name", "email", "phone_number", "sub"):
        assert type(claims.get(name, "")) is str


# Metadata and keys


def discovery(document: Mapping[str, Any], issuer: str) -> None:
    """Discovery §3: known members of the right type, everything that the suite asks for."""
    assert document["issuer"] == issuer
    assert set(document) <= {*_ADDRESSES, *_LISTS, *_FLAGS}
    for name in _ADDRESSES & set(document):
        _trusted_address(document[name])
    for name in _LISTS & set(document):
        assert type(document[name]) is list
        assert document[name]
        assert all(type(one) is str for one in document[name])
        assert len(set(document[name])) == len(document[name])
    for name in _FLAGS & set(document):
        assert type(document[name]) is bool


def _trusted_address(address: str) -> None:
    parts = urlsplit(address)
    assert parts.scheme == "https" or parts.hostname == "localhost"
    assert parts.hostname
    assert not any((parts.query, parts.fragment, parts.username))


def keys(jwks: Mapping[str, Any]) -> None:
    """RFC 7517: public, named, of kinds that the suite can use."""
    kids = [key["kid"] for key in jwks["keys"]]
    assert len(set(kids)) == len(kids) > 0
    for key in jwks["keys"]:
        assert set(key) <= _PUBLIC_MEMBERS
        assert (key["kty"], key.get("crv")) in _USABLE


_PUBLIC_MEMBERS = {"kty", "kid", "use", "alg", "key_ops", "n", "e", "crv", "x", "y"}
_USABLE = {("RSA", None), ("EC", "P-256"), ("OKP", "Ed25519")}
_ADDRESSES = {
    *("issuer", "jwks_uri", "authorization_endpoint", "token_endpoint", "userinfo_endpoint"),
    *("registration_endpoint", "end_session_endpoint", "revocation_endpoint"),
    *("introspection_endpoint", "pushed_authorization_request_endpoint"),
    *("device_authorization_endpoint", "backchannel_authentication_endpoint"),
    *("service_documentation", "op_policy_uri", "op_tos_uri", "check_session_iframe"),
}
_ALGORITHMS = {
    *("id_token", "userinfo", "introspection", "request_object", "authorization"),
    *("token_endpoint_auth", "revocation_endpoint_auth", "introspection_endpoint_auth"),
    *("dpop", "backchannel_authentication_request"),
}
_LISTS = {
    *(f"{what}_signing_alg_values_supported" for what in _ALGORITHMS),
    *(f"{what}_endpoint_auth_methods_supported" for what in ("token", "revocation")),
    *("introspection_endpoint_auth_methods_supported", "code_challenge_methods_supported"),
    *("scopes_supported", "claims_supported", "claim_types_supported", "acr_values_supported"),
    *("response_types_supported", "response_modes_supported", "grant_types_supported"),
    *("prompt_values_supported", "display_values_supported", "subject_types_supported"),
    *("ui_locales_supported", "claims_locales_supported"),
    "authorization_details_types_supported",
}
_FLAGS = {
    *("claims_parameter_supported", "request_parameter_supported"),
    *("request_uri_parameter_supported", "require_request_uri_registration"),
    *("require_signed_request_object", "require_pushed_authorization_requests"),
    "authorization_response_iss_parameter_supported",
    "tls_client_certificate_bound_access_tokens",
    *(f"{channel}_logout_supported" for channel in ("backchannel", "frontchannel")),
    *(f"{channel}_logout_session_supported" for channel in ("backchannel", "frontchannel")),
}
"""Of RFC 8414, 8705, 9101, 9126, 9207, 9396, 9449, 9701, Discovery, the logout specifications, CIBA: a name of
ours would be a warning."""
