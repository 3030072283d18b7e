"""Agents prepare, take, follow and issue letters again; on a phone without JavaScript, then judged."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dossiers import CAISSE
from factories import a_rattachement, an_account, an_agent, an_organisme
from gestes import SECRET, found, judge, sign_in_as_agent
from lots import a_letter, came_back, sent, somebody_waits, the_agent
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from sqlalchemy import select
from visitor import Provider

from idp import worker
from idp.accounts.models import AccountState
from idp.db import db, transaction
from idp.habilitations.agents import agent_of
from idp.habilitations.courriers.models import LotDeCourriers
from idp.habilitations.models import Organisme, RoleAgent, TypeCourrier
from idp.habilitations.organismes import changements
from idp.habilitations.organismes.enregistrement import preparer_courriers

pytestmark = pytest.mark.browser

REFERENCE = r"\w{4}-\w{4}-\w{4}"


def letters_wait(provider: Provider) -> None:
    """LES OLIVIERS is to receive its two letters."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        account = an_account(password=None, state=AccountState.PREPARE, email=None)
        a_rattachement(account, organisme)
        preparer_courriers(account, organisme, datetime.now(UTC))


def address_changed(provider: Provider) -> None:
    """Another agent has just changed where LES OLIVIERS is written to."""
    with provider.app.app_context(), transaction():
        agent = agent_of(an_agent(RoleAgent.GESTIONNAIRE, [CAISSE], given_name="Paul").id)
        organisme_id = db.session.scalars(select(Organisme.id)).one()
        assert agent
        was = changements.lire(agent, organisme_id)
        becomes = replace(was, adresse=("3 rue Neuve", "35000 RENNES"))
        motif = "Revenu NPAI, nouvelle adresse donnée au téléphone"
        version, now = was.version, datetime.now(UTC)
        changements.changer(agent, organisme_id, becomes, version=version, motif=motif, now=now)


def walk_addresses(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """Letters wait for a second agent, who ticks the address that they have checked."""
    letters_wait(provider)
    address_changed(provider)
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    page.locator("main").get_by_role("link", name="Courriers").click()
    expect(page.locator("main")).to_contain_text("attendent un second agent")
    expect(page.locator("main")).to_contain_text("Aucun courrier n’attend")
    look(page)
    page.get_by_role("link", name="Adresses à confirmer").click()
    expect(page.locator("tbody")).to_contain_text("3 rue Neuve")
    look(page)
    page.get_by_role("button", name="Confirmer les adresses cochées").click()
    expect(page.locator("main")).to_contain_text("Cochez les adresses")
    page.get_by_label("Vérifiée : LES OLIVIERS").check()
    page.get_by_role("button", name="Confirmer les adresses cochées").click()
    expect(page.locator("main")).to_contain_text("1 adresse confirmée")
    look(page)
    page.get_by_role("link", name="Retour aux courriers").click()
    expect(page.locator("tbody")).to_contain_text("Caf 359")


def test_an_address_is_confirmed_on_a_phone_without_javascript(
    phone: Page, provider: Provider
) -> None:
    walk_addresses(phone, provider, lambda page: None)


def test_addresses_to_confirm_are_accessible(page: Page, provider: Provider) -> None:
    walk_addresses(page, provider, judge)


def downloaded(page: Page, click: Callable[[], None]) -> str:
    with page.expect_download() as download:
        click()
    content = Path(download.value.path()).read_bytes()
    return "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(content)).pages)


def prepare(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    page.locator("main").get_by_role("link", name="Courriers").click()
    expect(page.locator("tbody")).to_contain_text("Caf 359")
    look(page)
    page.get_by_role("button", name="Préparer les lots").click()
    page.get_by_role("link", name="Ne plus actualiser").click()
    look(page)
    with provider.app.app_context():
        worker.drain()
    page.get_by_role("link", name="Actualiser de nouveau").click()
    expect(page.locator("main")).to_contain_text("Aucun courrier n’attend")


def identifiants_left(provider: Provider) -> None:
    """The batch of the identifiants was posted two days ago."""
    with provider.app.app_context(), transaction():
        lot = db.session.scalars(
            select(LotDeCourriers).where(LotDeCourriers.type == TypeCourrier.IDENTIFIANT)
        ).one()
        sent(the_agent(), lot, datetime.now(UTC) - timedelta(days=2))


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """From what waits to a letter that comes back and is issued again."""
    letters_wait(provider)
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    prepare(page, provider, look)
    page.get_by_role("link", name="Mots de passe provisoires").first.click()
    look(page)
    lot = page.url
    page.get_by_role("link", name="Télécharger les courriers").click()
    expect(page.locator("main")).to_contain_text("Une seule fois")
    look(page)
    letter = downloaded(
        page, lambda: page.get_by_role("button", name="Télécharger et effacer").click()
    )
    assert found(SECRET, letter)
    reference = found(REFERENCE, letter)
    page.goto(f"{lot}/secrets")
    expect(page.locator("main")).to_contain_text("n’est plus à télécharger")
    page.goto(lot)
    expect(page.locator("main")).to_contain_text("ne peut plus être téléchargé")
    page.get_by_role("button", name="Noter « imprimé »").click()
    expect(page.locator("main")).to_contain_text("un jour après les identifiants")
    look(page)
    identifiants_left(provider)
    page.reload()
    page.get_by_role("button", name="Noter « envoyé »").click()
    expect(page.locator("tbody")).to_contain_text("Envoyé")
    look(page)

    page.goto(f"{provider.issuer}/caf/courriers/retours")
    page.get_by_label("Références des courriers revenus").fill(f"{reference.lower()}\nrien")
    page.get_by_role("button", name="Noter le retour").click()
    expect(page.get_by_role("status")).to_contain_text("noté revenu")
    expect(page.get_by_role("status")).to_contain_text("mal recopiée")
    look(page)
    page.get_by_role("link", name=re.compile("Émettre à nouveau")).click()
    look(page)
    page.get_by_role("button", name="Émettre à nouveau").click()
    expect(page.locator("main")).to_contain_text("Dites pourquoi")
    page.get_by_label("Motif").fill("Revenu NPAI, adresse corrigée")
    page.get_by_role("button", name="Émettre à nouveau").click()
    expect(page.locator("tbody")).to_contain_text("En attente d’un lot")
    expect(page.locator("tbody")).to_contain_text("Remplacé")
    look(page)


def test_letters_are_followed_on_a_phone_without_javascript(
    phone: Page, provider: Provider
) -> None:
    walk(phone, provider, lambda page: None)


def test_pages_of_the_letters_are_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)


def test_a_gestionnaire_takes_the_identifiants_and_not_the_secrets(
    phone: Page, provider: Provider
) -> None:
    letters_wait(provider)
    sign_in_as_agent(phone, provider, RoleAgent.GESTIONNAIRE, [CAISSE])
    prepare(phone, provider, lambda page: None)
    phone.get_by_role("link", name="Mots de passe provisoires").first.click()
    expect(phone.locator("main")).to_contain_text("Un superviseur télécharge les mots de passe")
    assert phone.get_by_role("link", name="Télécharger les courriers").count() == 0
    assert phone.request.get(f"{phone.url}/secrets").status == 403

    phone.goto(f"{provider.issuer}/caf/courriers")
    phone.get_by_role("link", name="Identifiants").first.click()
    letter = downloaded(
        phone, lambda: phone.get_by_role("button", name="Télécharger les courriers").click()
    )
    assert re.search(SECRET, letter) is None
    assert "P-" in letter


def walk_returns(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """A reminder that came back to nobody is put away, with a motive."""
    with provider.app.app_context(), transaction():
        came_back(the_agent(), a_letter(somebody_waits(), TypeCourrier.RAPPEL))
    sign_in_as_agent(page, provider, RoleAgent.GESTIONNAIRE, [CAISSE])
    page.goto(f"{provider.issuer}/caf/courriers/retours")
    expect(page.locator("tbody")).to_contain_text("Rappel de juillet")
    look(page)
    page.get_by_role("button", name="Classer les courriers cochés").click()
    expect(page.locator("main")).to_contain_text("Cochez les courriers")
    look(page)
    page.get_by_label("À classer").check()
    page.get_by_label("Motif").fill("Organisme dissous")
    page.get_by_role("button", name="Classer les courriers cochés").click()
    expect(page.locator("main")).to_contain_text("1 courrier classé")
    expect(page.locator("main")).to_contain_text("Aucun courrier revenu n’attend")


def test_a_letter_that_came_back_is_put_away_on_a_phone_without_javascript(
    phone: Page, provider: Provider
) -> None:
    walk_returns(phone, provider, lambda page: None)


def test_letters_that_came_back_are_accessible(page: Page, provider: Provider) -> None:
    walk_returns(page, provider, judge)


def walk_contacts(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """A superviseur says how to reach their caisse."""
    with provider.app.app_context(), transaction():
        an_organisme()
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    page.locator("main").get_by_role("link", name="Courriers").click()
    page.get_by_role("link", name="Coordonnées des caisses").click()
    expect(page.locator("tbody")).to_contain_text("Pas encore donnée")
    look(page)
    page.get_by_role("link", name="Modifier").click()
    page.get_by_label("Téléphone").fill("appelez")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("main")).to_contain_text("Saisissez un numéro de téléphone")
    look(page)
    page.get_by_label("Adresse postale").fill("1 rue Imaginaire\n35000 EXEMPLEVILLE")
    page.get_by_label("Téléphone").fill("02 00 00 00 00")
    page.get_by_label("Adresse mail de support").fill("partenaires@caf359.example")
    page.get_by_label("Motif").fill("Premières coordonnées")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("tbody")).to_contain_text("35000 EXEMPLEVILLE")
    look(page)


def test_a_caisse_says_how_to_reach_it_on_a_phone_without_javascript(
    phone: Page, provider: Provider
) -> None:
    walk_contacts(phone, provider, lambda page: None)


def test_how_to_reach_a_caisse_is_accessible(page: Page, provider: Provider) -> None:
    walk_contacts(page, provider, judge)
