"""A superviseur prepares the reminder of July, tries it on themself, launches it, pauses it and reads what came
back."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dossiers import CAISSE
from factories import a_rattachement, an_account, an_agent, an_application, an_organisme
from gestes import judge
from playwright.sync_api import Page, expect
from sqlalchemy import select
from test_toutes_les_pages import enter
from visitor import Provider

from idp.accounts.models import Account
from idp.db import db, transaction
from idp.habilitations.campagnes import envoi, suivi
from idp.habilitations.campagnes.models import Campagne
from idp.habilitations.models import Role, RoleAgent

pytestmark = pytest.mark.browser


def arrange(provider: Provider, role: RoleAgent) -> Account:
    """Landlords, some without an address, and the agent of their caisse."""
    with provider.app.app_context(), transaction():
        for rang in range(12):
            email = f"bailleur{rang}@exemple.fr" if rang % 3 else None
            organisme = an_organisme(raison_sociale=f"SCI {rang}")
            a_rattachement(an_account(email=email), organisme, role=Role.ADMINISTRATEUR)
        agent = an_agent(
            role, [CAISSE], given_name="Jean", family_name="Agent", email="jean@caf.fr"
        )
        an_application(agent)
    return agent


def work(provider: Provider, times: int = 2) -> None:
    """What the worker does of the campaign."""
    for _ in range(times):
        with provider.app.app_context(), transaction():
            campagne = db.session.scalars(select(Campagne)).one()
            envoi.poursuivre({"campagne_id": str(campagne.id), "tour": campagne.tour})


def come_back(provider: Provider, address: str) -> None:
    """This mail was refused."""
    with provider.app.app_context(), transaction():
        account = db.session.scalars(select(Account).where(Account.email == address)).one()
        account.mail_refused_at = datetime.now(UTC)
        account.mail_refusal = "5.1.1 adresse inconnue"
        db.session.flush()
        suivi.relever_les_refus(datetime.now(UTC))


def fill(page: Page) -> None:
    page.get_by_label("Titre").fill("Rappel de juillet 2027")
    page.get_by_label("(359)").check()
    page.get_by_role("button", name="Compter les destinataires").click()


def preview(page: Page, look: Callable[[Page], None]) -> None:
    """What somebody will read, by mail and by letter, then back to the campaign."""
    page.get_by_role("link", name="Voir les destinataires").click()
    expect(page.locator("tbody tr")).to_have_count(12)
    look(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Son courrier (PDF)").first.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    page.get_by_role("link", name="Son courriel").first.click()
    expect(page.get_by_role("main")).to_contain_text("Rien n’est envoyé")
    look(page)
    page.get_by_role("link", name="Retour aux destinataires").click()
    page.get_by_role("link", name="Retour à la campagne").click()


def test_the_reminder_of_july(page: Page, provider: Provider) -> None:
    agent = arrange(provider, RoleAgent.SUPERVISEUR)
    enter(page, provider, agent)
    page.goto(f"{provider.issuer}/caf/campagnes")
    judge(page)
    page.get_by_role("link", name="Préparer une campagne").click()
    judge(page)
    page.get_by_role("button", name="Compter les destinataires").click()
    expect(page.get_by_role("alert")).to_contain_text("Donnez un titre")
    judge(page)
    fill(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Rappel de juillet 2027")
    work(provider)
    page.reload()
    expect(page.locator("#comptes")).to_contain_text("8 par courriel")
    expect(page.locator("#comptes")).to_contain_text("4 par courrier")
    judge(page)
    preview(page, judge)
    page.get_by_role("button", name="M’envoyer un essai").click()
    expect(page.get_by_role("status")).to_contain_text("part à jean@caf.fr")
    page.get_by_role("link", name="Lancer la campagne").click()
    judge(page)
    page.get_by_role("button", name="Lancer la campagne").click()
    page.get_by_role("button", name="Mettre en pause").click()
    expect(page.get_by_role("status")).to_contain_text("en pause")
    judge(page)
    page.get_by_role("button", name="Reprendre").click()
    work(provider)
    come_back(provider, "bailleur1@exemple.fr")
    page.reload()
    expect(page.locator("#avancement")).to_contain_text("12 sur 12")
    judge(page)
    page.get_by_role("link", name="voir lesquels").click()
    expect(page.get_by_role("main")).to_contain_text("5.1.1 adresse inconnue")
    judge(page)


def test_a_gestionnaire_prepares_on_a_phone(phone: Page, provider: Provider) -> None:
    """Without JavaScript; launching is a superviseur's."""
    agent = arrange(provider, RoleAgent.GESTIONNAIRE)
    enter(phone, provider, agent)
    phone.goto(f"{provider.issuer}/caf/campagnes/nouvelle")
    fill(phone)
    work(provider)
    phone.get_by_role("link", name="Ne plus actualiser").click()
    preview(phone, lambda page: None)
    expect(phone.get_by_role("main")).to_contain_text("Un superviseur de votre Caf peut lancer")
    expect(phone.get_by_role("link", name="Lancer la campagne")).to_have_count(0)


def test_a_campaign_is_stopped_for_good(phone: Page, provider: Provider) -> None:
    agent = arrange(provider, RoleAgent.SUPERVISEUR)
    enter(phone, provider, agent)
    phone.goto(f"{provider.issuer}/caf/campagnes/nouvelle")
    fill(phone)
    work(provider)
    phone.get_by_role("link", name="Ne plus actualiser").click()
    phone.get_by_role("link", name="Arrêter la campagne").click()
    expect(phone.get_by_role("main")).to_contain_text("12 destinataires ne recevront rien")
    phone.get_by_role("button", name="Arrêter la campagne").click()
    expect(phone.get_by_role("main")).to_contain_text("Arrêtée")
