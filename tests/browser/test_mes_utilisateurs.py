"""« Mes utilisateurs » of a big organisme: found, filtered, turned over, come back to; on a phone, then judged."""

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

from idp.clock import now
from idp.db import transaction
from idp.habilitations.models import Role

pytestmark = pytest.mark.browser


def an_administrateur(provider: Provider) -> str:
    """Of sixty users, one of whom holds many groupes and refuses our mails; their identifiant."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        contrat = a_contrat(organisme)
        groupes = [
            a_groupe(
                contrat,
                code=f"offre-bailleurs:x:{rank}",
                libelle=f"Logements privés – Zone {rank:02}",
            )
            for rank in range(12)
        ]
        chef = an_account(email="chef@exemple.fr", family_name="Zola")
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        for rank in range(60):
            user = an_account(family_name=f"Berger {rank:02}", email=f"b{rank}@exemple.fr")
            an_habilitation(a_rattachement(user, organisme), groupes[0])
        nadia = an_account(
            given_name="Nadia", family_name="Abel", email="nadia@exemple.fr", mail_refused_at=now()
        )
        place = a_rattachement(nadia, organisme)
        for groupe in groupes:
            an_habilitation(place, groupe)
        return str(chef.identifiant)


def first(page: Page) -> str:
    """Whom the list begins with."""
    return page.locator("tbody tr").first.get_by_role("link").inner_text()


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """Pages, filters, a file, and back."""
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    expect(page.locator("tbody tr").first).to_contain_text("et 9 autres")
    expect(page.locator("tbody tr").first).to_contain_text("Mail non distribué")
    look(page)
    page.get_by_role("link", name="Page suivante").click()
    second = first(page)
    page.get_by_role("link", name="Page suivante").click()
    page.get_by_role("link", name="Page précédente").click()
    assert first(page) == second
    look(page)

    page.get_by_label("Rechercher un nom").fill("berger")
    page.get_by_text("Filtrer et trier").click()
    look(page)
    page.get_by_label("État").select_option("Actif")
    page.get_by_label("Groupe d’habilitation").select_option("Logements privés – Zone 00")
    page.get_by_label("Trier par").select_option("Nom, de Z à A")
    page.get_by_role("button", name="Afficher").click()
    expect(page.locator("caption")).to_contain_text("60 utilisateurs pour « berger », 2 filtres")
    assert first(page) == "Claire Berger 59"
    look(page)

    page.get_by_role("link", name="Page suivante").click()
    place = page.url
    page.locator("tbody tr").nth(4).get_by_role("link").click()
    page.get_by_role("link", name="Retour à mes utilisateurs").click()
    assert page.url.split("#")[0] == place

    page.get_by_role("link", name="Retirer le filtre Groupe").click()
    expect(page.get_by_role("link", name="Retirer le filtre")).to_have_count(1)
    page.get_by_label("Rechercher un nom").fill("personne de ce nom")
    page.get_by_role("button", name="Rechercher").click()
    expect(page.locator("main")).to_contain_text("Aucun utilisateur ne correspond")
    look(page)
    page.get_by_role("link", name="Voir tous les utilisateurs").click()
    expect(page.locator("caption")).to_contain_text("62 utilisateurs")


def test_users_are_found_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    walk(phone, provider, lambda page: None)


def test_pages_of_the_list_are_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)


def test_the_list_is_sorted_by_its_columns(page: Page, provider: Provider) -> None:
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    type_identifiers(page, an_administrateur(provider), PASSWORD)

    page.get_by_role("link", name="Nom : trier").click()

    assert first(page) == "Claire Zola"
    expect(page.get_by_role("columnheader", name="Nom : trier")).to_have_attribute(
        "aria-sort", "descending"
    )
