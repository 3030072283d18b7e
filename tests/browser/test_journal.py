"""An administrateur reads the journal: on a phone without JavaScript, then judged."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from factories import (
    PASSWORD,
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_organisme,
)
from gestes import judge, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp import audit
from idp.audit import Actor
from idp.clock import now
from idp.db import transaction
from idp.habilitations.events import (
    AdministrateurDesigne,
    HabilitationDonnee,
    HabilitationRetiree,
    RattachementModifie,
    UtilisateurCree,
)
from idp.habilitations.models import Role
from idp.journal_proof import checked

pytestmark = pytest.mark.browser


def an_administrateur(provider: Provider) -> str:
    """Of LES OLIVIERS, where thirty things happened; their identifiant."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        groupe = a_groupe(a_contrat(organisme), libelle="Logements privés – Caf d’Ille-et-Vilaine")
        chef = an_account(email="chef@exemple.fr")
        place = a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        nadia = an_account(given_name="Nadia", family_name="Le Gall", email="nadia@exemple.fr")
        user = a_rattachement(nadia, organisme)
        told = [
            (AdministrateurDesigne(rattachement_id=place.id), chef),
            (UtilisateurCree(rattachement_id=user.id, groupes=[groupe.code]), nadia),
            (RattachementModifie(user.id, "2026-06-03", None, "itinerant"), nadia),
        ]
        for _time in range(14):
            told += [
                (HabilitationRetiree(user.id, groupe.code), nadia),
                (HabilitationDonnee(user.id, groupe.code), nadia),
            ]
        for number, (event, about) in enumerate(told):
            audit.record(
                event,
                at=now() - timedelta(hours=2) + timedelta(minutes=number),
                actor=Actor.person(chef.id),
                account_id=about.id,
                organisme_id=organisme.id,
            )
        audit.seal()
        return str(chef.identifiant)


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """From the menu to the oldest line, then to one person and her file."""
    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    page.get_by_text("Gestion des habilitations").first.click()
    page.get_by_role("link", name="Journal", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Journal de l’organisme")
    look(page)
    page.get_by_role("link", name="Page suivante").click()
    expect(page.locator("main")).to_contain_text(
        "Vous avez créé Nadia Le Gall, dans Logements privés – Caf d’Ille-et-Vilaine"
    )
    page.get_by_role("link", name="Page précédente").click()
    page.get_by_text("Filtrer le journal").click()
    page.get_by_label("Actions").select_option("Utilisateurs créés, modifiés ou clos")
    page.get_by_label("Nom de la personne concernée").fill("le gall")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_text("Détail").first.click()
    expect(page.locator("details[open] code").first).to_have_text("rattachement_modifie")
    look(page)
    page.get_by_role("link", name="Exporter ces lignes").click()
    expect(page.get_by_label("Excel (.xlsx)")).to_be_checked()
    look(page)
    with page.expect_download() as table:
        page.get_by_role("button", name="Télécharger le tableau").click()
    assert table.value.suggested_filename.endswith(".xlsx")
    with page.expect_download() as proof:
        page.get_by_role("button", name="Télécharger la preuve").click()
    assert checked(json.loads(proof.value.path().read_text())).rows[-1].number == 31
    page.go_back()
    page.get_by_role("link", name="Nadia Le Gall").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nadia Le Gall")
    page.get_by_role("link", name="Ce qui s’est passé pour cette personne").click()
    expect(page.locator("table caption")).to_contain_text("qui correspondent")


def test_journal_is_read_on_a_phone_without_javascript(phone: Page, provider: Provider) -> None:
    walk(phone, provider, lambda page: None)


def test_pages_of_the_journal_are_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, lambda shown: judge(shown))
