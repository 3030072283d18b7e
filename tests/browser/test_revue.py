"""The yearly review, from « Commencer » to its signed summary: on a phone, by keyboard, judged."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

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
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import Role

pytestmark = pytest.mark.browser
NOW = datetime.now(UTC)


def an_administrateur(provider: Provider) -> str:
    """Of LES OLIVIERS: a colleague who sleeps, one who never came, two who are well; their identifiant."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        groupe = a_groupe(a_contrat(organisme), libelle="Logements privés – Caf d’Ille-et-Vilaine")
        chef = an_account(email="chef@exemple.fr", last_login_at=NOW)
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        for nom, vu in [
            ("Basile Aubry", NOW - timedelta(days=600)),
            ("Camille Roy", None),
            ("Nadia Le Gall", NOW),
            ("Zoé Petit", NOW),
        ]:
            given, family = nom.split(" ", 1)
            user = an_account(
                given_name=given, family_name=family, email=f"{given}@exemple.fr", last_login_at=vu
            )
            place = a_rattachement(user, organisme, created_at=NOW - timedelta(days=400))
            an_habilitation(place, groupe, granted_by=chef.id, granted_as=Qualite.ADMINISTRATEUR)
        return str(chef.identifiant)


def begin(page: Page, provider: Provider) -> None:
    """« Commencer la revue », from the menu's address."""
    page.goto(f"{provider.issuer}/habilitations/revue")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Revue des habilitations")


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """From the first person to the end, with a change of mind."""
    begin(page, provider)
    look(page)
    page.get_by_role("button", name="Commencer la revue").click()
    expect(page.get_by_text("0 sur 4").first).to_be_visible()
    expect(page.get_by_role("heading", level=2).first).to_have_text("Basile Aubry")
    look(page)
    page.get_by_role("button", name="Retirer l’accès de Basile Aubry").click()
    expect(page.locator("#derniere")).to_contain_text("Basile Aubry : accès à retirer")
    look(page)
    page.get_by_role("button", name="Annuler la réponse pour Basile Aubry").click()
    expect(page.locator("#derniere")).to_contain_text("de nouveau à revoir")
    page.get_by_role("button", name="Retirer l’accès de Basile Aubry").click()
    expect(page.get_by_text("1 sur 4").first).to_be_visible()
    page.get_by_role("button", name="Garder l’accès de Camille Roy").click()
    expect(page.get_by_text("2 sur 4").first).to_be_visible()
    page.get_by_role("link", name="Garder les 2 accès sans rien à signaler").click()
    expect(page.locator("#concernes")).to_contain_text("Nadia Le Gall")
    look(page)
    page.get_by_role("button", name="Garder").click()
    page.get_by_role("link", name="Tous", exact=True).click()
    look(page)
    page.get_by_role("link", name="Terminer la revue").click()
    expect(page.locator("#changements")).to_contain_text("1 personne perdra son accès")
    look(page)
    page.get_by_role("button", name="Terminer la revue").click()
    expect(page.get_by_role("link", name="Télécharger le compte rendu signé")).to_be_visible()
    look(page)
    page.goto(f"{provider.issuer}/aide/documents-signes")
    look(page)


def test_review_is_done_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    walk(phone, provider, lambda page: None)


def test_pages_of_the_review_are_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)


def test_each_person_takes_one_key(page: Page, provider: Provider) -> None:
    begin(page, provider)
    page.get_by_role("button", name="Commencer la revue").click()
    row = page.locator(".mcp-revue > li")
    expect(row).to_have_count(4)

    # Nothing answers outside the list.
    page.locator("#contenu").focus()
    page.keyboard.press("r")
    row.nth(0).focus()
    page.keyboard.press("Control+g")
    expect(row).to_have_count(4)

    page.keyboard.press("r")
    expect(row).to_have_count(3)
    expect(row.nth(0)).to_be_focused()
    expect(page.locator("[data-annonce]")).to_contain_text("Basile Aubry : accès à retirer")
    expect(page.locator("[data-annonce]")).to_contain_text("1 sur 4")
    page.keyboard.press("ArrowDown")
    expect(row.nth(1)).to_be_focused()
    page.keyboard.press("g")
    expect(page.locator("#derniere")).to_contain_text("Nadia Le Gall : accès gardé")
    expect(row.filter(has_text="Zoé Petit")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("#derniere")).to_contain_text("Nadia Le Gall : de nouveau à revoir")
    expect(row.filter(has_text="Nadia Le Gall")).to_be_focused()
    for _person in range(3):
        left = row.count()
        page.keyboard.press("g")
        expect(row).to_have_count(left - 1)
    expect(page.get_by_role("link", name="Terminer la revue")).to_be_visible()
