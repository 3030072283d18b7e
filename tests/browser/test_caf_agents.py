"""A national agent creates another, moves them to other caisses, closes them; who is not national is refused."""

from collections.abc import Callable

import pytest
from dossiers import CAISSE
from gestes import (
    IDENTIFIANT,
    SECRET,
    add_an_application,
    found,
    go_through_the_steps,
    judge,
    sign_in_as_agent,
    type_identifiers,
)
from playwright.sync_api import Page, expect
from sent_mails import mails_to
from visitor import Provider

from idp.habilitations.models import RoleAgent

pytestmark = pytest.mark.browser


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """From « Agents » to somebody who left."""
    sign_in_as_agent(page, provider)
    page.locator("main").get_by_role("link", name="Agents").click()
    look(page)
    page.get_by_role("link", name="Créer un agent").click()
    look(page)
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("alert")).to_contain_text("Saisissez le nom")
    look(page)
    page.get_by_label("Nom", exact=False).first.fill("Durand")
    page.get_by_label("Prénom").fill("Paul")
    page.get_by_label("Adresse mail").fill("paul.durand@caf.example")
    page.get_by_label("Superviseur", exact=True).check()
    page.locator("summary", has_text="Caisses").click()
    page.get_by_label("Caf d’Ille-et-Vilaine").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status")).to_contain_text("Paul Durand est agent")
    look(page)
    page.locator("summary", has_text="Caisses").click()
    page.get_by_label("Caf de Paris").check()
    page.get_by_label("Motif").fill("Renfort à Paris")
    page.get_by_role("button", name="Valider").click()
    expect(page.locator("main")).to_contain_text("Caf d’Ille-et-Vilaine, Caf de Paris")
    page.get_by_role("link", name="Clore Paul Durand").click()
    look(page)
    page.get_by_label("Motif").fill("Départ")
    page.get_by_role("button", name="Clore").click()
    expect(page.get_by_role("status")).to_contain_text("n’est plus agent")
    page.get_by_role("link", name="Voir les agents qui sont partis").click()
    expect(page.get_by_role("table")).to_contain_text("Paul Durand")
    look(page)


def test_agents_are_kept_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    walk(phone, provider, lambda page: None)


def test_pages_of_the_agents_are_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)


def test_a_superviseur_keeps_no_agent(page: Page, provider: Provider) -> None:
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    expect(page.get_by_role("link", name="Agents")).to_have_count(0)

    page.goto(f"{provider.issuer}/caf/agents")

    expect(page.locator("main")).to_contain_text("Votre rôle d’agent ne permet pas cette action")
    judge(page)


def test_the_agent_who_was_created_signs_in_for_the_first_time_with_a_second_factor(
    page: Page, another_page: Page, provider: Provider
) -> None:
    sign_in_as_agent(page, provider)
    page.goto(f"{provider.issuer}/caf/agents/creer")
    page.get_by_label("Nom", exact=False).first.fill("Durand")
    page.get_by_label("Prénom").fill("Paul")
    page.get_by_label("Adresse mail").fill("paul.durand@caf.example")
    page.get_by_label("Gestionnaire des partenaires").check()
    page.locator("summary", has_text="Caisses").click()
    page.get_by_label("Caf d’Ille-et-Vilaine").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status")).to_contain_text("Paul Durand est agent")
    with provider.app.app_context():
        read = mails_to("paul.durand@caf.example")[-1]["body"]

    paul = another_page
    paul.goto(f"{provider.issuer}/premiere-connexion")
    type_identifiers(paul, found(IDENTIFIANT, read), found(SECRET, read))
    who = {"prenom": "Paul", "nom": "Durand", "email": "paul.durand@caf.example"}
    go_through_the_steps(paul, email_proven=True, **who)
    paul.goto(f"{provider.issuer}/caf/")
    expect(paul.get_by_role("heading", level=1)).not_to_have_text("Espace Caf")
    add_an_application(paul, provider.issuer)
    paul.goto(f"{provider.issuer}/caf/")
    expect(paul.locator("main")).to_contain_text("gestionnaire des partenaires")
    expect(paul.locator("main")).to_contain_text("Caf d’Ille-et-Vilaine")
