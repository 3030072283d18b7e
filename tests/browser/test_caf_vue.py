"""A superviseur looks at what an administrateur sees, finds nothing to press, and closes the view."""

import re

import pytest
from gestes import judge
from playwright.sync_api import Page, expect
from test_caf_assistance import arrange
from test_toutes_les_pages import enter
from visitor import Provider

from idp.habilitations.models import RoleAgent

pytestmark = pytest.mark.browser

MOTIF = "Appel de ce matin : ne trouve pas ses groupes"


def test_a_view_is_opened_walked_and_closed(page: Page, provider: Provider) -> None:
    dossier, agent = arrange(provider, RoleAgent.SUPERVISEUR)
    enter(page, provider, agent)
    page.goto(f"{provider.issuer}/caf/assistance/{dossier.chef.id}")
    page.get_by_role("link", name="Voir ce que voit Claire Martin").click()
    judge(page)
    page.get_by_role("button", name="Ouvrir la vue").click()
    expect(page.get_by_role("alert")).to_contain_text("Dites pourquoi")
    page.get_by_label("Motif").fill(MOTIF)
    page.get_by_role("button", name="Ouvrir la vue").click()
    expect(page.get_by_role("note")).to_contain_text(
        "Vue de Claire Martin (LES OLIVIERS) par la Caf"
    )
    judge(page)
    for title in ("Mes utilisateurs", "Mes groupes", "Journal"):
        page.get_by_text("Gestion des habilitations").first.click()
        page.get_by_role("navigation").get_by_role("link", name=title, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)
        expect(page.get_by_role("note")).to_contain_text("lecture seule")
        judge(page)
    page.go_back()
    page.get_by_role("link", name=re.compile("Logements privés")).first.click()
    expect(page.get_by_role("button", name="Retirer les personnes cochées")).to_be_disabled()
    judge(page)
    page.get_by_role("link", name="Nadia Martin").click()
    expect(page.get_by_role("button", name="Valider")).to_be_disabled()
    judge(page)
    # Nobody's file: a refusal still says whose view it is, and leads back to it.
    page.goto(re.sub(r"/utilisateurs/[^?#]*.*", f"/utilisateurs/{dossier.organisme.id}", page.url))
    expect(page.get_by_role("note")).to_contain_text("lecture seule")
    judge(page)
    page.get_by_role("link", name="Revenir à la vue").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")
    page.get_by_role("button", name="Fermer la vue").click()
    expect(page.get_by_role("status")).to_contain_text("La vue est fermée")


def test_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    dossier, agent = arrange(provider, RoleAgent.SUPERVISEUR)
    enter(phone, provider, agent)
    phone.goto(f"{provider.issuer}/caf/assistance/{dossier.user.id}/vue")
    phone.get_by_label("Motif").fill(MOTIF)
    phone.get_by_role("button", name="Ouvrir la vue").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Bonjour Nadia Martin")
    expect(phone.get_by_role("main")).to_contain_text("Offre Bailleurs")
    phone.get_by_role("button", name="Fermer la vue").click()
    expect(phone.get_by_role("status")).to_contain_text("La vue est fermée")


def test_a_gestionnaire_is_not_offered_it(page: Page, provider: Provider) -> None:
    dossier, agent = arrange(provider, RoleAgent.GESTIONNAIRE)
    enter(page, provider, agent)
    page.goto(f"{provider.issuer}/caf/assistance/{dossier.user.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nadia Martin")
    expect(page.get_by_role("link", name="Voir ce que voit")).to_have_count(0)
