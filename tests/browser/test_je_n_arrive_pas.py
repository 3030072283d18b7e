"""« Je n'arrive pas à me connecter », on a phone without JavaScript, then by the keyboard alone."""

import pytest
from gestes import judge
from playwright.sync_api import Page, expect
from visitor import Provider

pytestmark = pytest.mark.browser


def test_question_leads_to_the_right_door_without_javascript(
    phone: Page, provider: Provider
) -> None:
    phone.goto(f"{provider.issuer}/connexion")
    phone.get_by_role("link", name="Je n’arrive pas à me connecter").click()
    phone.get_by_role("button", name="Que faire ?").click()
    phone.get_by_label("Le SIRET de mon organisme").check()
    phone.get_by_role("button", name="Que faire ?").click()
    expect(phone.get_by_role("status")).to_contain_text("Le SIRET ne suffit pas")
    phone.get_by_role("link", name="Voir où se trouve").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Identifiant perdu")
    expect(phone.get_by_role("img", name="Quittance intitulée")).to_be_visible()
    expect(phone.get_by_role("img", name="Courriel intitulé")).to_be_visible()


def test_keyboard_alone_finds_the_door(page: Page, provider: Provider) -> None:
    page.goto(f"{provider.issuer}/je-n-arrive-pas-a-me-connecter")
    page.get_by_label("Les deux courriers de la Caf").focus()
    for _down in range(4):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Mon adresse mail")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(
        "un courriel vous rappelle votre identifiant"
    )
    page.locator("#porte").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mot de passe oublié")


def test_pages_of_help_and_texts_are_accessible(page: Page, provider: Provider) -> None:
    for path in (
        "/connexion",
        "/je-n-arrive-pas-a-me-connecter",
        "/je-n-arrive-pas-a-me-connecter?j-ai=provisoire-expire",
        "/je-n-arrive-pas-a-me-connecter?j-ai=",
        "/identifiant-perdu",
        "/aide/cookies",
        "/aide/donnees-personnelles",
        "/aide/regles-d-usage",
        "/aide/conditions-d-utilisation",
        "/aide/mentions-legales",
        "/aide/accessibilite",
    ):
        page.goto(f"{provider.issuer}{path}")
        judge(page)
