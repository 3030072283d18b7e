"""The doors of who cannot sign in any more, on a phone, from the home page to the accueil (guide, page 2)."""

import pytest
from gestes import (
    HOME,
    IDENTIFIANT,
    PHONE,
    SECRET,
    found,
    go_through_the_steps,
    judge,
    letter,
    mail,
    sign_out,
    type_identifiers,
)
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("demonstration")]

ORGANISME = "SCI DES TROIS MOULINS"
NUMERO = "359 00007104001"
SIRET = "732 829 320 00074"
ADDRESS = "odile.moulin@exemple.fr"
NEW = "Neuf barques bleues au mouillage"


def test_letters_lost_then_a_password_forgotten(page: Page) -> None:
    page.set_viewport_size(PHONE)

    identifiant, secret = _lost_letters(page)
    page.goto(f"{HOME}/premiere-connexion")
    type_identifiers(page, identifiant, secret)
    go_through_the_steps(page, email_proven=False, prenom="Odile", nom="Moulin", email=ADDRESS)
    expect(page).to_have_url(f"{HOME}/accueil")
    sign_out(page)

    provisional = _forgotten_password(page)
    page.goto(f"{HOME}/connexion")
    type_identifiers(page, ADDRESS, provisional)
    _choose_a_password(page)
    expect(page).to_have_url(f"{HOME}/accueil")
    assert "Votre mot de passe a été changé" in mail(page, ADDRESS, "a été changé")


def _lost_letters(page: Page) -> tuple[str, str]:
    page.goto(f"{HOME}/connexion")
    page.get_by_role("link", name="Identifiant perdu").click()
    judge(page)
    page.get_by_role("textbox", name="N° utilisateur").fill(SIRET)
    page.get_by_role("button", name="Recevoir mes identifiants").click()
    expect(page.locator("main")).to_contain_text("ressemble à un SIRET")
    judge(page)
    page.get_by_role("textbox", name="N° utilisateur").fill(NUMERO)
    page.get_by_role("button", name="Recevoir mes identifiants").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos identifiants sont en route")
    judge(page)
    _wait_for_another_batch(page)
    identifiant = found(IDENTIFIANT, letter(page, "Courriers de l’identifiant", ORGANISME))
    return identifiant, found(SECRET, letter(page, "Courriers du mot de passe", ORGANISME))


def _wait_for_another_batch(page: Page) -> None:
    for _attempt in range(60):
        page.goto(f"{HOME}/demo/")
        if page.get_by_role("link", name="Courriers du mot de passe", exact=True).count() > 1:
            return
        page.wait_for_timeout(250)
    raise AssertionError("no letter left")


def _forgotten_password(page: Page) -> str:
    page.goto(f"{HOME}/connexion")
    page.get_by_role("link", name="Mot de passe oublié").click()
    judge(page)
    page.get_by_label("Adresse mail ou identifiant").fill(ADDRESS)
    page.get_by_role("button", name="Recevoir un mot de passe provisoire").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Regardez vos courriels")
    judge(page)
    text = mail(page, ADDRESS, "mot de passe provisoire")
    assert ORGANISME in text
    return found(SECRET, text)


def _choose_a_password(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Choisissez un nouveau mot de passe")
    judge(page)
    page.get_by_role("textbox", name="Nouveau mot de passe").fill(NEW)
    page.get_by_role("textbox", name="Confirmer le mot de passe").fill(NEW)
    page.get_by_role("button", name="Valider").click()
