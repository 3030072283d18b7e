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


def test_user_is_changed_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    walk(phone, provider, lambda page: None)


def test_pages_of_a_user_are_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)
