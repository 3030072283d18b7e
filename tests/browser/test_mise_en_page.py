"""What only the eye sees: a list on paper, the menu on a phone, lines that break where French lets them."""

import pytest
from factories import PASSWORD, a_contrat, a_groupe, a_rattachement, an_account, an_organisme
from gestes import PHONE, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.db import transaction
from idp.habilitations.models import Role

pytestmark = pytest.mark.browser
LISTE = "/habilitations/utilisateurs"
A4_INSIDE_MARGINS = {"width": 718, "height": 1000}
BREAKS = r"/ [:;!?»]|« /.exec(document.querySelector('main').innerText)"


@pytest.fixture
def administrateur(page: Page, provider: Provider) -> Page:
    """The list of LES OLIVIERS, shown to the administrateur alone there."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        a_groupe(a_contrat(organisme))
        chef = an_account(email="chef@exemple.fr")
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        identifiant = str(chef.identifiant)
    page.goto(provider.issuer + LISTE)
    type_identifiers(page, identifiant, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Mes utilisateurs")
    return page


def test_list_is_printed_as_a_list(administrateur: Page) -> None:
    administrateur.set_viewport_size(A4_INSIDE_MARGINS)
    administrateur.emulate_media(media="print")

    row = administrateur.locator(".mcp-tableau tbody tr").first
    assert row.evaluate("row => getComputedStyle(row).display") == "table-row"
    expect(administrateur.locator(".mcp-tableau thead")).to_be_visible()
    for screen_only in (".mcp-filtrage", ".mcp-exporter", ".mcp-aide-page", ".mcp-menu"):
        expect(administrateur.locator(screen_only)).to_be_hidden()


def test_open_menu_has_the_width_of_a_phone(administrateur: Page) -> None:
    administrateur.set_viewport_size(PHONE)

    administrateur.locator("summary", has_text="Gestion des habilitations").click()

    tops = {}
    for name in ("Accueil", "Mon profil"):
        box = administrateur.get_by_role("link", name=name, exact=True).bounding_box()
        assert box is not None
        tops[name] = box["y"]
    menu = administrateur.locator(".mcp-menu details").bounding_box()
    assert menu is not None
    assert tops["Accueil"] < menu["y"]
    assert tops["Mon profil"] >= menu["y"] + menu["height"]


@pytest.mark.parametrize(
    "address", ["/administrateurs", "/utilisateurs/import", "/acces-automatises/nouveau"]
)
def test_no_line_breaks_before_a_sign(
    administrateur: Page, provider: Provider, address: str
) -> None:
    administrateur.goto(f"{provider.issuer}/habilitations{address}")

    assert administrateur.evaluate(BREAKS) is None
