"""A national agent reads what another one did, and every access that was refused."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from dossiers import CAISSE, un_dossier
from factories import an_agent
from gestes import judge, sign_in_as_agent
from playwright.sync_api import Page, expect
from visitor import Provider

from idp import audit
from idp.audit import Actor
from idp.db import transaction
from idp.habilitations.events import AccesAgentRefuse, AttenteLevee
from idp.habilitations.models import RoleAgent

pytestmark = pytest.mark.browser


def arrange(provider: Provider) -> None:
    """An agent who lifted a wait, and was refused a page."""
    with provider.app.app_context(), transaction():
        dossier, now = un_dossier(), datetime.now(UTC)
        lise = an_agent(RoleAgent.GESTIONNAIRE, [CAISSE], given_name="Lise", family_name="Roux")
        place = dossier.user
        audit.record(
            AttenteLevee(rattachement_id=place.id),
            at=now,
            actor=Actor.person(lise.id),
            account_id=place.account_id,
            organisme_id=place.organisme_id,
        )
        audit.record(
            AccesAgentRefuse(page="/caf/agents", raison="role"),
            at=now,
            actor=Actor.person(lise.id),
            account_id=lise.id,
        )


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """From the list of agents."""
    arrange(provider)
    sign_in_as_agent(page, provider)
    page.goto(f"{provider.issuer}/caf/agents")
    page.get_by_role("link", name="Lise Roux").click()
    page.get_by_role("link", name="Ce qu’il a fait, et ce qui lui a été refusé").click()
    expect(page.get_by_role("table")).to_contain_text("Lise Roux a levé l’attente")
    look(page)
    page.get_by_label("Actions").select_option("Accès refusés")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.get_by_role("table")).not_to_contain_text("levé l’attente")
    expect(page.get_by_role("table")).to_contain_text("Son rôle ne le permet pas")
    page.goto(f"{provider.issuer}/caf/agents")
    page.get_by_role("link", name="Voir les accès refusés").click()
    expect(page.get_by_role("table")).to_contain_text("Lise Roux")
    look(page)


def test_read_on_a_screen(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)


def test_read_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    walk(phone, provider, lambda page: None)
