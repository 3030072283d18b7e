"""No typed text is lost: « Précédent », an error page, an expired session; with JavaScript and without."""

from urllib.parse import urlsplit

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
from sqlalchemy import update
from visitor import Provider

from idp.accounts.models import BrowserSession
from idp.clock import now
from idp.db import db, transaction
from idp.habilitations.models import Role

pytestmark = pytest.mark.browser
CREER = "/habilitations/utilisateurs/creer"


@pytest.fixture
def chef(provider: Provider) -> str:
    """The administrateur of LES OLIVIERS, where Nadia Le Gall holds « Logements privés »: their identifiant."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        contrat = a_contrat(organisme)
        groupe = a_groupe(contrat)
        a_groupe(
            contrat, code="offre-bailleurs:conventionne:359", libelle="Logements conventionnés"
        )
        chef = an_account(email="chef@exemple.fr")
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        nadia = an_account(given_name="Nadia", family_name="Le Gall", email="nadia@exemple.fr")
        an_habilitation(a_rattachement(nadia, organisme), groupe)
        return str(chef.identifiant)


def enter(page: Page, provider: Provider, chef: str, path: str) -> None:
    page.goto(provider.issuer + path)
    type_identifiers(page, chef, PASSWORD)


def end_sessions(provider: Provider) -> None:
    with provider.app.app_context(), transaction():
        db.session.execute(update(BrowserSession).values(ended_at=now()))


def type_a_user(page: Page) -> None:
    page.get_by_label("Nom").first.fill("Durand")
    page.get_by_label("Prénom").fill("Zoé")
    page.get_by_label("Adresse mail", exact=False).first.fill("zoe@exemple.fr")
    page.get_by_label("Itinérant").check()
    page.get_by_role("checkbox", name="Logements conventionnés").check()


def expect_the_user(page: Page) -> None:
    expect(page.get_by_label("Nom").first).to_have_value("Durand")
    expect(page.get_by_label("Prénom")).to_have_value("Zoé")
    expect(page.get_by_label("Itinérant")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Logements conventionnés")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Logements privés")).not_to_be_checked()


def kept(page: Page) -> list[str]:
    found: list[str] = page.evaluate("Object.keys(sessionStorage)")
    return found


def test_back_after_an_error_page_shows_what_was_typed(
    page: Page, provider: Provider, chef: str
) -> None:
    enter(page, provider, chef, CREER)
    type_a_user(page)
    page.evaluate("document.querySelector('[name=organisme]').value = 'autre'")
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cette page a changé entre-temps")

    page.go_back()

    expect_the_user(page)
    expect(page.locator("form [role=status]")).to_have_text("Voici ce que vous aviez saisi.")
    judge(page)


def test_back_after_leaving_a_form_shows_what_was_typed(
    page: Page, provider: Provider, chef: str
) -> None:
    enter(page, provider, chef, CREER)
    type_a_user(page)
    page.get_by_role("link", name="Annuler").click()
    page.go_back()
    expect_the_user(page)

    page.goto(provider.issuer + CREER)

    expect(page.get_by_label("Prénom")).to_have_value("")


def test_back_from_what_would_change_shows_what_was_chosen(
    page: Page, provider: Provider, chef: str
) -> None:
    enter(page, provider, chef, "/habilitations/utilisateurs")
    page.get_by_role("link", name="Nadia Le Gall").click()
    page.get_by_role("checkbox", name="Logements privés").uncheck()
    page.get_by_role("checkbox", name="Logements conventionnés").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui va changer")

    page.go_back()

    expect(page.get_by_role("checkbox", name="Logements privés")).not_to_be_checked()
    expect(page.get_by_role("checkbox", name="Logements conventionnés")).to_be_checked()
    page.get_by_role("button", name="Valider").click()
    expect(page.locator("#changements")).to_contain_text("perdra l’accès")


def test_nothing_stays_once_it_has_served(page: Page, provider: Provider, chef: str) -> None:
    enter(page, provider, chef, CREER)
    type_a_user(page)
    assert kept(page) == [f"saisie:{CREER}"]
    page.get_by_label("Confirmer l’adresse mail").fill("zoe@exemple.fr")
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status").first).to_contain_text(
        "partent immédiatement à zoe@exemple.fr"
    )

    page.wait_for_load_state()
    assert kept(page) == []
    page.go_back()
    expect(page.get_by_label("Prénom")).to_have_value("")


def test_nothing_stays_once_signed_out(page: Page, provider: Provider, chef: str) -> None:
    enter(page, provider, chef, CREER)
    type_a_user(page)

    page.get_by_role("button", name="Se déconnecter").click()
    page.wait_for_load_state()

    assert kept(page) == []


def test_passwords_are_never_kept(page: Page, provider: Provider) -> None:
    page.goto(f"{provider.issuer}/connexion")
    page.get_by_label("Mot de passe", exact=False).first.fill(PASSWORD)

    assert kept(page) == []
    assert page.locator("form[data-saisie]").count() == 0


def test_expired_session_gives_the_form_back(page: Page, provider: Provider, chef: str) -> None:
    walk_through_the_end(page, provider, chef)
    judge(page)


def test_expired_session_gives_the_form_back_on_a_phone_without_javascript(
    phone: Page, provider: Provider, chef: str
) -> None:
    walk_through_the_end(phone, provider, chef)


def walk_through_the_end(page: Page, provider: Provider, chef: str) -> None:
    enter(page, provider, chef, CREER)
    type_a_user(page)
    end_sessions(provider)
    page.get_by_role("button", name="Valider").click()
    type_identifiers(page, chef, PASSWORD)
    assert urlsplit(page.url).path == CREER
    expect(page.get_by_role("status").first).to_contain_text("Voici ce que vous aviez saisi")
    expect_the_user(page)
    page.get_by_label("Confirmer l’adresse mail").fill("zoe@exemple.fr")
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status").first).to_contain_text(
        "partent immédiatement à zoe@exemple.fr"
    )


def test_signing_in_again_in_another_tab_loses_nothing(
    page: Page, provider: Provider, chef: str
) -> None:
    enter(page, provider, chef, CREER)
    type_a_user(page)
    end_sessions(provider)
    other = page.context.new_page()
    enter(other, provider, chef, "/accueil")
    expect(other.get_by_role("heading", level=1)).to_contain_text("Bonjour")

    page.get_by_role("button", name="Valider").click()

    expect_the_user(page)


def test_signing_out_in_another_tab_loses_nothing(
    page: Page, provider: Provider, chef: str
) -> None:
    enter(page, provider, chef, CREER)
    type_a_user(page)
    other = page.context.new_page()
    other.goto(f"{provider.issuer}/accueil")
    other.get_by_role("button", name="Se déconnecter").click()
    other.wait_for_load_state()

    page.get_by_role("button", name="Valider").click()
    type_identifiers(page, chef, PASSWORD)

    expect_the_user(page)


def test_coming_back_to_the_form_without_javascript(
    phone: Page, provider: Provider, chef: str
) -> None:
    enter(phone, provider, chef, "/habilitations/utilisateurs")
    phone.get_by_role("link", name="Nadia Le Gall").click()
    phone.get_by_role("checkbox", name="Logements conventionnés").check()
    phone.get_by_label("Itinérant").check()
    phone.get_by_role("button", name="Valider").click()
    phone.get_by_role("button", name="Revenir au formulaire").click()

    expect(phone.get_by_role("heading", name="Modifier ses accès")).to_be_visible()
    expect(phone.get_by_role("checkbox", name="Logements conventionnés")).to_be_checked()
    expect(phone.get_by_label("Itinérant")).to_be_checked()
    phone.get_by_role("button", name="Valider").click()
    phone.get_by_role("button", name="Confirmer").click()
    expect(phone.get_by_role("status").first).to_contain_text("sont modifiés")
