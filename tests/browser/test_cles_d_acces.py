"""A passkey in a real browser, on a phone: added, then enough to sign in, then used on top of the password."""

from collections.abc import Iterator

import pytest
from factories import PASSWORD
from gestes import PHONE, judge, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

pytestmark = pytest.mark.browser


@pytest.fixture
def device(page: Page) -> Iterator[None]:
    """What unlocks this phone, simulated by the browser itself (Chrome DevTools Protocol, WebAuthn)."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    tools.detach()


@pytest.mark.usefixtures("device")
def test_passkey_is_added_then_opens_the_account(page: Page, provider: Provider) -> None:
    page.set_viewport_size(PHONE)
    identifiant = provider.somebody().account.identifiant
    page.goto(f"{provider.issuer}/connexion")
    judge(page)
    type_identifiers(page, identifiant, PASSWORD)

    page.goto(f"{provider.issuer}/profil/double-authentification")
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    judge(page)
    page.get_by_label("Nom de cette clé").fill("Téléphone de Claire")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos codes de secours")
    page.get_by_role("link", name="continuer").click()
    expect(page.get_by_role("main")).to_contain_text("Téléphone de Claire")
    judge(page)

    page.get_by_role("button", name="Se déconnecter").click()
    page.goto(f"{provider.issuer}/connexion")
    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour Claire Martin")

    page.get_by_role("button", name="Se déconnecter").click()
    page.goto(f"{provider.issuer}/connexion")
    type_identifiers(page, identifiant, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Double authentification")
    judge(page)
    page.get_by_role("button", name="Utiliser ma clé d’accès").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour Claire Martin")


def test_device_without_a_key_says_so_and_the_password_still_opens(
    page: Page, provider: Provider, device: None
) -> None:
    page.goto(f"{provider.issuer}/connexion")

    page.get_by_role("button", name="Se connecter avec une clé d’accès").click()

    expect(page.get_by_role("status")).to_contain_text("n’a pas donné de clé")
    type_identifiers(page, provider.somebody().account.identifiant, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")


def test_without_javascript_the_button_is_not_shown(phone: Page, provider: Provider) -> None:
    phone.goto(f"{provider.issuer}/connexion")

    expect(phone.get_by_text("Se connecter avec une clé d’accès")).to_be_hidden()
