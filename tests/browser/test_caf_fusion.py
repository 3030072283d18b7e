"""A superviseur puts two organismes together, confirmed twice, then takes them apart; a gestionnaire does not."""

from collections.abc import Callable

import pytest
from dossiers import CAISSE
from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
)
from gestes import judge, sign_in_as_agent
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.db import db, transaction
from idp.habilitations.models import NumeroUtilisateur, Role, RoleAgent

pytestmark = pytest.mark.browser


def two(provider: Provider) -> str:
    """LES OLIVIERS and SCI DES TILLEULS, with somebody in both; the address of the first one."""
    with provider.app.app_context(), transaction():
        garde, absorbe = an_organisme(), an_organisme(raison_sociale="SCI DES TILLEULS")
        a_groupe(a_contrat(garde))
        groupe = a_groupe(a_contrat(absorbe))
        numero = NumeroUtilisateur(
            valeur="35900007090002", organisme_id=absorbe.id, caisse_code=CAISSE
        )
        db.session.add(numero)
        zoe = an_account(given_name="Zoé")
        a_rattachement(zoe, garde)
        place = a_rattachement(zoe, absorbe, role=Role.ADMINISTRATEUR)
        an_habilitation(place, groupe)
        a_rattachement(an_account(given_name="Nadia"), absorbe)
        return f"{provider.issuer}/caf/organismes/{garde.id}"


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """From the file of one to both together, and back."""
    address = two(provider)
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    page.goto(address)
    page.get_by_role("link", name="Réunir un autre organisme à celui-ci").click()
    look(page)
    page.get_by_label("Rechercher l’autre organisme").fill("359 00007090002")
    page.get_by_role("button", name="Rechercher").click()
    look(page)
    page.get_by_role("link", name="SCI DES TILLEULS").click()
    expect(page.get_by_role("table")).to_contain_text("Zoé Martin")
    expect(page.locator("main")).to_contain_text("les deux organismes ont un contrat")
    look(page)
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("alert")).to_contain_text("Dites pourquoi")
    page.get_by_label("Motif").fill("Le même bailleur, enregistré deux fois")
    page.get_by_role("button", name="Continuer").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("Confirmez")
    look(page)
    page.get_by_role("button", name="Réunir définitivement les deux organismes").click()
    expect(page.get_by_role("status")).to_contain_text("n’en font plus qu’un")
    look(page)
    page.get_by_role("link", name="SCI DES TILLEULS", exact=True).click()
    expect(page.locator("main")).to_contain_text("Organisme réuni à un autre")
    look(page)
    page.get_by_role("link", name="l’organisme auquel la Caf l’a réuni").click()
    page.get_by_role("link", name="Séparer SCI DES TILLEULS").click()
    look(page)
    page.get_by_label("Motif").fill("Ce sont deux bailleurs")
    page.get_by_role("button", name="Séparer les deux organismes").click()
    expect(page.get_by_role("status")).to_contain_text("sont séparés")
    look(page)


def test_organismes_are_put_together_on_a_phone(phone: Page, provider: Provider) -> None:
    walk(phone, provider, lambda page: None)


def test_pages_that_put_organismes_together_are_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)


def test_a_gestionnaire_puts_nothing_together(page: Page, provider: Provider) -> None:
    address = two(provider)
    sign_in_as_agent(page, provider, RoleAgent.GESTIONNAIRE, [CAISSE])
    page.goto(address)
    expect(page.get_by_role("link", name="Réunir")).to_have_count(0)

    page.goto(f"{address}/fusion")

    expect(page.locator("main")).to_contain_text("Votre rôle d’agent ne permet pas cette action")
