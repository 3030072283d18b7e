"""Agents find an organisme and read its file: in the demonstration from their first mail, then every day."""

from collections.abc import Callable

import pytest
from dossiers import CAISSE, un_dossier
from gestes import HOME, connect_an_agent_for_the_first_time, judge, sign_in_as_agent
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.cli.demonstration_place import AGENT
from idp.db import db, transaction
from idp.habilitations.models import NumeroUtilisateur, RoleAgent

pytestmark = pytest.mark.browser


def search(page: Page, texte: str) -> None:
    page.get_by_label("Rechercher un organisme ou une personne").fill(texte)
    page.get_by_role("button", name="Rechercher").click()


@pytest.mark.usefixtures("demonstration")
def test_the_agent_of_the_demonstration_is_played_from_the_first_mail(page: Page) -> None:
    application = connect_an_agent_for_the_first_time(
        page, prenom=AGENT.prenom, nom=AGENT.nom, email=AGENT.email
    )
    assert application.now()

    page.locator("main").get_by_role("link", name="Organismes").click()
    assert page.url == f"{HOME}/caf/organismes"
    judge(page)
    search(page, "359 00007090001")
    judge(page)
    page.get_by_role("link", name="LES OLIVIERS").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("LES OLIVIERS")
    expect(page.locator("main")).to_contain_text("Convention validée")
    judge(page)


def correct(page: Page, look: Callable[[Page], None]) -> None:
    """A SIRET that is not one, then the right one; the file tells it."""
    page.get_by_role("link", name="Modifier ce dossier").click()
    look(page)
    page.get_by_label("SIRET").fill("732 829 320 00075")
    page.get_by_label("Motif").fill("Premier SIRET connu")
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("alert")).to_contain_text("vérifiez chaque chiffre")
    look(page)
    page.get_by_label("SIRET").fill("732 829 320 00074")
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status")).to_contain_text("Le dossier est à jour")
    expect(page.get_by_role("table")).to_contain_text("Premier SIRET connu")
    look(page)


def look_around(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """A gestionnaire of the caisse types a number, a name, and what finds nothing."""
    with provider.app.app_context(), transaction():
        dossier = un_dossier()
        numero = NumeroUtilisateur(
            valeur="35900007090001", organisme_id=dossier.organisme.id, caisse_code=CAISSE
        )
        db.session.add(numero)
    sign_in_as_agent(page, provider, RoleAgent.GESTIONNAIRE, [CAISSE])
    page.locator("main").get_by_role("link", name="Organismes").click()
    look(page)
    search(page, "nulle part")
    expect(page.get_by_role("status")).to_contain_text("Rien ne correspond à « nulle part »")
    look(page)
    search(page, "martin")
    expect(page.get_by_role("table")).to_contain_text("Nadia Martin")
    look(page)
    search(page, "359 00007090001")
    page.get_by_role("link", name="LES OLIVIERS").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("LES OLIVIERS")
    look(page)
    correct(page, look)
    tabs = page.get_by_role("navigation", name="Pages de LES OLIVIERS")
    tabs.get_by_role("link", name="Utilisateurs").click()
    expect(page.get_by_role("table")).to_contain_text("2 utilisateurs")
    look(page)
    page.get_by_role("link", name="Nadia Martin").click()
    expect(page.locator("main")).to_contain_text("Cette consultation est notée au journal")
    look(page)
    tabs.get_by_role("link", name="Journal").click()
    expect(page.get_by_role("table")).to_contain_text("consulté le dossier de Nadia Martin")
    look(page)


def test_an_organisme_is_found_and_read_on_a_phone(phone: Page, provider: Provider) -> None:
    look_around(phone, provider, lambda page: None)


def test_the_search_and_the_file_are_accessible(page: Page, provider: Provider) -> None:
    look_around(page, provider, judge)


def create(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """Two landlords entered by hand; then a number that was wrong is withdrawn, and one that is taken refused."""
    sign_in_as_agent(page, provider, RoleAgent.GESTIONNAIRE, [CAISSE])
    page.goto(f"{provider.issuer}/caf/organismes")
    page.get_by_role("link", name="Créer un organisme").click()
    look(page)
    page.get_by_label("N° utilisateur").fill("359 00007090001")
    page.get_by_label("Personne morale").check()
    page.get_by_label("Raison sociale").fill("SCI Les Ajoncs")
    page.get_by_label("Adresse", exact=False).first.fill("3 rue Neuve")
    page.get_by_label("Logements privés").check()
    page.get_by_label("Motif").fill("Demande reçue par courrier")
    page.get_by_role("button", name="Créer l’organisme").click()
    expect(page.get_by_role("alert")).to_contain_text("code postal")
    look(page)
    page.get_by_label("Adresse", exact=False).first.fill("3 rue Neuve\n35000 RENNES")
    page.get_by_role("button", name="Créer l’organisme").click()
    expect(page.get_by_role("status")).to_contain_text("L’organisme est créé")
    expect(page.locator("main")).to_contain_text("Logements privés – Caf")
    look(page)
    page.get_by_role("link", name="Modifier ce dossier").click()
    page.get_by_label("N° utilisateur").fill("359 00007090002")
    page.get_by_label("Motif").fill("Numéro mal saisi")
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("table")).to_contain_text("Numéro mal saisi")
    look(page)

    page.goto(f"{provider.issuer}/caf/organismes/creer")
    page.get_by_label("N° utilisateur").fill("359 00007090002")
    page.get_by_label("Personne physique").check()
    page.get_by_label("Civilité").select_option("Mme")
    page.get_by_label("Nom", exact=True).fill("Martin")
    page.get_by_label("Prénom").fill("Anne")
    page.get_by_label("Adresse", exact=False).first.fill("4 rue Neuve\n35000 RENNES")
    page.get_by_label("Motif").fill("Nouveau bailleur")
    page.get_by_role("button", name="Créer l’organisme").click()
    expect(page.get_by_role("alert")).to_contain_text("est celui de SCI Les Ajoncs")
    look(page)
    page.get_by_role("link", name="SCI Les Ajoncs", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SCI Les Ajoncs")


def test_an_organisme_is_created_by_hand_on_a_phone_without_javascript(
    phone: Page, provider: Provider
) -> None:
    create(phone, provider, lambda page: None)


def test_each_page_of_a_creation_is_accessible(page: Page, provider: Provider) -> None:
    create(page, provider, judge)
