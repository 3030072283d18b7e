"""« Connexion » and « Déconnexion » as pages, and what attackers try on them."""

import re
from datetime import timedelta

import pytest
from factories import PASSWORD, an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient
from same_answer import steady
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.models import AccountState, BrowserSession
from idp.accounts.views.destination import local_path
from idp.audit import JournalEntry
from idp.db import db
from idp.printable import new_identifiant

UNKNOWN = new_identifiant()


def sign_in(
    client: FlaskClient, identifiant: str, password: str = PASSWORD, query: str = ""
) -> TestResponse:
    data = {"identifiant": identifiant, "mot_de_passe": password}
    return client.post("/connexion" + query, data=data)


def test_sign_in_leads_to_the_accueil(client: FlaskClient) -> None:
    answer = sign_in(client, an_account().identifiant)

    assert (answer.status_code, answer.location) == (303, "/accueil")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_form_keeps_its_public_contract(client: FlaskClient) -> None:
    page = client.get("/connexion").text

    for piece in (
        'name="identifiant"',
        'name="mot_de_passe"',
        'id="connexion"',
        "Identifiant perdu",
        "Mot de passe oublié",
        "Première connexion",
        'autocomplete="username"',
        'autocomplete="current-password"',
    ):
        assert piece in page


def test_session_planted_before_sign_in_is_worth_nothing(client: FlaskClient) -> None:
    client.set_cookie("mcp_session", "planted-by-somebody-else")

    sign_in(client, an_account().identifiant)

    cookie = client.get_cookie("mcp_session")
    assert cookie is not None
    assert cookie.value != "planted-by-somebody-else"


def test_signing_in_again_ends_the_former_session(app: Flask, client: FlaskClient) -> None:
    account, other = an_account(), an_account()
    sign_in(client, account.identifiant)
    stolen = client.get_cookie("mcp_session")
    assert stolen is not None

    sign_in(client, other.identifiant)

    thief = app.test_client()
    thief.set_cookie("mcp_session", stolen.value)
    assert thief.get("/profil").location.startswith("/connexion")


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "/a\r\nSet-Cookie: x=y",
        "evil",
        "",
        " /accueil",
    ],
)
def test_next_never_leaves_the_site(client: FlaskClient, path: str) -> None:
    answer = client.post(
        "/connexion",
        query_string={"next": path},
        data={"identifiant": an_account().identifiant, "mot_de_passe": PASSWORD},
    )

    assert answer.location == "/accueil"
    assert local_path(path) is None


def test_next_is_followed_with_its_query(client: FlaskClient) -> None:
    path = "/oidc/authorize?client_id=ob&state=a%2Fb"

    answer = client.post(
        "/connexion",
        query_string={"next": path},
        data={"identifiant": an_account().identifiant, "mot_de_passe": PASSWORD},
    )

    assert answer.location == path


def test_signed_in_person_goes_straight_on(client: FlaskClient) -> None:
    signed_in(client, an_account())

    assert client.get("/connexion?next=/profil").location == "/profil"
    assert client.get("/connexion").location == "/accueil"


def test_reauthentication_shows_the_form_and_opens_a_new_session(client: FlaskClient) -> None:
    account = an_account()
    signed_in(client, account)
    before = client.get_cookie("mcp_session")

    page = client.get("/connexion?reauth=1&next=/profil")
    answer = sign_in(client, account.identifiant, query="?reauth=1&next=/profil")

    assert page.status_code == 200
    assert 'action="/connexion?next=' in page.text
    assert f'value="{account.identifiant}"' in page.text
    assert answer.location == "/profil"
    after = client.get_cookie("mcp_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_authorization_request_says_for_whom_and_can_be_given_up(client: FlaskClient) -> None:
    page = client.get("/connexion?next=/oidc/authorize?client_id%3Dob").text

    assert "Pour continuer vers <strong>Offre Bailleurs</strong>" in page
    assert re.search(r'id="annuler" href="/oidc/authorize/annuler"', page)
    assert 'id="annuler"' not in client.get("/connexion?next=/profil").text


@pytest.mark.parametrize("tries", [1, 7], ids=["once", "throttled"])
@pytest.mark.parametrize("state", ["actif", "suspendu", "clos", "prepare", "en_attente"])
def test_existing_and_unknown_people_get_the_same_answer(
    client: FlaskClient, state: str, tries: int
) -> None:
    account = an_account(state=AccountState(state))
    client.get("/connexion")

    for _ in range(tries):
        known = sign_in(client, account.identifiant, "wrong")
        unknown = sign_in(client, UNKNOWN, "wrong")

    assert known.status_code == unknown.status_code == 200
    assert steady(known.text, account.identifiant) == steady(unknown.text, UNKNOWN)
    assert list(known.headers.keys()) == list(unknown.headers.keys())


def test_right_password_too_early_gets_the_answer_of_a_wrong_one(client: FlaskClient) -> None:
    account = an_account()
    for _ in range(5):
        wrong = sign_in(client, account.identifiant, "wrong")

    right = sign_in(client, account.identifiant)

    same = account.identifiant
    assert steady(right.text, same) == steady(wrong.text, same)
    with clock.shifted(timedelta(seconds=61)):
        assert sign_in(client, account.identifiant).status_code == 303


def test_identifiant_is_kept_and_password_is_not(client: FlaskClient) -> None:
    page = sign_in(client, "p-1234", "un mot de passe faux").text

    assert 'value="p-1234"' in page
    assert "un mot de passe faux" not in page


def test_password_of_a_megabyte_is_refused_before_it_is_read(client: FlaskClient) -> None:
    answer = sign_in(client, an_account().identifiant, "x" * 1024 * 1024)

    assert answer.status_code == 413


def test_forms_want_a_csrf_token(app: Flask, client: FlaskClient) -> None:
    account = an_account()
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        refused = [
            client.post(path, data={"identifiant": account.identifiant, "mot_de_passe": PASSWORD})
            for path in ("/connexion", "/premiere-connexion", "/deconnexion")
        ]
    finally:
        app.config["WTF_CSRF_ENABLED"] = False

    assert [answer.status_code for answer in refused] == [400, 400, 400]
    assert db.session.scalar(select(BrowserSession)) is None


def test_sign_out_is_confirmed_then_ends_the_session(app: Flask, client: FlaskClient) -> None:
    signed_in(client, an_account())
    kept = client.get_cookie("mcp_session")
    assert kept is not None

    asked = client.get("/deconnexion")
    done = client.post("/deconnexion")

    assert 'id="confirmer-deconnexion"' in asked.text
    assert done.status_code == 303
    assert "Vous êtes déconnecté" in client.get("/deconnexion").text
    client.set_cookie("mcp_session", kept.value)
    assert client.get("/profil").location.startswith("/connexion")
    assert "signed_out" in db.session.scalars(select(JournalEntry.event)).all()


def test_sign_out_during_the_first_connection_says_how_to_resume(client: FlaskClient) -> None:
    signed_in(client, an_account(state=AccountState.ACTIVATION))

    assert "vous reprendrez à la même étape" in client.get("/deconnexion").text


def test_profile_shows_what_is_known(client: FlaskClient) -> None:
    signed_in(client, an_account(identifiant="P7K3M9XTR4", phone="+33612345678"))

    page = client.get("/profil").text

    assert "P-7K3M-9XTR-4" in page
    assert "06 12 34 56 78" in page
    assert "claire.martin@exemple.fr" in page


def test_lost_doors_say_what_to_do(client: FlaskClient) -> None:
    assert "N° utilisateur" in client.get("/identifiant-perdu").text
    assert "/identifiant-perdu" in client.get("/mot-de-passe-oublie").text
