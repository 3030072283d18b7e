"""Consent: asked for clients that are not of the Caf, remembered, and never asked for its services."""

import json
import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from factories import an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient
from flows import a_bailleur, answer, authorize
from registered import Registered, a_registered_client, agreed, register
from sql_budget import counted

from idp.accounts.models import BrowserSession
from idp.audit import JournalEntry
from idp.db import db
from idp.oidc.authorization.consentement import TOLD
from idp.oidc.models import Consent, Grant
from idp.oidc.scopes import Scope


@pytest.fixture
def essai(open_client: FlaskClient) -> Registered:
    """A client that registered itself, and Claire Martin signed in."""
    signed_in(open_client, an_account())
    response = register(
        open_client,
        client_name="Essai",
        scope="openid profile email phone",
        logo_uri="https://images.example:8443/logo.png?x=1",
        client_uri="https://rp.example/presentation",
        policy_uri="https://rp.example/donnees",
        tos_uri="https://rp.example/conditions",
    )
    return Registered(response.json or {})


def test_the_person_reads_what_is_told_and_agrees(
    open_client: FlaskClient, essai: Registered
) -> None:
    """Core §3.1.2.4: the dialogue makes clear what is asked."""
    page = essai.authorize(open_client, scope="openid profile email")

    assert "Autorisez-vous Essai" in page.text
    assert TOLD[Scope.EMAIL] in page.text
    assert TOLD[Scope.PROFILE] in page.text
    assert TOLD[Scope.PHONE] not in page.text
    assert 'href="https://rp.example/donnees"' in page.text
    assert 'href="https://rp.example/conditions"' in page.text
    assert 'href="https://rp.example/presentation"' in page.text
    assert "code" in answer(agreed(open_client, page))
    given = db.session.scalars(
        sa.select(JournalEntry).where(JournalEntry.event == "consent_given")
    ).one()
    assert given.data == {"client_id": essai.client_id, "scope": "openid profile email"}


def test_access_in_the_absence_of_the_person_is_told(open_client: FlaskClient) -> None:
    """Core §11: offline_access needs its own consent."""
    essai = a_registered_client(
        open_client,
        scope="openid offline_access",
        grant_types=["authorization_code", "refresh_token"],
    )
    signed_in(open_client, an_account())
    agreed(open_client, essai.authorize(open_client, scope="openid"))

    page = essai.authorize(open_client, scope="openid offline_access", prompt="consent")

    assert "même quand vous n’êtes pas connecté" in page.text
    assert "code" in answer(agreed(open_client, page))


def test_what_was_agreed_to_is_not_asked_again(open_client: FlaskClient, essai: Registered) -> None:
    agreed(open_client, essai.authorize(open_client, scope="openid profile email"))

    assert "code" in answer(essai.authorize(open_client, scope="openid email"))
    assert "code" in answer(essai.authorize(open_client, scope="openid", prompt="none"))
    more = essai.authorize(open_client, scope="openid phone")
    assert TOLD[Scope.PHONE] in more.text
    agreed(open_client, more)
    assert db.session.scalars(sa.select(Consent)).one().scope == "openid profile email phone"


def test_prompt_consent_asks_each_time_and_once(
    open_client: FlaskClient, essai: Registered
) -> None:
    """Core §3.1.2.1 consent."""
    agreed(open_client, essai.authorize(open_client))

    page = essai.authorize(open_client, prompt="consent")

    assert "Autorisez-vous" in page.text
    assert "code" in answer(agreed(open_client, page))


def test_no_page_under_prompt_none(open_client: FlaskClient, essai: Registered) -> None:
    """Core §3.1.2.6 consent_required."""
    assert answer(essai.authorize(open_client, prompt="none"))["error"] == "consent_required"


def test_claims_asked_one_by_one_are_agreed_to_as_well(
    open_client: FlaskClient, essai: Registered
) -> None:
    """The attack: the claims parameter tells more than the page showed."""
    agreed(open_client, essai.authorize(open_client, scope="openid"))
    claims = json.dumps({"userinfo": {"email": None}})

    assert TOLD[Scope.EMAIL] in essai.authorize(open_client, scope="openid", claims=claims).text


def test_annuler_tells_the_client_and_remembers_nothing(
    open_client: FlaskClient, essai: Registered
) -> None:
    page = essai.authorize(open_client, state="s").text
    cancel = re.search(r'id="annuler" href="([^"]+)"', page)

    assert cancel
    received = answer(open_client.get(cancel[1].replace("&amp;", "&")))
    assert (received["error"], received["state"]) == ("access_denied", "s")
    assert db.session.scalars(sa.select(Consent)).all() == []


def test_the_consent_of_one_person_is_nothing_for_another(
    open_client: FlaskClient, essai: Registered
) -> None:
    agreed(open_client, essai.authorize(open_client))
    signed_in(open_client, an_account())

    assert "Autorisez-vous" in essai.authorize(open_client).text


def test_the_agreement_is_protected_against_forgery(
    open_client: FlaskClient,
    open_app: Flask,
    essai: Registered,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The attack: a page of the client posts the form in the person's place."""
    action = re.search(
        r'action="(/oidc/authorize/consentement[^"]*)"', essai.authorize(open_client).text
    )
    monkeypatch.setitem(open_app.config, "WTF_CSRF_ENABLED", True)

    assert action
    assert open_client.post(action[1].replace("&amp;", "&")).status_code == 400
    assert db.session.scalars(sa.select(Consent)).all() == []


def test_who_signed_out_meanwhile_agrees_to_nothing(
    open_client: FlaskClient, essai: Registered
) -> None:
    page = essai.authorize(open_client)
    db.session.execute(sa.update(BrowserSession).values(ended_at=datetime.now(UTC)))

    after = agreed(open_client, page)

    assert after.location.startswith("/connexion?")
    assert db.session.scalars(sa.select(Consent)).all() == []


def test_a_service_of_the_caf_asks_nothing_even_when_it_asks_for_consent(
    client: FlaskClient,
) -> None:
    bailleur = a_bailleur()
    signed_in(client, bailleur.account, bailleur.rattachement)

    assert "code" in answer(authorize(client, prompt="consent"))


def test_only_this_page_shows_the_logo_and_leads_to_the_client(
    open_client: FlaskClient, essai: Registered
) -> None:
    """Content-Security-Policy: the origin of the logo, not its address."""
    policy = essai.authorize(open_client).headers["Content-Security-Policy"]
    elsewhere = open_client.get("/accueil").headers["Content-Security-Policy"]

    assert "img-src 'self' data: https://images.example:8443;" in policy
    assert "https://rp.example" in policy.partition("form-action")[2]
    assert "example" not in elsewhere.replace("ouvert.example", "").partition("form-action")[0]
    assert "https://rp.example" not in elsewhere


def test_the_login_page_presents_the_client(open_client: FlaskClient, essai: Registered) -> None:
    db.session.execute(sa.update(BrowserSession).values(ended_at=datetime.now(UTC)))
    to_login = essai.authorize(open_client)

    page = open_client.get(to_login.location)

    assert "https://images.example:8443/logo.png" in page.text
    assert 'href="https://rp.example/donnees"' in page.text
    assert 'href="https://rp.example/presentation"' in page.text
    assert "https://images.example:8443;" in page.headers["Content-Security-Policy"]


def test_the_page_costs_three_statements(open_client: FlaskClient, essai: Registered) -> None:
    """The session, the organismes of who works for none, and the consent; no grant is drawn."""
    essai.authorize(open_client)

    with counted() as statements:
        essai.authorize(open_client)

    assert len(statements) <= 3, statements
    assert db.session.scalars(sa.select(Grant)).all() == []
