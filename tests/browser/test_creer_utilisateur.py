"""« Créer un utilisateur » in an organisme of many groupes: searched, ticked, created; on a phone, then judged."""

from collections.abc import Callable

import pytest
from factories import (
    PASSWORD,
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_organisme,
)
from gestes import judge, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.db import transaction
from idp.habilitations.models import Role, TypeLogement

pytestmark = pytest.mark.browser


def an_administrateur(provider: Provider) -> str:
    """Of forty groupes of two types; their identifiant."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        contrat = a_contrat(organisme)
        for rank in range(20):
            for type_logement, nom in (
                (TypeLogement.PRIVE, "privés"),
                (TypeLogement.CONVENTIONNE, "conventionnés"),
            ):
                a_groupe(
                    contrat,
                    code=f"offre-bailleurs:{type_logement}:{rank}",
                    libelle=f"Logements {nom} – Caf n° {rank:02}",
                    type_logement=type_logement,
                )
        chef = an_account(email="chef@exemple.fr")
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        return str(chef.identifiant)


def open_form(page: Page, provider: Provider) -> None:
    """Names and address typed."""
    page.goto(f"{provider.issuer}/habilitations/utilisateurs/creer")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    page.get_by_label("Nom", exact=False).first.fill("Le Gall")
    page.get_by_label("Prénom").fill("Nadia")
    page.get_by_label("Adresse mail").first.fill("nadia@exemple.fr")
    page.get_by_label("Confirmer l’adresse mail").fill("nadia@exemple.fr")


def create(page: Page, look: Callable[[Page], None]) -> None:
    """From « Valider » to the next one."""
    look(page)
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Utilisateur créé")
    expect(page.locator("main")).to_contain_text("Logements privés – Caf n° 07")
    look(page)
    page.get_by_role("link", name="Ouvrir la fiche de Nadia Le Gall").click()
    expect(page.get_by_role("checkbox", name="Logements privés – Caf n° 07")).to_be_checked()
    look(page)
    page.go_back()
    page.get_by_role("link", name="Créer un autre utilisateur").click()
    expect(page.get_by_label("Prénom")).to_have_value("")


def test_user_is_created_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    open_form(phone, provider)
    phone.get_by_label("Rechercher un groupe").fill("prives 07")
    phone.get_by_role("button", name="Rechercher").click()
    expect(phone.get_by_label("Prénom")).to_have_value("Nadia")
    expect(phone.get_by_role("checkbox")).to_have_count(1)
    phone.get_by_role("checkbox", name="Logements privés – Caf n° 07").check()

    create(phone, lambda page: None)


def test_pages_of_a_creation_are_accessible(page: Page, provider: Provider) -> None:
    open_form(page, provider)
    judge(page)
    page.get_by_label("Rechercher un groupe").fill("prives 07")
    expect(page.get_by_role("checkbox")).to_have_count(1)
    page.get_by_role("checkbox", name="Logements privés – Caf n° 07").check()
    page.get_by_label("Rechercher un groupe").fill("conventionnés")
    # What is ticked stays in sight, whatever is searched.
    expect(page.get_by_role("checkbox")).to_have_count(21)

    create(page, judge)


def test_boxes_are_ticked_by_the_dozen(page: Page, provider: Provider) -> None:
    open_form(page, provider)
    page.get_by_label("Rechercher un groupe").fill("conventionnés 1")
    page.get_by_role("button", name="Tout cocher").click()
    page.get_by_label("Rechercher un groupe").fill("")

    expect(page.locator("input[name=groupes]:checked")).to_have_count(11)
    expect(page.locator("main")).to_contain_text("11 cochés sur 20")
    page.get_by_label("Rechercher un groupe").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Créer un utilisateur partenaire")


def test_double_click_creates_one_user(page: Page, provider: Provider) -> None:
    open_form(page, provider)

    page.get_by_role("button", name="Valider").dblclick()

    expect(page.get_by_role("heading", level=1)).to_have_text("Utilisateur créé")
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    expect(page.locator("caption")).to_contain_text("2 utilisateurs")
