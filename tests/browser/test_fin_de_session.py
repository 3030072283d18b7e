"""The end of a session is announced, and the keyboard answers."""

import pytest
from factories import PASSWORD
from gestes import judge, type_identifiers
from playwright.sync_api import Page, Route, expect
from visitor import Provider

pytestmark = pytest.mark.browser


def test_keyboard_keeps_the_session_alive(page: Page, provider: Provider) -> None:
    """WCAG 2.2.1, RGAA 13.1: a dialog takes the focus, and Enter answers."""
    page.goto(f"{provider.issuer}/connexion")
    type_identifiers(page, provider.somebody().account.identifiant, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")
    kept: list[Route] = []

    def near_the_end(route: Route) -> None:
        if kept:
            route.continue_()
        else:
            route.fulfill(json={"reste_s": 110, "prolongeable": True})

    def stay(route: Route) -> None:
        kept.append(route)
        route.continue_()

    page.route("**/session", near_the_end)
    page.route("**/session/prolonger", stay)
    page.goto(f"{provider.issuer}/profil")

    warning = page.get_by_role("alertdialog", name="Êtes-vous toujours là ?")
    expect(warning).to_contain_text("dans 2 minutes")
    judge(page)
    expect(page.get_by_role("button", name="Rester connecté")).to_be_focused()
    with page.expect_response("**/session/prolonger") as answer:
        page.keyboard.press("Enter")
    assert answer.value.status == 204
    expect(warning).to_be_hidden()


def test_end_of_the_session_keeps_what_was_typed(page: Page, provider: Provider) -> None:
    page.goto(f"{provider.issuer}/connexion")
    type_identifiers(page, provider.somebody().account.identifiant, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")
    over = {"reste_s": 0, "prolongeable": False}
    page.route("**/session", lambda route: route.fulfill(json=over))
    page.goto(f"{provider.issuer}/profil")

    told = page.get_by_role("alertdialog", name="Votre session est terminée")
    expect(told).to_contain_text("encore dans cette page")
    judge(page)
    page.keyboard.press("Escape")
    expect(told).to_be_hidden()
