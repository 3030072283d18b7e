"""The authorization endpoint."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import pytest
import sqlalchemy as sa
from factories import PASSWORD, a_rattachement, an_account, an_organisme, signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import (
    AUTHORIZE,
    CALLBACK,
    CDAP,
    ISSUER,
    OUVERT,
    a_bailleur,
    answer,
    asked,
    authorize,
    decoded,
    exchange,
    tokens_for,
    userinfo,
)
from sql_budget import counted

from idp import clock
from idp.accounts.models import AccountState, BrowserSession
from idp.audit import JournalEntry
from idp.crypto import digest
from idp.db import db
from idp.habilitations.models import Role
from idp.oidc.models import Grant


def signed(client: FlaskClient) -> FlaskClient:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    return client


def events(name: str) -> list[JournalEntry]:
    query = sa.select(JournalEntry).where(JournalEntry.event == name)
    return list(db.session.scalars(query))


# What the client is told


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"response_mode": "bogus"}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "bogus"}, "invalid_scope"),
        ({"prompt": "bogus"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "x"}, "invalid_request"),
        ({"max_age": "٣"}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"nonce": "n" * 2049}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://a.example/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"claims": "{"}, "invalid_request"),
        ({"claims": '{"userinfo": []}'}, "invalid_request"),
        (
            {"claims": '{"id_token": {"acr": {"essential": true, "value": "urn:x"}}}'},
            "unmet_authentication_requirements",
        ),
    ],
)
def test_an_unusable_request_is_answered_to_the_client(
    client: FlaskClient, changes: dict[str, str | None], error: str
) -> None:
    """Core §3.1.2.6, RFC 9207 §2: error, state and iss, and nothing that is not ASCII."""
    received = answer(authorize(signed(client), **changes))

    assert received.pop("error") == error
    assert received.pop("state") == "etat-0123456789"
    assert received.pop("iss") == ISSUER
    assert re.fullmatch(r"[ !#-\[\]-~]+", received.pop("error_description"))
    assert received == {}


@pytest.mark.parametrize("name", ["scope", "state", "nonce", "code_challenge", "prompt", "extra"])
def test_a_repeated_parameter_is_refused(client: FlaskClient, name: str) -> None:
    """RFC 6749 §3.1. The query of an attacker must not win over the client's."""
    query = urlencode(asked(extra="1")) + f"&{name}=openid"

    received = answer(signed(client).get(f"{AUTHORIZE}?{query}"))

    assert received["error"] == "invalid_request"
    assert ("state" in received) == (name != "state")


@pytest.mark.parametrize(
    "state", ["a b+c&d=e%20\"'{é}<>", "x" * 1024, "~.-_", "%C3%A9"], ids=lambda state: state[:6]
)
def test_state_comes_back_as_it_came(client: FlaskClient, state: str) -> None:
    """RFC 6749 §4.1.2: the exact value; on errors too."""
    browser = signed(client)

    assert answer(authorize(browser, state=state))["state"] == state
    assert answer(authorize(browser, state=state, prompt="bogus"))["state"] == state


def test_state_is_absent_when_none_was_sent(client: FlaskClient) -> None:
    assert "state" not in answer(authorize(signed(client), state=None))


def test_the_query_of_a_registered_address_is_kept(client: FlaskClient) -> None:
    """RFC 6749 §3.1.2: the query component must be retained when adding parameters."""
    uri = "http://localhost:8001/retour?lieu=rennes"

    location = authorize(signed(client), redirect_uri=uri).location

    assert location.startswith(uri + "&code=")


def test_an_unknown_parameter_and_unknown_scopes_are_ignored(client: FlaskClient) -> None:
    """Core §3.1.2.1; display, locales, hints and acr_values must not break a sign-in."""
    received = answer(
        authorize(
            signed(client),
            scope="bogus openid address",
            extra="foobar",
            display="popup",
            ui_locales="se",
            claims_locales="se",
            acr_values="1 2",
            login_hint="buffy@localhost",
        )
    )

    grant = db.session.scalars(sa.select(Grant)).one()
    assert "code" in received
    assert grant.scope == "openid"


def test_a_scope_that_the_client_may_not_have_is_not_granted(client: FlaskClient) -> None:
    authorize(signed(client), **OUVERT, scope="openid habilitations")

    assert db.session.scalars(sa.select(Grant)).one().scope == "openid"


# When the client cannot be answered


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": "inconnu"},
        {"client_id": "é"},
        {"redirect_uri": None},
        {"redirect_uri": CALLBACK + "/"},
        {"redirect_uri": CALLBACK + "?x=1"},
        {"redirect_uri": CALLBACK + "#x"},
        {"redirect_uri": CALLBACK.upper()},
        {"redirect_uri": "http://localhost:8001/retour?lieu=paris"},
        {"redirect_uri": "http://localhost:8001/retour"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": CDAP["redirect_uri"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("prompt", [None, "none"])
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    client: FlaskClient, changes: dict[str, str | None], prompt: str | None
) -> None:
    """RFC 9700 §4.1.3 and §4.11: exact comparison, and never an open redirector."""
    response = authorize(signed(client), prompt=prompt, **changes)

    assert response.status_code == 400
    assert "location" not in response.headers
    assert "Pour le support du service" in response.text


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_two_addresses_or_two_clients_are_never_answered(client: FlaskClient, name: str) -> None:
    response = client.get(f"{AUTHORIZE}?{urlencode(asked())}&{name}=https://evil.example/")

    assert response.status_code == 400


def test_the_error_page_escapes_what_was_sent(client: FlaskClient) -> None:
    response = authorize(client, client_id="<script>alert(1)</script>")

    assert "<script>alert" not in response.text


def test_text_that_is_not_utf8_is_refused(client: FlaskClient) -> None:
    response = client.get(f"{AUTHORIZE}?{urlencode(asked(state=None))}&state=%FF")

    assert response.status_code == 400


# The answer


def test_a_request_by_post_is_the_same(client: FlaskClient, app: Flask) -> None:
    """Core §3.1.2.1: GET and POST; no anti-forgery token is asked of another site."""
    browser = signed(client)
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        response = browser.post(AUTHORIZE, data=asked())
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert "code" in answer(response)


def test_a_post_reads_its_body_and_never_the_address(client: FlaskClient) -> None:
    response = signed(client).post(f"{AUTHORIZE}?redirect_uri=https://evil.example/", data=asked())

    assert response.location.startswith(CALLBACK)


def test_form_post_escapes_values_and_runs_under_the_policy(client: FlaskClient) -> None:
    """Form Post Response Mode §2, for codes and for errors; our CSP allows the script by its nonce."""
    browser = signed(client)

    for changes in ({}, {"prompt": "bogus"}):
        response = authorize(browser, response_mode="form_post", state='a b"{<', **changes)
        policy = response.headers["Content-Security-Policy"]
        assert response.status_code == 200
        assert f'action="{CALLBACK}"' in response.text
        assert 'name="state" value="a b&#34;{&lt;"' in response.text
        assert f'name="iss" value="{ISSUER}"' in response.text
        assert re.search(r'<script nonce="([^"]+)">', response.text)[1] in policy  # type: ignore[index]
        assert "http://localhost:8001" in policy.partition("form-action 'self'")[2].split()
        assert response.headers["Cache-Control"] == "no-store"


def test_a_code_is_random_and_kept_as_a_digest(client: FlaskClient) -> None:
    """RFC 6749 §10.10: at least 128 bits."""
    code = answer(authorize(signed(client)))["code"]

    grant = db.session.scalars(sa.select(Grant)).one()
    assert len(code) >= 43
    assert grant.code_digest == digest(code)
    assert events("authorization_granted")[0].data == {
        "client_id": "offre-bailleurs",
        "scope": "openid profile email organisme habilitations",
    }


def test_long_state_and_nonce_pass(client: FlaskClient) -> None:
    browser = signed(client)
    nonce = "n" * 2048

    tokens = tokens_for(browser, state="s" * 2048, nonce=nonce)

    assert decoded(browser, tokens["id_token"]).claims["nonce"] == nonce


# Signing in


def login_next(location: str) -> str:
    assert location.startswith("/connexion?next=")
    return parse_qs(urlsplit(location).query)["next"][0]


def test_who_is_not_signed_in_goes_to_the_login_page_and_comes_back(client: FlaskClient) -> None:
    response = authorize(client, state='a b"é')

    path = login_next(response.location)
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    received = answer(client.get(path))
    assert response.status_code == 303
    assert "reauth" not in urlsplit(response.location).query.split("&")
    assert received["state"] == 'a b"é'
    assert "code" in received


def test_prompt_none_never_shows_a_page(client: FlaskClient) -> None:
    """Core §3.1.2.1 and §3.1.2.6."""
    received = answer(authorize(client, prompt="none", state="s" * 128))

    assert received["error"] == "login_required"
    assert received["state"] == "s" * 128
    assert received["iss"] == ISSUER


def test_prompt_none_of_who_is_signed_in_succeeds_with_a_hint(client: FlaskClient) -> None:
    """Core §3.1.2.1: id_token_hint of the same person; same auth_time."""
    browser = signed(client)
    first = tokens_for(browser)["id_token"]

    second = tokens_for(browser, prompt="none", id_token_hint=first)["id_token"]

    times = {decoded(browser, token).claims["auth_time"] for token in (first, second)}
    assert len(times) == 1


def test_prompt_none_with_the_hint_of_somebody_else_is_login_required(client: FlaskClient) -> None:
    hint = tokens_for(signed(client))["id_token"]
    other = an_account()
    rattachement = a_rattachement(other, an_organisme())
    signed_in(client, other, rattachement)

    assert answer(authorize(client, prompt="none", id_token_hint=hint))["error"] == "login_required"


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "0"}, {"max_age": "1"}])
def test_a_fresh_sign_in_is_asked_once(client: FlaskClient, changes: dict[str, str]) -> None:
    """Core §3.1.2.1: prompt=login and max_age; the new auth_time is later, and there is no loop."""
    bailleur = a_bailleur()
    sid = signed_in(client, bailleur.account, bailleur.rattachement)
    session = db.session.scalars(sa.select(BrowserSession).filter_by(sid=sid)).one()
    session.auth_time -= timedelta(seconds=30)

    response = authorize(client, **changes)
    path = login_next(response.location)
    without_signing_in = client.get(path)
    signed_in(client, bailleur.account, bailleur.rattachement)
    received = answer(client.get(path))

    assert response.location.endswith("&reauth=1")
    assert without_signing_in.location.startswith("/connexion?next=")
    tokens = exchange(client, received["code"]).json or {}
    auth_time = decoded(client, tokens["id_token"]).claims["auth_time"]
    assert auth_time > session.auth_time.timestamp()


def test_a_client_cannot_skip_a_fresh_sign_in_by_inventing_the_note(client: FlaskClient) -> None:
    response = authorize(signed(client), prompt="login", reauthentication="1.AAAA")

    assert response.location.startswith("/connexion?next=")


def test_a_recent_enough_sign_in_is_not_asked_again(client: FlaskClient) -> None:
    """Core §3.1.2.1: max_age."""
    assert "code" in answer(authorize(signed(client), max_age="10000"))


def test_who_has_not_finished_the_first_connection_finishes_it(client: FlaskClient) -> None:
    account = an_account(state=AccountState.ACTIVATION)
    signed_in(client, account)

    response = authorize(client)

    assert unquote(response.location).startswith("/connexion?next=/oidc/authorize?")
    assert answer(authorize(client, prompt="none"))["error"] == "interaction_required"


def test_a_session_that_ended_signs_nobody_in(client: FlaskClient) -> None:
    signed(client)
    with clock.shifted(timedelta(hours=1)):
        response = authorize(client)

    assert response.location.startswith("/connexion")


# Refusal


def test_who_has_no_habilitation_is_told_why_and_who_can_help(client: FlaskClient) -> None:
    bailleur = a_bailleur()
    chef = an_account(given_name="Paul", family_name="Durand")
    a_rattachement(chef, bailleur.organisme, role=Role.ADMINISTRATEUR)
    person = an_account(given_name="Zoé")
    signed_in(client, person, a_rattachement(person, bailleur.organisme))

    response = authorize(client, state="s&1")

    assert response.status_code == 200
    assert "dans aucun groupe d’habilitation du service Offre Bailleurs" in response.text
    assert "Paul Durand" in response.text
    assert 'id="annuler"' in response.text
    assert events("authorization_refused")[0].data == {
        "client_id": "offre-bailleurs",
        "reason": "sans_groupe",
    }
    action = re.search(r'<form method="post" action="([^"]+)"', response.text.split("<main")[1])
    assert action is not None
    received = answer(client.post(action[1].replace("&amp;", "&")))
    assert (received["error"], received["state"]) == ("access_denied", "s&1")


def test_what_only_the_caf_can_change_names_the_caf(client: FlaskClient) -> None:
    person = an_account()
    organisme = an_organisme()
    a_rattachement(an_account(given_name="Paul"), organisme, role=Role.ADMINISTRATEUR)
    signed_in(client, person, a_rattachement(person, organisme))

    response = authorize(client)

    assert "n’a pas de contrat avec la Caf" in response.text
    assert "Votre Caf" in response.text
    assert "Paul" not in response.text


def test_a_person_without_organisme_is_told_so(client: FlaskClient) -> None:
    signed_in(client, an_account())

    assert "rattaché à aucun organisme" in authorize(client).text


def test_a_refusal_under_prompt_none_is_access_denied(client: FlaskClient) -> None:
    signed_in(client, an_account())

    received = answer(authorize(client, prompt="none"))

    assert received["error"] == "access_denied"
    assert len(events("authorization_refused")) == 1


def test_a_service_that_requires_no_habilitation_is_open_to_any_active_person(
    client: FlaskClient,
) -> None:
    signed_in(client, an_account())

    assert "code" in answer(authorize(client, **OUVERT, scope="openid email"))


def test_a_client_may_be_freed_of_pkce_but_never_of_s256(client: FlaskClient) -> None:
    """RFC 7636 §4.4.1: ``plain`` is refused whoever asks."""
    signed_in(client, an_account())
    plain = {**OUVERT, "code_challenge": "x" * 43, "code_challenge_method": "plain"}

    assert answer(authorize(client, **plain, scope="openid"))["error"] == "invalid_request"


# Cancel


def test_cancel_answers_access_denied(client: FlaskClient) -> None:
    """FAPI: a plain cancel control on the login page; RFC 6749 §4.1.2.1."""
    received = answer(client.get(f"{AUTHORIZE}/annuler?{urlencode(asked())}"))

    assert received["error"] == "access_denied"
    assert received["state"] == "etat-0123456789"
    assert received["iss"] == ISSUER


def test_cancel_checks_the_request_again(client: FlaskClient) -> None:
    query = urlencode(asked(redirect_uri="https://evil.example/"))

    response = client.get(f"{AUTHORIZE}/annuler?{query}")

    assert response.status_code == 400


def test_the_button_of_the_refusal_page_is_protected_against_forgery(
    client: FlaskClient, app: Flask
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        response = client.post(f"{AUTHORIZE}/annuler?{urlencode(asked())}")
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert response.status_code == 400


# Cost


def test_the_budget_of_an_authorization(client: FlaskClient) -> None:
    """Session, rights, grant, journal. Once a minute, the session is also touched."""
    browser = signed(client)
    db.session.commit()

    with counted() as statements:
        assert "code" in answer(authorize(browser))

    assert len(statements) <= 4, statements


def test_grants_never_outlive_their_minute(client: FlaskClient) -> None:
    before = datetime.now(UTC)

    answer(authorize(signed(client)))

    grant = db.session.scalars(sa.select(Grant)).one()
    assert grant.code_expires_at - before <= timedelta(seconds=61)


def test_new_sign_in_asked_by_one_service_leaves_the_others_signed_in(
    client: FlaskClient,
) -> None:
    """Core §3.1.2.1, prompt=login: the sid stays, auth_time moves; tokens held elsewhere go on."""
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)
    before = tokens_for(client)
    page = authorize(client, prompt="login").location

    form = {"identifiant": bailleur.account.identifiant, "mot_de_passe": PASSWORD}
    response = client.post(page, data=form, follow_redirects=False)
    code = answer(client.get(response.location))["code"]
    after = exchange(client, code).json or {}

    old, new = (decoded(client, one["id_token"]).claims for one in (before, after))
    assert new["sid"] == old["sid"]
    assert new["auth_time"] >= old["auth_time"]
    assert userinfo(client, before["access_token"]).status_code == 200
