"""Property: whatever is sent, no endpoint of the protocol fails, and nobody is sent elsewhere."""

import json
import string
from base64 import urlsafe_b64encode
from urllib.parse import quote_from_bytes, urlsplit

from factories import signed_in
from flask import Flask
from flows import AUTHORIZE, TOKEN, USERINFO, a_bailleur, asked, basic, secret_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.db import db
from idp.oidc.clients.client_metadata import uri_problem

REGISTERED = {"http://localhost:8001", "http://localhost:8002", "https://ouvert.example"}
NAMES = [
    *asked(),
    *(
        "prompt",
        "max_age",
        "response_mode",
        "id_token_hint",
        "request",
        "reauthentication",
        "organisme_choisi",
        "consentement_donne",
        "organisme_hint",
        "claims",
    ),
    *("grant_type", "code", "code_verifier", "client_secret", "access_token", "x"),
    *("post_logout_redirect_uri", "logout_hint"),
]
LIKELY = [
    *asked().values(),
    "none",
    "login",
    "form_post",
    "query",
    "authorization_code",
    "0",
    "cdap",
]
values = st.one_of(st.sampled_from(LIKELY).map(str.encode), st.binary(max_size=60))
pairs = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=12)
headers = st.one_of(
    st.none(),
    st.text(string.printable.replace("\n", "").replace("\r", ""), max_size=80),
    st.sampled_from(["Basic Og==", "Basic w6k6w6k=", "Bearer a.b.c"]),
)
easy = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def encoded(sent: list[tuple[str, bytes]]) -> str:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in sent)


@given(sent=pairs, valid_first=st.booleans(), post=st.booleans(), person=st.booleans())
@easy
def test_authorize_never_fails_nor_redirects_elsewhere(
    app: Flask, sent: list[tuple[str, bytes]], valid_first: bool, post: bool, person: bool
) -> None:
    browser = app.test_client()
    if person:
        bailleur = a_bailleur()
        signed_in(browser, bailleur.account, bailleur.rattachement)
    names = {name for name, _value in sent}
    valid = [(name, value.encode()) for name, value in asked().items() if name not in names]
    query = encoded([*valid, *sent] if valid_first else sent)

    if post:
        form = "application/x-www-form-urlencoded"
        response = browser.post(AUTHORIZE, data=query, content_type=form)
    else:
        response = browser.get(f"{AUTHORIZE}?{query}")

    assert response.status_code in {200, 303, 400}
    if response.status_code == 303:
        place = urlsplit(response.location)
        origin = f"{place.scheme}://{place.netloc}"
        assert origin in REGISTERED or response.location.startswith("/connexion?")
    db.session.rollback()


@given(sent=pairs, query=pairs, authorization=headers, known=st.booleans())
@easy
def test_token_never_fails(
    app: Flask,
    sent: list[tuple[str, bytes]],
    query: list[tuple[str, bytes]],
    authorization: str | None,
    known: bool,
) -> None:
    if known:
        authorization = basic("offre-bailleurs", secret_of("offre-bailleurs"))
        query = []
    response = app.test_client().post(
        f"{TOKEN}?{encoded(query)}",
        data=encoded(sent),
        content_type="application/x-www-form-urlencoded",
        headers={"Authorization": authorization} if authorization else {},
    )

    assert response.status_code in {400, 401}
    assert response.mimetype == "application/json"


@given(body=st.binary(max_size=200), mimetype=st.sampled_from(["application/json", "x", ""]))
@easy
def test_any_body_of_any_type_is_refused(app: Flask, body: bytes, mimetype: str) -> None:
    for address in (AUTHORIZE, TOKEN, USERINFO):
        response = app.test_client().post(address, data=body, content_type=mimetype)
        assert response.status_code in {400, 401}


@given(sent=pairs, authorization=headers)
@easy
def test_userinfo_never_fails(
    app: Flask, sent: list[tuple[str, bytes]], authorization: str | None
) -> None:
    given_headers = {"Authorization": authorization} if authorization else {}
    form = "application/x-www-form-urlencoded"
    responses = [
        app.test_client().get(f"{USERINFO}?{encoded(sent)}", headers=given_headers),
        app.test_client().post(
            USERINFO, data=encoded(sent), content_type=form, headers=given_headers
        ),
    ]

    assert {response.status_code for response in responses} <= {400, 401}


@given(sent=pairs)
@easy
def test_logout_never_fails(app: Flask, sent: list[tuple[str, bytes]]) -> None:
    response = app.test_client().get(f"/oidc/logout?{encoded(sent)}")

    assert response.status_code in {200, 303, 400}
    assert not response.headers.get("Location", "/").startswith("http")


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(max_size=20),
        st.sampled_from(
            [
                "https://rp.example/cb",
                "https://rp.example:99999/",
                "http://[::1",
                "private_key_jwt",
                "pairwise",
                "RS256",
                "openid",
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
MEMBERS = [
    *("redirect_uris", "client_name", "jwks", "jwks_uri", "grant_types", "response_types", "scope"),
    *("token_endpoint_auth_method", "subject_type", "sector_identifier_uri", "default_max_age"),
    *("contacts", "logo_uri", "initiate_login_uri", "default_acr_values", "client_id"),
]


@given(metadata=st.dictionaries(st.sampled_from(MEMBERS), json_values, max_size=8))
@easy
def test_registration_never_fails(open_app: Flask, metadata: dict[str, object]) -> None:
    """RFC 7591 §3.2: a client, or one of its two errors."""
    response = open_app.test_client().post("/oidc/register", json=metadata)

    told = response.json or {}
    assert response.status_code in {201, 400}
    assert told.get("client_id") or told["error"] in {
        "invalid_redirect_uri",
        "invalid_client_metadata",
    }


@given(
    header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64"]), json_values),
    claims=st.dictionaries(
        st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]), json_values
    ),
    rest=st.binary(max_size=40),
)
@easy
def test_assertion_of_anybody_is_refused_and_never_fails(
    open_app: Flask, header: dict[str, object], claims: dict[str, object], rest: bytes
) -> None:
    """RFC 7523 §3."""
    parts = [json.dumps({"alg": "RS256", **header}), json.dumps({"sub": "cdap", **claims})]
    segments = [*(part.encode() for part in parts), rest]
    assertion = ".".join(urlsafe_b64encode(one).decode().rstrip("=") for one in segments)
    form = {
        "grant_type": "authorization_code",
        "code": "x",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }

    response = open_app.test_client().post(TOKEN, data=form)

    assert (response.status_code, (response.json or {})["error"]) == (401, "invalid_client")


# The characters by which two readers of an address come to disagree, after a start that we would accept.
addresses = st.tuples(
    st.sampled_from(["https://", "http://localhost", "https://rp.example", ""]),
    st.text(alphabet="ab.:/@[]\\#*?%&=-0 \té", max_size=12),
).map("".join)


@given(uri=addresses)
@easy
def test_address_that_is_accepted_leads_where_it_says(uri: str) -> None:
    """RFC 9700 §4.1.3: what a browser would read otherwise is refused at registration."""
    if uri_problem(uri) is not None:
        return

    parts = urlsplit(uri)
    assert parts.scheme in {"http", "https"}
    assert parts.hostname
    assert "@" not in parts.netloc
    assert not {"\\", "#", "*", " "} & set(uri)
    assert uri.isascii()
