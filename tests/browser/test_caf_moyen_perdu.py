"""Somebody lost their telephone: an agent asks, on a screen or a phone; another one agrees."""

from collections.abc import Callable

import pytest
from dossiers import CAISSE, un_dossier
from factories import an_agent, an_application
from gestes import judge
from playwright.sync_api import Page, expect
from test_toutes_les_pages import enter
from visitor import Provider

from idp.accounts.models import Account
from idp.db import db, transaction
from idp.habilitations.models import RoleAgent

pytestmark = pytest.mark.browser


def arrange(provider: Provider) -> tuple[str, Account, Account]:
    """The page of somebody who has a second factor, and two agents of their caisse."""
    with provider.app.app_context(), transaction():
        dossier = un_dossier()
        an_application(db.session.get_one(Account, dossier.user.account_id))
        agents = [
            an_agent(RoleAgent.GESTIONNAIRE, [CAISSE], given_name=prenom, family_name="Agent")
            for prenom in ("Jean", "Lise")
        ]
        for agent in agents:
            an_application(agent)
        return f"{provider.issuer}/caf/assistance/{dossier.user.id}", agents[0], agents[1]


def ask(page: Page, look: Callable[[Page], None]) -> None:
    """From the file of the person."""
    look(page)
    page.get_by_role("link", name="Retirer un moyen de connexion perdu").click()
    page.get_by_role("button", name="Demander le retrait").click()
    expect(page.get_by_role("alert")).to_contain_text("Dites pourquoi")
    look(page)
    page.get_by_label("Motif").fill("Téléphone volé, rappelée au standard de la mairie")
    page.get_by_role("button", name="Demander le retrait").click()
    expect(page.get_by_role("status")).to_contain_text("Le retrait est demandé")
    page.get_by_role("link", name="Retirer un moyen de connexion perdu").click()
    expect(page.get_by_role("main")).to_contain_text("c’est à un autre agent")
    look(page)


def agree(page: Page, look: Callable[[Page], None]) -> None:
    """From « Assistance », where it waits."""
    look(page)
    page.get_by_role("link", name="Moyen de connexion perdu : Nadia Martin").click()
    look(page)
    page.get_by_role("button", name="Donner mon accord").click()
    expect(page.get_by_role("status")).to_contain_text("Le moyen de Nadia Martin est retiré")


def unseen(_page: Page) -> None:
    """Axe needs JavaScript."""


def test_asked_on_a_screen_and_agreed_to_on_a_phone(
    page: Page, phone: Page, provider: Provider
) -> None:
    adresse, premier, second = arrange(provider)
    enter(page, provider, premier)
    page.goto(adresse)
    ask(page, judge)
    enter(phone, provider, second)
    phone.goto(f"{provider.issuer}/caf/assistance")
    agree(phone, unseen)


def test_asked_on_a_phone_and_agreed_to_on_a_screen(
    page: Page, phone: Page, provider: Provider
) -> None:
    adresse, premier, second = arrange(provider)
    enter(phone, provider, premier)
    phone.goto(adresse)
    ask(phone, unseen)
    enter(page, provider, second)
    page.goto(f"{provider.issuer}/caf/assistance")
    agree(page, judge)
