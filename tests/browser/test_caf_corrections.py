"""What an agent puts right: dates of a draft, the Caf that writes, the mail of the morning; agents as a file."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, un_dossier
from factories import a_caisse
from gestes import judge, sign_in_as_agent
from playwright.sync_api import Page, expect
from visitor import Provider

from idp import clock
from idp.db import db, transaction
from idp.habilitations.models import Convention, EtatConvention, RoleAgent

pytestmark = pytest.mark.browser
JOUR = clock.today(datetime.now(UTC))


def arrange(provider: Provider) -> UUID:
    """A draft that begins next month, of an organisme of two caisses' agents."""
    with provider.app.app_context(), transaction():
        of = un_dossier().organisme
        a_caisse(AUTRE_CAISSE)
        db.session.add(
            Convention(
                organisme_id=of.id,
                libelle="Cdap 2027",
                etat=EtatConvention.BROUILLON,
                debut=JOUR + timedelta(days=30),
            )
        )
        return of.id


def put_right(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """By an agent of both caisses."""
    of = arrange(provider)
    ici = f"{provider.issuer}/caf/organismes/{of}"
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE, AUTRE_CAISSE])
    page.goto(f"{ici}/conventions")
    look(page)
    page.get_by_role("link", name="Corriger les dates de la convention Cdap 2027").click()
    look(page)
    page.get_by_label("Premier jour").fill(JOUR.isoformat())
    page.get_by_role("button", name="Corriger les dates").click()
    expect(page.get_by_text("Dites pourquoi, en une phrase.").first).to_be_visible()
    look(page)
    page.get_by_label("Motif").fill("Faute de frappe")
    page.get_by_role("button", name="Corriger les dates").click()
    expect(page.get_by_text("Les dates de la convention sont corrigées.")).to_be_visible()
    page.goto(ici)
    page.get_by_role("link", name="Changer la Caf qui écrit à l’organisme").click()
    look(page)
    page.get_by_label("Motif").fill("Le siège a déménagé")
    page.get_by_role("button", name="Changer la Caf").click()
    expect(page.get_by_text("écrit désormais à cet organisme")).to_be_visible()
    look(page)
    page.goto(f"{provider.issuer}/caf/")
    page.get_by_role("link", name="Résumé du matin").click()
    expect(page.get_by_label("Recevoir ce courriel")).to_be_checked()
    look(page)
    page.get_by_label("Recevoir ce courriel").uncheck()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_text("Vous ne recevrez plus ce résumé")).to_be_visible()
    expect(page.get_by_label("Recevoir ce courriel")).not_to_be_checked()


def test_an_agent_puts_right_what_was_wrong(page: Page, provider: Provider) -> None:
    put_right(page, provider, judge)


def test_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    put_right(phone, provider, lambda page: None)


def test_a_national_agent_takes_the_agents_away(page: Page, provider: Provider) -> None:
    sign_in_as_agent(page, provider)
    page.goto(f"{provider.issuer}/caf/agents")
    judge(page)

    with page.expect_download() as download:
        page.get_by_role("link", name="CSV (.csv)").click()

    assert download.value.suggested_filename == "agents.csv"
