"""« Mon profil »: every page is read, and what can be changed is changed; on a phone, then judged by axe-core."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from factories import PASSWORD, signed_in
from gestes import PHONE, judge, type_identifiers
from playwright.sync_api import Page, expect
from sent_mails import code_sent_to
from visitor import Provider

from idp.accounts.models import Account
from idp.db import transaction

pytestmark = pytest.mark.browser

NEW_ADDRESS = "claire@nouveau.example.fr"
NEW_PASSWORD = "Neuf barques bleues au mouillage"


def no_overflow(page: Page) -> None:
    """The page, with its styles, is no wider than the phone."""
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url


@dataclass
class Walk:
    """One journey through the profile; ``look`` is what is checked of each page."""

    page: Page
    provider: Provider
    look: Callable[[Page], None]
    account: Account = field(init=False)

    def go(self) -> None:
        """From the sign-in to the copy of one's data."""
        self.account = self.provider.somebody().account
        self.page.goto(f"{self.provider.issuer}/profil")
        type_identifiers(self.page, self.account.identifiant, PASSWORD)
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Mon profil")
        self.look(self.page)
        self.names()
        self.telephone()
        self.address()
        self.password()
        self.read("Mes organismes et groupes", "LES OLIVIERS")
        self.read("Mes connexions", "Cette connexion")
        self.end_another_session()
        self.read("Historique", "Votre mot de passe a été changé")
        self.copy()

    def open(self, titre: str) -> None:
        """Follow a link of the page."""
        self.page.get_by_role("link", name=titre).click()
        self.look(self.page)

    def valider(self) -> None:
        """Send the form."""
        self.page.get_by_role("button", name="Valider").click()

    def back_with(self, message: str) -> None:
        """The summary says what was done."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Mon profil")
        expect(self.page.get_by_role("status")).to_contain_text(message)
        self.look(self.page)

    def names(self) -> None:
        """A first name that is none, then another."""
        self.open("Modifier : Nom")
        self.page.get_by_label("Prénom").fill("4")
        self.valider()
        expect(self.page.get_by_role("alert")).to_contain_text("Un point est à corriger")
        self.look(self.page)
        self.page.get_by_label("Prénom").fill("Clarisse")
        self.valider()
        self.back_with("Votre nom est modifié")

    def telephone(self) -> None:
        """Added, then removed."""
        self.open("Ajouter : Téléphone")
        self.page.get_by_label("Téléphone").fill("01 44 55 66 77")
        self.valider()
        self.back_with("modifié")
        self.open("Modifier : Téléphone")
        self.page.get_by_role("button", name="Retirer mon numéro").click()
        self.back_with("retiré")

    def address(self) -> None:
        """Asked, left for later, then proven."""
        self.open("Modifier : Adresse mail")
        self.page.get_by_role("textbox", name="Nouvelle adresse mail", exact=False).first.fill(
            NEW_ADDRESS
        )
        self.page.get_by_label("Confirmer la nouvelle adresse mail").fill(NEW_ADDRESS)
        self.page.get_by_role("button", name="Recevoir le code").click()
        self.look(self.page)
        self.page.get_by_role("link", name="Retour à « Mon profil »").click()
        expect(self.page.locator("main")).to_contain_text(
            "changement d’adresse mail est en attente"
        )
        self.open("Saisir le code")
        with self.provider.app.app_context():
            code = code_sent_to(NEW_ADDRESS)
        self.page.get_by_label("Code reçu").fill(code)
        self.valider()
        self.back_with(NEW_ADDRESS)

    def password(self) -> None:
        """The current one, then another twice."""
        self.open("Changer : Mot de passe")
        boxes = ("Mot de passe actuel", "Nouveau mot de passe", "Confirmer le mot de passe")
        for box, typed in zip(boxes, (PASSWORD, NEW_PASSWORD, NEW_PASSWORD), strict=True):
            self.page.get_by_role("textbox", name=box).fill(typed)
        self.valider()
        self.back_with("Votre mot de passe est changé")

    def read(self, titre: str, words: str) -> None:
        """A page that only tells, and the way back."""
        self.open(f"Voir : {titre}")
        expect(self.page.locator("main")).to_contain_text(words)
        self.page.get_by_role("link", name="Retour à « Mon profil »").click()

    def end_another_session(self) -> None:
        """One that is open elsewhere; the page asks first."""
        with self.provider.app.app_context(), transaction():
            signed_in(self.provider.app.test_client(), self.account)
        self.open("Voir : Mes connexions")
        self.open("Terminer toutes les autres connexions")
        self.page.get_by_role("button", name="Terminer").click()
        expect(self.page.get_by_role("status")).to_contain_text("sont terminées")
        self.page.get_by_role("link", name="Retour à « Mon profil »").click()

    def copy(self) -> None:
        """The file arrives, with what was changed on the way."""
        self.open("Télécharger : Mes données")
        with self.page.expect_download() as expected:
            self.page.get_by_role("button", name="JSON").click()
        copy = json.loads(expected.value.path().read_text(encoding="utf-8"))
        assert copy["identite"]["prenom"] == "Clarisse"
        assert copy["coordonnees"]["adresse_mail"] == NEW_ADDRESS


def test_every_page_serves_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    Walk(phone, provider, no_overflow).go()


def test_every_page_is_accessible(page: Page, provider: Provider) -> None:
    """axe-core needs scripts: the same journey, judged with them."""
    Walk(page, provider, judge).go()
