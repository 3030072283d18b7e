"""Property: whatever is sent, no endpoint of the protocol fails, and nobody is sent elsewhere."""

import string
from urllib.parse import quote_from_bytes, urlsplit

from factories import signed_in
from flask import Flask
from flows import AUTHORIZE, TOKEN, USERINFO, a_bailleur, asked, basic, secret_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.db import db

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
