"""An administrateur delegates and shares their role; who receives it accepts, and acts within bounds."""

from collections.abc import Callable
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Gens:
    """Identifiants: the administrateur, Nadia who holds « Logements privés »."""

    chef: str
    nadia: str


def gens(provider: Provider) -> Gens:
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        contrat = a_contrat(organisme)
        prive = a_groupe(contrat, libelle="Logements privés – Caf d’Ille-et-Vilaine")
        a_groupe(contrat, code="ob:conventionne:359", libelle="Logements conventionnés")
        chef = an_account(email="chef@exemple.fr")
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        nadia = an_account(given_name="Nadia", family_name="Le Gall", email="nadia@exemple.fr")
        a_rattachement(nadia, organisme)
        user = an_account(given_name="Jean", family_name="Petit", email="jean@exemple.fr")
        an_habilitation(a_rattachement(user, organisme), prive)
        return Gens(str(chef.identifiant), str(nadia.identifiant))


def change_person(page: Page, provider: Provider, identifiant: str, then: str) -> None:
    """The same browser, another person."""
    page.goto(f"{provider.issuer}/accueil")
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto(provider.issuer + then)
    type_identifiers(page, identifiant, PASSWORD)


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """Nadia is designated responsable, manages Jean; then becomes administrateur."""
    qui = gens(provider)
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    type_identifiers(page, qui.chef, PASSWORD)
    page.get_by_role("link", name="Nadia Le Gall").click()
    page.get_by_role("link", name="Désigner responsable d’habilitation").click()
    look(page)
    page.get_by_role("checkbox", name="Logements privés").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status")).to_contain_text("est responsable d’habilitation")
    page.goto(f"{provider.issuer}/habilitations/responsables")
    look(page)
    expect(page.get_by_role("main")).to_contain_text("Ne crée pas d’utilisateurs")

    change_person(page, provider, qui.nadia, "/habilitations/utilisateurs")
    look(page)
    expect(page.get_by_role("link", name="Jean Petit")).to_be_visible()
    page.get_by_role("link", name="Jean Petit").click()
    look(page)
    expect(page.get_by_role("checkbox", name="Logements conventionnés")).to_have_count(0)
    page.get_by_role("checkbox", name="Logements privés").uncheck()
    page.get_by_role("button", name="Valider").click()
    page.get_by_role("button", name="Confirmer").click()

    change_person(page, provider, qui.chef, "/habilitations/administrateurs")
    expect(page.get_by_role("main")).to_contain_text("Vous êtes seul à administrer")
    look(page)
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    page.get_by_role("link", name="Nadia Le Gall").click()
    page.get_by_role("link", name="Proposer comme administrateur").click()
    look(page)
    page.get_by_role("button", name="Envoyer la proposition").click()
    look(page)

    change_person(page, provider, qui.nadia, "/accueil")
    look(page)
    page.get_by_role("link", name="Lire et répondre").click()
    look(page)
    page.get_by_role("button", name="Accepter").click()
    expect(page.get_by_role("status")).to_contain_text("Vous êtes administrateur de LES OLIVIERS")
    page.goto(f"{provider.issuer}/habilitations/administrateurs")
    expect(page.get_by_role("main")).to_contain_text("2 administrateurs")


def test_delegation_is_done_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    walk(phone, provider, lambda page: None)


def test_pages_of_delegation_are_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)
