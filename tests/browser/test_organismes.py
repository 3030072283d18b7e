"""A person of two organismes, on a phone without JavaScript: chooses, switches, opens a service for the second."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from factories import (
    PASSWORD,
    a_contrat,
    a_groupe,
    a_rattachement,
    an_habilitation,
    an_organisme,
)
from flows import CHALLENGE, VERIFIER
from gestes import PHONE, judge, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.db import transaction

pytestmark = pytest.mark.browser

CALLBACK = "http://localhost:8001/callback"


def somebody(provider: Provider, organismes: int) -> str:
    """Claire Martin of LES OLIVIERS and of these SCI, habilitated in each; her identifiant."""
    person = provider.somebody()
    with provider.app.app_context(), transaction():
        for rank in range(2, organismes + 1):
            sci = an_organisme(
                raison_sociale=f"SCI DES PEUPLIERS {rank}",
                siret=f"130012345000{rank:02}",
                adresse=["SCI DES PEUPLIERS", f"35{rank:02}0 SAINT-MÉEN-LE-GRAND"],
            )
            place = a_rattachement(person.account, sci)
            an_habilitation(place, a_groupe(a_contrat(sci)))
        return str(person.account.identifiant)


def test_choose_switch_and_open_a_service_for_the_second(phone: Page, provider: Provider) -> None:
    identifiant = somebody(provider, 2)
    phone.goto(f"{provider.issuer}/accueil")
    type_identifiers(phone, identifiant, PASSWORD)

    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "Pour quel organisme travaillez-vous ?"
    )
    phone.get_by_role("button", name="Valider").click()
    expect(phone.get_by_role("alert")).to_contain_text("Choisissez un organisme")
    phone.get_by_label("LES OLIVIERS").check()
    phone.get_by_role("button", name="Valider").click()
    expect(phone.locator("main")).to_contain_text("Organisme partenaire : LES OLIVIERS")

    phone.goto(f"{provider.issuer}/profil")
    phone.get_by_role("link", name="Changer d’organisme").focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_label("LES OLIVIERS")).to_be_checked()
    phone.wait_for_load_state()
    phone.get_by_label("SCI DES PEUPLIERS 2").check()
    phone.get_by_role("button", name="Valider").click()

    expect(phone).to_have_url(f"{provider.issuer}/profil")
    expect(phone.get_by_role("banner")).to_contain_text("SCI DES PEUPLIERS 2")
    expect(phone.get_by_role("status")).to_contain_text("SCI DES PEUPLIERS 2")
    assert _opened_for(phone, provider) == "SCI DES PEUPLIERS 2"


def _opened_for(phone: Page, provider: Provider) -> str:
    """Offre Bailleurs, reached without another word; the organisme that it is told."""
    asked = {
        "response_type": "code",
        "client_id": "offre-bailleurs",
        "redirect_uri": CALLBACK,
        "scope": "openid organisme",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    answer = phone.request.get(
        f"{provider.issuer}/oidc/authorize?{urlencode(asked)}", max_redirects=0
    )
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    service = provider.app.test_client()
    tokens = service.post("/oidc/token", data=form, auth=_as_offre_bailleurs(provider))
    assert tokens.status_code == 200, tokens.text
    bearer = {"Authorization": f"Bearer {tokens.json['access_token']}"}
    told = service.get("/oidc/userinfo", headers=bearer).json or {}
    return str(told["organisme"]["raison_sociale"])


def _as_offre_bailleurs(provider: Provider) -> tuple[str, str]:
    return "offre-bailleurs", provider.secret("offre-bailleurs")


def test_pages_of_the_choice_are_accessible(page: Page, provider: Provider) -> None:
    """axe-core needs scripts: the same pages, judged with them."""
    page.set_viewport_size(PHONE)
    page.goto(f"{provider.issuer}/accueil")
    type_identifiers(page, somebody(provider, 9), PASSWORD)

    judge(page)
    page.get_by_label("Rechercher un organisme").fill("peupliers 7")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("1 organisme sur 9")
    judge(page)
    page.get_by_role("button", name="Valider").click()
    judge(page)
    page.get_by_label("SCI DES PEUPLIERS 7").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("banner")).to_contain_text("SCI DES PEUPLIERS 7")
    judge(page)
