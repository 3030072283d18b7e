"""An agent withdraws the delegation, manages the users of the organisme, gives it back; each page is judged."""

from collections.abc import Callable

import pytest
from dossiers import CAISSE, un_dossier
from factories import PASSWORD, a_groupe
from gestes import judge, sign_in_as_agent, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.accounts.models import Account
from idp.db import db, transaction
from idp.habilitations.models import RoleAgent

pytestmark = pytest.mark.browser
Look = Callable[[Page], None]


def a_dossier(provider: Provider) -> tuple[str, str]:
    """The address of the pages of LES OLIVIERS, and the identifiant of its administrateur."""
    with provider.app.app_context(), transaction():
        dossier = un_dossier()
        a_groupe(
            dossier.contrat,
            code="offre-bailleurs:conventionne:359",
            libelle="Logements conventionnés – Caf d’Ille-et-Vilaine",
        )
        chef = db.session.get_one(Account, dossier.chef.account_id)
        return f"{provider.issuer}/caf/organismes/{dossier.organisme.id}", str(chef.identifiant)


def because(page: Page, motif: str, button: str) -> None:
    page.get_by_label("Motif").fill(motif)
    page.get_by_role("button", name=button).click()


def take_over(page: Page, lieu: str, look: Look) -> None:
    """The form refuses and says what to do first; then it is done."""
    page.goto(f"{lieu}/utilisateurs/creer")
    expect(page.locator("main")).to_contain_text("Cet organisme gère lui-même ses utilisateurs")
    look(page)
    page.get_by_role("link", name="Retirer la délégation").click()
    because(page, "Comptes partagés malgré deux rappels", "Retirer la délégation")
    page.get_by_role("link", name="Gérer ses utilisateurs").click()
    look(page)


def create(page: Page, look: Look) -> None:
    """« Créer un utilisateur », with a box forgotten first."""
    page.get_by_role("link", name="Créer un utilisateur").click()
    look(page)
    page.get_by_label("Nom", exact=False).first.fill("Le Gall")
    page.get_by_label("Prénom").fill("Anne")
    page.get_by_label("Adresse mail", exact=False).first.fill("anne.legall@exemple.fr")
    page.get_by_role("button", name="Valider").click()
    look(page)
    page.get_by_label("Confirmer l’adresse mail").fill("anne.legall@exemple.fr")
    page.get_by_role("checkbox", name="Logements privés").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status")).to_contain_text("partent à anne.legall@exemple.fr")
    look(page)
    page.get_by_role("button", name="Renvoyer ses identifiants").click()
    expect(page.get_by_role("status")).to_contain_text("Un message vient déjà de partir")


def change(page: Page, look: Look) -> None:
    """Boxes and a date, told before; then closed and opened again."""
    page.get_by_role("link", name="Modifier ses accès").click()
    look(page)
    page.get_by_role("checkbox", name="Logements privés").uncheck()
    page.get_by_role("checkbox", name="Logements conventionnés").check()
    page.get_by_label("Date de clôture").fill("2099-12-31")
    page.get_by_role("button", name="Valider").click()
    expect(page.locator("#changements")).to_contain_text("Anne Le Gall perdra l’accès à Offre")
    look(page)
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_role("status")).to_contain_text("Les accès d’Anne Le Gall sont modifiés")
    page.get_by_role("link", name="Clore l’accès").click()
    look(page)
    page.get_by_role("button", name="Clore l’accès").click()
    expect(page.get_by_role("status")).to_contain_text("L’accès d’Anne Le Gall est clos")
    look(page)
    page.get_by_role("button", name="Rouvrir l’accès").click()
    expect(page.get_by_role("status")).to_contain_text("est rouvert")


def give_back_meanwhile(page: Page, lieu: str, look: Look) -> None:
    """A form is open when the delegation is given back: nothing is done, what was typed is there."""
    page.get_by_role("link", name="Modifier ses accès").click()
    other = page.context.new_page()
    other.goto(f"{lieu}/supervision/delegation")
    because(other, "Tout est réglé", "Rendre la gestion à l’organisme")
    other.close()
    page.get_by_label("Date de clôture").fill("2098-01-01")
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("alert")).to_contain_text("retirez-lui d’abord la délégation")
    expect(page.get_by_label("Date de clôture")).to_have_value("2098-01-01")
    look(page)


def read_as_the_partner(page: Page, provider: Provider, chef: str) -> None:
    """The administrateur reads that « la Caf » did it, and from whom the right comes."""
    page.context.clear_cookies()
    page.goto(f"{provider.issuer}/habilitations/journal?famille=groupes")
    type_identifiers(page, chef, PASSWORD)
    expect(page.locator("main")).to_contain_text("La Caf a mis Anne Le Gall dans Logements conv")
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    page.get_by_role("link", name="Anne Le Gall").click()
    page.get_by_role("link", name="Pourquoi cette personne a-t-elle accès").click()
    page.locator("main").get_by_role("link", name="Offre Bailleurs").first.click()
    expect(page.locator("main")).to_contain_text("par la Caf")


def walk(page: Page, provider: Provider, look: Look) -> None:
    lieu, chef = a_dossier(provider)
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    take_over(page, lieu, look)
    create(page, look)
    change(page, look)
    give_back_meanwhile(page, lieu, look)
    read_as_the_partner(page, provider, chef)


def test_a_superviseur_manages_in_its_place_on_a_phone_without_javascript(
    phone: Page, provider: Provider
) -> None:
    walk(phone, provider, lambda page: None)


def test_each_page_is_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)
