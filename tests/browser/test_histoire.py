"""The guide, played from its first page: two letters, five steps, Offre Bailleurs, a user created, their turn."""

import re

import pytest
from gestes import (
    CDAP,
    HOME,
    IDENTIFIANT,
    OFFRE_BAILLEURS,
    PASSWORD,
    SECRET,
    found,
    go_through_the_steps,
    judge,
    letter,
    mail,
    sign_out,
    type_identifiers,
)
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("demonstration")]


def test_from_the_two_letters_to_offre_bailleurs_and_to_a_new_user(
    page: Page, another_page: Page
) -> None:
    identifiant = found(IDENTIFIANT, letter(page, "Courriers de l’identifiant", "LES OLIVIERS"))
    # The second letter does not name the organisme's identifiant; it is found by its address.
    secret = found(SECRET, letter(page, "Courriers du mot de passe", "LES OLIVIERS"))

    _first_connection(page, identifiant, secret)
    _open_offre_bailleurs(page)
    _be_refused_by_cdap(page)
    _create_nadia(page)
    sign_out(page)
    expect(page.locator("main")).to_contain_text("déconnect")
    _nadia_connects(another_page)


def _first_connection(page: Page, identifiant: str, secret: str) -> None:
    page.goto(HOME)
    judge(page)
    page.get_by_role("link", name="Mon Compte Partenaire", exact=True).click()
    expect(page).to_have_title("Connexion – Mon Compte Partenaire")
    judge(page)
    page.get_by_role("link", name="Première connexion").click()
    judge(page)
    type_identifiers(page, identifiant, "2222-2222-2222-2222")
    expect(page.get_by_role("alert")).to_contain_text("Identifiant ou mot de passe incorrect")
    type_identifiers(page, identifiant, secret)
    expect(page.locator("main")).to_contain_text("vous deviendrez son administrateur")
    go_through_the_steps(
        page, email_proven=False, prenom="Claire", nom="Martin", email="claire@oliviers.example.fr"
    )
    expect(page).to_have_url(f"{HOME}/accueil")
    expect(page.locator("main")).to_contain_text("Convention sélectionnée : LES OLIVIERS")
    expect(page.locator("main")).to_contain_text("(état : Validée)")
    judge(page)


def _open_offre_bailleurs(page: Page) -> None:
    page.get_by_role("link", name="Ouvrir Offre Bailleurs").click()
    expect(page).to_have_url(f"{OFFRE_BAILLEURS}/bailleur")
    main = page.locator("main")
    expect(main).to_contain_text("Bonjour Claire Martin")
    expect(main).to_contain_text("LES OLIVIERS")
    expect(main).to_contain_text("359\u00a000007090001, 561\u00a000004127001")
    for groupe in ("conventionne:359", "prive:359", "conventionne:561", "prive:561"):
        expect(main).to_contain_text(f"offre-bailleurs:{groupe}")
    expect(main.locator("pre")).to_contain_text(re.compile(r"^200 "))
    judge(page)


def _be_refused_by_cdap(page: Page) -> None:
    page.goto(CDAP)
    page.get_by_role("link", name="Se connecter avec Mon Compte Partenaire").click()
    expect(page.locator("main")).to_contain_text(
        "n’a pas de contrat avec la Caf pour le service Cdap"
    )
    judge(page)
    page.locator("#annuler").click()
    expect(page).to_have_url(re.compile(rf"^{CDAP}/callback\?.*error=access_denied"))


def _create_nadia(page: Page) -> None:
    page.goto(f"{HOME}/accueil")
    page.get_by_text("Gestion des habilitations", exact=True).click()
    page.get_by_role("link", name="Mes utilisateurs", exact=True).first.click()
    judge(page)
    page.get_by_role("link", name="Créer un utilisateur").click()
    judge(page)
    page.get_by_label("Nom", exact=False).first.fill("Le Gall")
    page.get_by_label("Prénom").fill("Nadia")
    page.get_by_label("Adresse mail").first.fill("nadia.legall@exemple.fr")
    page.get_by_label("Confirmer l’adresse mail").fill("nadia.legall@exemple.fr")
    page.get_by_label("Itinérant (poste de travail variable)").check()
    page.get_by_label("Logements privés – Caf d’Ille-et-Vilaine").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status")).to_contain_text("Nadia Le Gall")
    judge(page)
    page.goto(f"{HOME}/habilitations/utilisateurs")
    expect(page.get_by_role("row").filter(has_text="Le Gall")).to_contain_text(
        "Première connexion attendue"
    )
    judge(page)


def _nadia_connects(page: Page) -> None:
    text = mail(page, "nadia.legall@exemple.fr", "identifiants")
    assert "cliquez ici" not in text.lower()
    assert page.locator("main pre a").count() == 0
    page.goto(OFFRE_BAILLEURS)
    page.get_by_role("link", name="Se connecter avec Mon Compte Partenaire").click()
    expect(page.locator("main")).to_contain_text("Offre Bailleurs")
    type_identifiers(page, found(IDENTIFIANT, text), found(SECRET, text))
    go_through_the_steps(
        page, email_proven=True, prenom="Nadia", nom="Le Gall", email="nadia.legall@exemple.fr"
    )
    # Back where she was going, without another word, and with her own group only.
    expect(page).to_have_url(f"{OFFRE_BAILLEURS}/bailleur")
    expect(page.locator("main")).to_contain_text("offre-bailleurs:prive:359")
    expect(page.locator("main")).not_to_contain_text("conventionne")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page).to_have_url(re.compile(rf"^{OFFRE_BAILLEURS}/"))
    page.goto(f"{HOME}/accueil")
    type_identifiers(page, "nadia.legall@exemple.fr", PASSWORD)
    expect(page.locator("main")).not_to_contain_text("Mes utilisateurs")
