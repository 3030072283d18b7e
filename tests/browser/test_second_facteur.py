"""A second factor from its enrolment to its loss, on a phone, without JavaScript; passkeys have their journey."""

import re

import pyotp
import pytest
from factories import PASSWORD
from flows import Bailleur
from gestes import judge, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp import clock

pytestmark = pytest.mark.browser


def sign_in(page: Page, issuer: str, person: Bailleur) -> None:
    """The two boxes, and whatever follows."""
    page.goto(f"{issuer}/connexion")
    type_identifiers(page, person.account.identifiant, PASSWORD)


def type_code(page: Page, code: str) -> None:
    page.get_by_label("Code", exact=False).first.fill(code)
    page.get_by_role("button", name="Valider").click()


def enrol(page: Page, issuer: str) -> tuple[pyotp.TOTP, list[str]]:
    """The application that was added, and the ten codes of the paper."""
    page.goto(f"{issuer}/profil/double-authentification")
    page.get_by_role("link", name="Quel moyen choisir").click()
    for question in ("téléphone portable avec vous", "Êtes-vous seul", "Déverrouillez-vous"):
        answer = "Oui" if "téléphone portable" in question else "Non"
        page.get_by_role("group", name=re.compile(question)).get_by_label(answer).check()
    page.get_by_role("button", name="Voir le moyen").click()
    expect(page.get_by_role("status")).to_contain_text("Une application d’authentification")
    page.get_by_role("link", name="Ajouter une application d’authentification").click()
    application = pyotp.TOTP(page.locator("#cle").inner_text().replace(" ", "").upper())
    page.get_by_label("Nom de cette application").fill("Téléphone du bureau")
    type_code(page, application.at(clock.now(), counter_offset=-1))
    codes = page.locator(".mcp-codes .mcp-code").all_inner_texts()
    page.get_by_role("link", name="continuer").click()
    return application, codes


def test_second_factor_is_added_shown_lost_and_removed(phone: Page, provider: Provider) -> None:
    person = provider.somebody()
    sign_in(phone, provider.issuer, person)
    application, codes = enrol(phone, provider.issuer)
    expect(phone.get_by_role("main")).to_contain_text("Téléphone du bureau")
    assert len(codes) == 10

    phone.context.clear_cookies()
    sign_in(phone, provider.issuer, person)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Double authentification")
    type_code(phone, "000000")
    expect(phone.get_by_role("alert")).to_contain_text("Ce code n’est pas le bon")
    type_code(phone, application.now())
    expect(phone).to_have_url(re.compile("/accueil$"))

    phone.context.clear_cookies()
    sign_in(phone, provider.issuer, person)
    type_code(phone, codes[0].lower())
    phone.goto(f"{provider.issuer}/profil/double-authentification")
    expect(phone.get_by_role("main")).to_contain_text("9 codes")
    phone.get_by_role("link", name="Retirer Téléphone du bureau").click()
    expect(phone.get_by_role("main")).to_contain_text("C’est votre dernier moyen")
    phone.get_by_role("button", name="Retirer").click()
    expect(phone.get_by_role("status")).to_contain_text("L’application est retirée")


def test_pages_of_the_second_factor_are_accessible(page: Page, provider: Provider) -> None:
    """axe-core needs JavaScript; each page of the journey, and its errors."""
    issuer, person = provider.issuer, provider.somebody()
    sign_in(page, issuer, person)
    for path in ("", "/aide", "/aide?telephone=oui&seul=oui&deverrouille=oui", "/aide?seul=oui"):
        page.goto(f"{issuer}/profil/double-authentification{path}")
        judge(page)
    page.goto(f"{issuer}/profil/double-authentification/application")
    judge(page)
    type_code(page, "000000")
    judge(page)
    application = pyotp.TOTP(page.locator("#cle").inner_text().replace(" ", "").upper())
    type_code(page, application.at(clock.now(), counter_offset=-1))
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos codes de secours")
    judge(page)
    page.get_by_role("link", name="continuer").click()
    judge(page)
    page.get_by_role("link", name="Retirer").click()
    judge(page)
    page.goto(f"{issuer}/profil/double-authentification/codes")
    judge(page)
    page.context.clear_cookies()
    sign_in(page, issuer, person)
    judge(page)
    type_code(page, "000000")
    judge(page)
    page.get_by_label("Ne plus demander ce code").check()
    type_code(page, application.now())
    page.goto(f"{issuer}/profil/double-authentification")
    expect(page.get_by_role("main")).to_contain_text("1 navigateur")
    judge(page)
