"""An administrateur changes a user: told first, then done, closed and opened again; on a phone, then judged."""

from collections.abc import Callable

import pytest
from factories import (
    PASSWORD,
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
)
from gestes import judge, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.db import transaction
from idp.habilitations.models import Role

pytestmark = pytest.mark.browser


def an_administrateur(provider: Provider) -> str:
    """Of LES OLIVIERS, whose user Nadia Le Gall holds « Logements privés »; their identifiant."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        contrat = a_contrat(organisme)
        groupe = a_groupe(contrat, libelle="Logements privés – Caf d’Ille-et-Vilaine")
        a_groupe(
            contrat, code="offre-bailleurs:conventionne:359", libelle="Logements conventionnés"
        )
        chef = an_account(email="chef@exemple.fr")
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        user = an_account(given_name="Nadia", family_name="Le Gall", email="nadia@exemple.fr")
        an_habilitation(a_rattachement(user, organisme), groupe)
        return str(chef.identifiant)


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """From « Mes utilisateurs » to a closed access and back."""
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    page.get_by_role("link", name="Nadia Le Gall").click()
    look(page)
    page.get_by_role("checkbox", name="Logements privés").uncheck()
    page.get_by_role("checkbox", name="Logements conventionnés").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.locator("#changements")).to_contain_text(
        "Nadia Le Gall perdra l’accès à Offre Bailleurs – Logements privés"
    )
    look(page)
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_role("status")).to_contain_text("sont modifiés")
    expect(page.get_by_role("checkbox", name="Logements privés")).not_to_be_checked()
    page.get_by_role("link", name="Clore l’accès de Nadia Le Gall").click()
    look(page)
    page.get_by_role("button", name="Clore l’accès").click()
    expect(page.get_by_role("heading", name="Accès clos")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Rouvrir l’accès").click()
    expect(page.get_by_role("heading", name="Modifier ses accès")).to_be_visible()


def correct(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """Names, then the address, from the file and back to it."""
    page.goto(f"{provider.issuer}/habilitations/utilisateurs?q=gall")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    page.get_by_role("link", name="Nadia Le Gall").click()
    page.get_by_role("link", name="Corriger son identité").click()
    look(page)
    page.get_by_label("Nom", exact=False).first.fill("Le Goff")
    page.get_by_label("Téléphone").fill("12")
    page.get_by_role("button", name="Valider").click()
    look(page)
    page.get_by_label("Téléphone").fill("06 12 34 56 78")
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status")).to_contain_text("à jour")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nadia Le Goff")
    page.get_by_role("link", name="Remplacer son adresse mail").click()
    look(page)
    page.get_by_label("Nouvelle adresse mail").first.fill("goff@exemple.fr")
    page.get_by_label("Confirmer la nouvelle adresse mail").fill("goff@exemple.fr")
    page.get_by_role("button", name="Valider").click()
    expect(page.locator("main")).to_contain_text("À confirmer par cette personne")
    look(page)
    page.get_by_role("link", name="Retour à mes utilisateurs").click()
    assert page.url.split("#")[0].endswith("/habilitations/utilisateurs?q=gall")


def test_user_is_corrected_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    correct(phone, provider, lambda page: None)


def test_pages_that_correct_a_user_are_accessible(page: Page, provider: Provider) -> None:
    correct(page, provider, judge)


def test_second_of_two_browsers_is_told_and_sees_both(
    page: Page, another_page: Page, provider: Provider
) -> None:
    """Two administrateurs open the same user; what the first one does is not undone by the second one."""
    identifiant = an_administrateur(provider)
    for browser in (page, another_page):
        browser.goto(f"{provider.issuer}/habilitations/utilisateurs")
        type_identifiers(browser, identifiant, PASSWORD)
        browser.wait_for_load_state()
        browser.get_by_role("link", name="Nadia Le Gall").click()

    page.get_by_role("checkbox", name="Logements conventionnés").check()
    page.get_by_role("button", name="Valider").click()
    page.get_by_role("button", name="Confirmer").click()
    another_page.get_by_label("Itinérant").check()
    another_page.get_by_role("checkbox", name="Logements privés").uncheck()
    another_page.get_by_role("button", name="Valider").click()
    another_page.get_by_role("button", name="Confirmer").click()

    expect(another_page.get_by_role("alert")).to_contain_text("entre-temps")
    expect(another_page.locator("#maintenant")).to_contain_text("Logements conventionnés")
    expect(another_page.locator("#maintenant")).to_contain_text("sédentaire")
    expect(another_page.get_by_label("Itinérant")).to_be_checked()
    expect(another_page.get_by_role("checkbox", name="Logements privés")).not_to_be_checked()
    judge(another_page)


def test_second_of_two_browsers_that_correct_names_sees_both(
    page: Page, another_page: Page, provider: Provider
) -> None:
    identifiant = an_administrateur(provider)
    for browser in (page, another_page):
        browser.goto(f"{provider.issuer}/habilitations/utilisateurs")
        type_identifiers(browser, identifiant, PASSWORD)
        browser.wait_for_load_state()
        browser.get_by_role("link", name="Nadia Le Gall").click()
        browser.get_by_role("link", name="Corriger son identité").click()

    page.get_by_label("Nom", exact=False).first.fill("Le Goff")
    page.get_by_role("button", name="Valider").click()
    another_page.get_by_label("Nom", exact=False).first.fill("Le Guen")
    another_page.get_by_role("button", name="Valider").click()

    expect(another_page.locator("main")).to_contain_text("Actuellement : Le Goff")
    expect(another_page.get_by_label("Nom", exact=False).first).to_have_value("Le Guen")


def test_user_is_changed_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    walk(phone, provider, lambda page: None)


def test_pages_of_a_user_are_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)
