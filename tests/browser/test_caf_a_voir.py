"""An agent opens « Espace Caf »: what there is to see today, and the list that each number leads to."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from dossiers import un_dossier
from factories import a_contrat
from gestes import judge, sign_in_as_agent
from playwright.sync_api import Page, expect
from visitor import Provider

from idp import clock
from idp.db import db, transaction
from idp.habilitations.models import CibleDeSuspension, Suspension

pytestmark = pytest.mark.browser


def arrange(provider: Provider) -> None:
    """A suspension, and a convention that ends in twelve days."""
    now = datetime.now(UTC)
    with provider.app.app_context(), transaction():
        of = un_dossier().organisme
        a_contrat(of, fin=clock.today(now) + timedelta(days=12))
        suspension = Suspension(
            cible=CibleDeSuspension.ORGANISME,
            cible_id=of.id,
            organisme_id=of.id,
            libelle=of.raison_sociale,
            motif="Courriers revenus, téléphone muet",
            par=UUID(int=2),
            at=now,
        )
        db.session.add(suspension)


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """From the first page to both lists."""
    arrange(provider)
    sign_in_as_agent(page, provider)
    page.goto(f"{provider.issuer}/caf/")
    look(page)
    page.get_by_role("link", name="Suspensions en vigueur").click()
    expect(page.get_by_role("table")).to_contain_text("tout l’organisme")
    look(page)
    page.goto(f"{provider.issuer}/caf/")
    page.get_by_role("link", name="Conventions qui finissent dans les 30 jours").click()
    expect(page.get_by_role("table")).to_contain_text("LES OLIVIERS")
    look(page)


def test_seen_on_a_screen(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)


def test_seen_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    walk(phone, provider, lambda page: None)
