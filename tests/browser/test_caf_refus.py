"""What each role sees of the « Espace Caf », what it does not, and what typing the address anyway answers.

A refusal is a page in French that says who may, and leads on; nobody is left before a closed door.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import PASSWORD, a_caisse, an_agent, an_application
from gestes import judge, type_identifiers
from playwright.sync_api import Page, expect
from test_toutes_les_pages import enter
from visitor import Provider

from idp.accounts.models import Account
from idp.db import db, transaction
from idp.habilitations.models import RoleAgent

pytestmark = pytest.mark.browser

TOUS = ["Organismes", "Courriers", "Imports", "Assistance", "Campagnes", "Services", "Chiffres"]
SUPERVISEUR_PEUT = "Un superviseur de votre Caf peut le faire"
NATIONAL_PEUT = "Un agent national peut le faire"
DOSSIER = "organismes/{organisme}"
CE_QUI_EST_AU_SUPERVISEUR = {
    "supervision": SUPERVISEUR_PEUT,
    DOSSIER + "/supervision": SUPERVISEUR_PEUT,
    DOSSIER + "/supervision/suspendre/organisme/{organisme}": SUPERVISEUR_PEUT,
    DOSSIER + "/supervision/remplacement": SUPERVISEUR_PEUT,
    DOSSIER + "/fusion": SUPERVISEUR_PEUT,
    "courriers/lots/{lot}/secrets": SUPERVISEUR_PEUT,
    "campagnes/{campagne}/lancer": SUPERVISEUR_PEUT,
    "assistance/{personne}/vue": SUPERVISEUR_PEUT,
}
CE_QUI_EST_AU_NATIONAL = {
    "agents": NATIONAL_PEUT,
    "agents/creer": NATIONAL_PEUT,
    "supervision/services/cdap": NATIONAL_PEUT,
    "supervision/mot-de-passe": NATIONAL_PEUT,
}
DES_SUPERVISEURS = {
    DOSSIER: ["Réunir un autre organisme"],
    DOSSIER + "/conventions": ["Supervision"],
    DOSSIER + "/utilisateurs/{personne}": ["Suspendre", "Imposer un autre mot de passe"],
    "courriers/lots/{lot}": ["Émettre tout le lot"],
    "campagnes/{campagne}": ["Lancer la campagne", "Arrêter la campagne"],
    "assistance/{personne}": ["Voir ce que voit"],
}
DES_NATIONAUX = {"services/cles": ["Avancer d’une étape"]}


@dataclass(frozen=True)
class Attendu:
    """``ferme``: what a page does not offer to this role; ``refuse``: what the refusal of an address says."""

    menu: list[str]
    ferme: Mapping[str, list[str]]
    offre: Mapping[str, list[str]]
    refuse: Mapping[str, str]


ATTENDUS = {
    RoleAgent.GESTIONNAIRE: Attendu(
        [*TOUS, "Guide"],
        ferme=DES_SUPERVISEURS | DES_NATIONAUX,
        offre={},
        refuse=CE_QUI_EST_AU_SUPERVISEUR | CE_QUI_EST_AU_NATIONAL,
    ),
    RoleAgent.SUPERVISEUR: Attendu(
        [*TOUS, "Supervision", "Guide"],
        ferme=DES_NATIONAUX | {"supervision": ["Suspendre Cdap", "Imposer un autre mot de passe"]},
        offre=DES_SUPERVISEURS,
        refuse=CE_QUI_EST_AU_NATIONAL,
    ),
    RoleAgent.NATIONAL: Attendu(
        [*TOUS, "Supervision", "Agents", "Guide"],
        ferme={},
        offre=DES_SUPERVISEURS | DES_NATIONAUX | {"supervision": ["Suspendre Cdap"]},
        refuse={},
    ),
}


def a_desk(provider: Provider, role: RoleAgent, *caisses: str) -> tuple[Account, Dossier]:
    """An agent, and LES OLIVIERS of the caisse 359."""
    with provider.app.app_context(), transaction():
        agent = an_agent(role, caisses, given_name="Jean", family_name="Agent")
        an_application(agent)
        a_caisse(AUTRE_CAISSE, ("75",))
        return agent, un_dossier()


def addresses(provider: Provider, dossier: Dossier, path: str) -> str:
    """The address of a page of the tables above."""
    named = {
        "organisme": dossier.organisme.id,
        "personne": dossier.user.id,
        "lot": dossier.courrier.lot_id,
        "campagne": dossier.campagne.id,
    }
    return f"{provider.issuer}/caf/{path.format_map(named)}"


def is_refused(page: Page, address: str, *, because: str, leads_to: str) -> None:
    """A page that says why and what to do, with a way on."""
    page.goto(address)
    main = page.locator("main")
    expect(main.get_by_role("heading", level=1)).to_be_visible()
    expect(main).to_contain_text(because)
    expect(main.get_by_role("link", name=leads_to)).to_be_visible()


@pytest.mark.parametrize("role", RoleAgent)
def test_a_role_is_offered_what_it_may_do_and_told_who_may_do_the_rest(
    page: Page, provider: Provider, role: RoleAgent
) -> None:
    agent, dossier = a_desk(provider, role, *([CAISSE] if role is not RoleAgent.NATIONAL else []))
    attendu = ATTENDUS[role]
    enter(page, provider, agent)

    page.goto(f"{provider.issuer}/caf/")
    tiles = page.locator(".mcp-tuiles").get_by_role("link")
    assert sorted(tiles.all_inner_texts()) == sorted(attendu.menu)
    menu = page.get_by_role("navigation", name="Mon Compte Partenaire")
    menu.locator("summary", has_text="Espace Caf").click()
    assert menu.locator("details").get_by_role("link").all_inner_texts() == tiles.all_inner_texts()
    for path, names in attendu.ferme.items():
        page.goto(addresses(provider, dossier, path))
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for name in names:
            pressed = page.locator("main").locator("a, button").filter(has_text=name)
            expect(pressed, f"{path}: {name}").to_have_count(0)
    for path, names in attendu.offre.items():
        page.goto(addresses(provider, dossier, path))
        for name in names:
            pressed = page.locator("main").locator("a, button").filter(has_text=name)
            expect(pressed.first, f"{path}: {name}").to_be_visible()
    for path, because in attendu.refuse.items():
        address = addresses(provider, dossier, path)
        is_refused(page, address, because=because, leads_to="Revenir à l’Espace Caf")
    if attendu.refuse:
        judge(page)
        page.get_by_role("link", name="Revenir à l’Espace Caf").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_what_is_of_another_caisse_is_not_found_and_the_page_says_where_to_look(
    page: Page, provider: Provider
) -> None:
    agent, dossier = a_desk(provider, RoleAgent.SUPERVISEUR, AUTRE_CAISSE)
    enter(page, provider, agent)

    for path in (
        DOSSIER,
        DOSSIER + "/supervision",
        "courriers/lots/{lot}",
        "assistance/{personne}",
    ):
        address = addresses(provider, dossier, path)
        is_refused(page, address, because="une autre Caf", leads_to="Revenir à l’Espace Caf")
        expect(page.locator("body")).not_to_contain_text("LES OLIVIERS")
    judge(page)
    page.get_by_role("link", name="Revenir à l’Espace Caf").click()
    page.get_by_label("Rechercher un organisme ou une personne").fill("Oliviers")
    page.get_by_role("button", name="Rechercher").click()
    expect(page.get_by_role("status")).to_contain_text("Rien ne correspond à « Oliviers »")


def test_an_administrateur_of_a_partner_is_led_home(page: Page, provider: Provider) -> None:
    _agent, dossier = a_desk(provider, RoleAgent.NATIONAL)
    with provider.app.app_context(), transaction():
        chef = db.session.get_one(Account, dossier.chef.account_id)
        chef.last_rattachement_id = dossier.chef.id
        an_application(chef)
    enter(page, provider, chef)

    page.goto(f"{provider.issuer}/accueil")
    expect(page.get_by_role("link", name="Espace Caf")).to_have_count(0)
    for path in ("", DOSSIER, "agents", "guide", "assistance/{personne}", "courriers/lots/{lot}"):
        address = addresses(provider, dossier, path)
        is_refused(page, address, because="réservée aux agents de la Caf", leads_to="l’accueil")
        expect(page.locator("main")).not_to_contain_text("Espace Caf")
    judge(page)
    page.get_by_role("link", name="Revenir à l’accueil").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bonjour")


def test_an_agent_without_second_factor_adds_one_before_anything_opens(
    page: Page, provider: Provider
) -> None:
    with provider.app.app_context(), transaction():
        agent = an_agent(RoleAgent.SUPERVISEUR, [CAISSE])
        un_dossier()

    page.goto(f"{provider.issuer}/caf/organismes")
    type_identifiers(page, str(agent.identifiant), PASSWORD)

    for path in ("", "organismes", "supervision", "guide"):
        page.goto(f"{provider.issuer}/caf/{path}")
        expect(page.locator("main")).to_contain_text("double authentification")
        expect(page.locator("body")).not_to_contain_text("LES OLIVIERS")
    judge(page)
