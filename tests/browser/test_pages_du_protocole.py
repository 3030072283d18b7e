"""The pages that a request of a client may need, in Chromium: judged by axe-core, at the width of a phone too."""

from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from factories import PASSWORD, a_rattachement, an_organisme
from flows import CHALLENGE
from gestes import judge, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.accounts.models import Account
from idp.db import db, transaction

pytestmark = pytest.mark.browser

TIMEOUT_S = 20
CLIENT = "https://rp.example"


@pytest.fixture
def identifiant(provider: Provider) -> str:
    """Claire Martin, of two organismes, who works for the first."""
    person = provider.somebody()
    with provider.app.app_context(), transaction():
        a_rattachement(person.account, an_organisme(raison_sociale="SCI DES PEUPLIERS"))
        # Chosen once already: sign-in does not ask again.
        remembered = db.session.get_one(Account, person.account.id)
        remembered.last_rattachement_id = person.rattachement.id
    return str(person.account.identifiant)


@pytest.fixture
def registered(provider: Provider, page: Page) -> dict[str, Any]:
    """A client that is not of the Caf; its site answers « ici » everywhere."""
    page.route(f"{CLIENT}/**", lambda route: route.fulfill(body="<title>ici</title>ici"))
    metadata = {
        "client_name": "Gestion locative Essai",
        "redirect_uris": [f"{CLIENT}/callback"],
        "post_logout_redirect_uris": [f"{CLIENT}/sortie"],
        "frontchannel_logout_uri": f"{CLIENT}/fermer",
        "policy_uri": f"{CLIENT}/vie-privee",
        "tos_uri": f"{CLIENT}/conditions",
        "grant_types": ["authorization_code", "refresh_token"],
    }
    answer = requests.post(f"{provider.issuer}/oidc/register", json=metadata, timeout=TIMEOUT_S)
    return dict(answer.json())


def authorize(provider: Provider, **asked: str) -> str:
    return f"{provider.issuer}/oidc/authorize?{urlencode({'response_type': 'code', **asked})}"


def of_offre_bailleurs(provider: Provider, **asked: str) -> str:
    return authorize(
        provider,
        client_id="offre-bailleurs",
        redirect_uri="http://localhost:8001/callback",
        scope="openid",
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
        **asked,
    )


def of_the_client(provider: Provider, registered: dict[str, Any]) -> str:
    return authorize(
        provider,
        client_id=registered["client_id"],
        redirect_uri=f"{CLIENT}/callback",
        scope="openid profile email phone offline_access",
    )


def test_person_agrees_to_what_a_client_is_told(
    page: Page, provider: Provider, registered: dict[str, Any], identifiant: str
) -> None:
    page.goto(of_the_client(provider, registered))
    judge(page)
    type_identifiers(page, identifiant, PASSWORD)

    expect(page.get_by_role("heading", level=1)).to_contain_text("Gestion locative Essai")
    judge(page)
    page.locator("#autoriser").click()

    expect(page).to_have_title("ici")
    assert "code=" in page.url


def test_person_who_does_not_agree_goes_back_without_a_code(
    page: Page, provider: Provider, registered: dict[str, Any], identifiant: str
) -> None:
    page.goto(of_the_client(provider, registered))
    type_identifiers(page, identifiant, PASSWORD)

    page.locator("#annuler").click()

    expect(page).to_have_title("ici")
    assert "error=access_denied" in page.url


def test_person_chooses_the_organisme(page: Page, provider: Provider, identifiant: str) -> None:
    page.goto(of_offre_bailleurs(provider, prompt="select_account"))
    type_identifiers(page, identifiant, PASSWORD)
    judge(page)

    page.get_by_label("SCI DES PEUPLIERS").check()
    page.get_by_role("button", name="Valider").click()

    # No habilitation there: the page says so, under the name of the organisme that was chosen.
    expect(page.get_by_role("heading", level=1)).to_contain_text("Vous n’avez pas accès")
    expect(page.locator("body")).to_contain_text("SCI DES PEUPLIERS")
    judge(page)


def test_end_of_the_session_goes_through_the_services(
    page: Page, provider: Provider, registered: dict[str, Any], identifiant: str
) -> None:
    """Front-Channel Logout §3: each service in a frame, then back where the client asked."""
    page.goto(of_the_client(provider, registered))
    type_identifiers(page, identifiant, PASSWORD)
    page.locator("#autoriser").click()
    expect(page).to_have_title("ici")
    code = page.url.split("code=")[1].split("&")[0]
    tokens = requests.post(
        f"{provider.issuer}/oidc/token",
        data={
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{CLIENT}/callback",
        },
        auth=(registered["client_id"], registered["client_secret"]),
        timeout=TIMEOUT_S,
    ).json()
    framed: list[str] = []
    page.on("request", lambda request: framed.append(request.url))

    out = urlencode(
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": f"{CLIENT}/sortie"}
    )
    page.goto(f"{provider.issuer}/oidc/logout?{out}")

    expect(page).to_have_title("ici")
    assert page.url == f"{CLIENT}/sortie"
    assert any(url.startswith(f"{CLIENT}/fermer?") and "sid=" in url for url in framed)


def test_client_that_cannot_be_answered_leads_to_a_page(page: Page, provider: Provider) -> None:
    page.goto(of_offre_bailleurs(provider).replace("callback", "ailleurs"))

    expect(page.locator("main")).to_contain_text("redirect_uri")
    judge(page)
    page.goto(f"{provider.issuer}/aide/erreurs")
    judge(page)
