"""« Mes groupes » and « Pourquoi ? » by an administrateur, task by task: on a phone, then judged."""

from collections.abc import Callable

import pytest
from factories import (
    PASSWORD,
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
)
from gestes import judge, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.db import transaction
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import Role, TypeLogement

pytestmark = pytest.mark.browser
Look = Callable[[Page], None]
Journey = Callable[[Page, Provider, Look], None]


def an_administrateur(provider: Provider) -> str:
    """Of LES OLIVIERS: three groups, Nadia Le Gall in the first; their identifiant."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        contrat = a_contrat(organisme)
        prive = a_groupe(contrat, libelle="Logements privés – Caf d’Ille-et-Vilaine")
        a_groupe(
            contrat,
            code="offre-bailleurs:conventionne:359",
            libelle="Logements conventionnés – Caf d’Ille-et-Vilaine",
            type_logement=TypeLogement.CONVENTIONNE,
        )
        a_groupe(contrat, code="offre-bailleurs:prive:561", libelle="Logements privés – Caf 561")
        chef = an_account(given_name="Paul", family_name="Roux", email="chef@exemple.fr")
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        nadia = an_account(given_name="Nadia", family_name="Le Gall", email="nadia@exemple.fr")
        an_habilitation(
            a_rattachement(nadia, organisme),
            prive,
            granted_by=chef.id,
            granted_as=Qualite.ADMINISTRATEUR,
        )
        hugo = an_account(given_name="Hugo", family_name="Morel", email="hugo@exemple.fr")
        a_rattachement(hugo, organisme)
        return str(chef.identifiant)


def members(page: Page, provider: Provider, look: Look) -> None:
    """Nadia leaves the group, Hugo enters it."""
    page.goto(f"{provider.issuer}/habilitations/groupes")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    expect(page.get_by_role("heading", name="Mes groupes")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Logements privés – Caf d’Ille-et-Vilaine").click()
    look(page)
    page.get_by_label("Choisir Nadia Le Gall").check()
    page.get_by_role("button", name="Retirer les personnes cochées").click()
    expect(page.locator("#changements")).to_contain_text(
        "Nadia Le Gall perdra l’accès à Offre Bailleurs – Logements privés – Caf d’Ille-et-Vilaine"
    )
    look(page)
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_role("status")).to_contain_text("1 personne quitte")
    page.get_by_role("link", name="Ajouter des personnes").click()
    page.get_by_label("Rechercher un nom").fill("morel")
    page.get_by_role("button", name="Rechercher").click()
    page.get_by_label("Hugo Morel").check()
    look(page)
    page.get_by_role("button", name="Ajouter les personnes cochées").click()
    expect(page.locator("#changements")).to_contain_text("Hugo Morel pourra ouvrir")
    look(page)
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_role("link", name="Hugo Morel")).to_be_visible()


def sous_groupe(page: Page, provider: Provider, look: Look) -> None:
    """An agency is named, filled, narrowed and taken away."""
    page.goto(f"{provider.issuer}/habilitations/groupes")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    page.get_by_role("link", name="Créer un sous-groupe").click()
    look(page)
    page.get_by_label("Nom du sous-groupe").fill("Agence de Rennes")
    page.get_by_label("Logements privés – Caf d’Ille-et-Vilaine").check()
    page.get_by_label("Logements privés – Caf 561").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status")).to_contain_text("Agence de Rennes")
    page.get_by_role("link", name="Ajouter des personnes").click()
    page.get_by_label("Hugo Morel").check()
    page.get_by_role("button", name="Ajouter les personnes cochées").click()
    page.get_by_role("button", name="Confirmer").click()
    look(page)
    page.get_by_role("link", name="Modifier ce sous-groupe").click()
    page.get_by_label("Logements privés – Caf 561").uncheck()
    page.get_by_label("Logements conventionnés").check()
    look(page)
    page.get_by_role("button", name="Valider").click()
    changements = page.locator("#changements")
    expect(changements).to_contain_text("1 personne perdra l’accès à Offre Bailleurs")
    expect(changements).to_contain_text("1 personne pourra ouvrir Offre Bailleurs")
    look(page)
    page.get_by_role("button", name="Confirmer").click()
    page.get_by_role("link", name="Supprimer ce sous-groupe").click()
    expect(page.locator("main")).to_contain_text("Membres : Hugo Morel")
    look(page)
    page.get_by_role("button", name="Supprimer le sous-groupe").click()
    expect(page.get_by_role("status")).to_contain_text("est supprimé")


def pourquoi(page: Page, provider: Provider, look: Look) -> None:
    """From the file of Nadia to what the service receives; then of who has nothing."""
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    page.get_by_role("link", name="Nadia Le Gall").click()
    page.get_by_role("link", name="Pourquoi cette personne").click()
    look(page)
    page.get_by_role("link", name="Pourquoi Offre Bailleurs").click()
    expect(page.locator("main")).to_contain_text("Oui : l’accès au service Offre Bailleurs")
    expect(page.locator("main")).to_contain_text("par Paul Roux, administrateur")
    expect(page.locator("pre").first).to_contain_text("offre-bailleurs:prive:359")
    look(page)
    page.get_by_role("link", name="Retour").click()
    page.get_by_role("link", name="Pourquoi Cdap").click()
    expect(page.locator("#raisons")).to_contain_text("n’a pas de contrat")
    look(page)
    page.goto(f"{provider.issuer}/profil/habilitations")
    look(page)
    page.get_by_role("link", name="Pourquoi Offre Bailleurs").click()
    expect(page.locator("main")).to_contain_text("Vous n’êtes dans aucun groupe")
    look(page)


JOURNEYS = [members, sous_groupe, pourquoi]


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__)
def test_tasks_of_groups_on_a_phone_without_javascript(
    phone: Page, provider: Provider, journey: Journey
) -> None:
    journey(phone, provider, lambda page: None)


@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__)
def test_pages_of_groups_are_accessible(page: Page, provider: Provider, journey: Journey) -> None:
    journey(page, provider, judge)
