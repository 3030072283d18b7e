"""Agents look at the services and at the figures: what is told, what is taken away, who may move the keys."""

from collections.abc import Callable
from pathlib import Path

import pytest
from dossiers import CAISSE, un_dossier
from factories import a_chiffre
from gestes import judge, sign_in_as_agent
from own_keys import ground_with_own_keys
from playwright.sync_api import Page, expect
from visitor import Provider

from idp import clock
from idp.db import transaction
from idp.habilitations.chiffres.mesures import Mesure
from idp.habilitations.models import RoleAgent

pytestmark = pytest.mark.browser


def some_figures(provider: Provider) -> None:
    with provider.app.app_context(), transaction():
        un_dossier()
        for mesure, nombre in ((Mesure.CONNEXIONS, 1200), (Mesure.OUVERTURES, 34)):
            a_chiffre(
                mesure,
                nombre,
                jour=clock.today(clock.now()),
                service="offre-bailleurs" if mesure is Mesure.OUVERTURES else "",
            )


def look_around(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """A gestionnaire reads the services, the keys and the figures, and takes the figures away."""
    some_figures(provider)
    sign_in_as_agent(page, provider, RoleAgent.GESTIONNAIRE, [CAISSE])
    page.locator("main").get_by_role("link", name="Services").click()
    expect(page.get_by_role("table")).to_contain_text("34")
    look(page)
    page.get_by_role("link", name="Offre Bailleurs").click()
    expect(page.locator("main")).to_contain_text("numero_utilisateur")
    expect(page.locator("main")).to_contain_text("Aucune : tout est arrivé.")
    look(page)
    page.goto(f"{provider.issuer}/caf/services/cles")
    expect(page.locator("main")).to_contain_text("Un agent national peut la demander")
    expect(page.get_by_role("button", name="Avancer d’une étape")).to_have_count(0)
    look(page)
    page.goto(f"{provider.issuer}/caf/")
    page.locator("main").get_by_role("link", name="Chiffres").click()
    expect(page.get_by_role("img", name="Connexions", exact=False).first).to_be_visible()
    page.get_by_text("Voir le tableau des 30 jours").click()
    look(page)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV").click()
    assert "1200" in downloading.value.path().read_text(encoding="utf-8")


def test_services_and_figures_are_read_on_a_phone(phone: Page, provider: Provider) -> None:
    look_around(phone, provider, lambda page: None)


def test_services_and_figures_are_accessible(page: Page, provider: Provider) -> None:
    look_around(page, provider, judge)


def test_a_national_agent_moves_the_keys_one_step(
    page: Page, provider: Provider, tmp_path: Path
) -> None:
    own = ground_with_own_keys(provider.app, tmp_path / "keys")
    provider.app.extensions["ground"] = own
    sign_in_as_agent(page, provider)
    page.goto(f"{provider.issuer}/caf/services/cles")
    page.get_by_role("button", name="Avancer d’une étape").click()
    expect(page.get_by_role("status")).to_contain_text("Les clés ont avancé d’une étape")
    judge(page)
