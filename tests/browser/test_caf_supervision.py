"""Agents sign conventions, open services, suspend, replace: on a phone without JavaScript; each page judged."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from dossiers import CAISSE, Dossier, un_dossier
from factories import a_rattachement, an_account, an_organisme
from gestes import judge, sign_in_as_agent
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.accounts.models import Account
from idp.db import db, transaction
from idp.extensions import ground
from idp.habilitations.administration import successions
from idp.habilitations.administration.administrateurs import OrganismesDesComptes
from idp.habilitations.models import RoleAgent, Voie
from idp.habilitations.rattachements import selection
from idp.habilitations.supervision import sans_administrateur

pytestmark = pytest.mark.browser
Look = Callable[[Page], None]


def a_dossier(provider: Provider) -> tuple[Dossier, str]:
    """LES OLIVIERS, and the address of its pages."""
    with provider.app.app_context(), transaction():
        dossier = un_dossier()
        return dossier, f"{provider.issuer}/caf/organismes/{dossier.organisme.id}"


def because(page: Page, motif: str, button: str) -> None:
    page.get_by_label("Motif").fill(motif)
    page.get_by_role("button", name=button).click()


def sign_and_open(page: Page, provider: Provider, look: Look) -> None:
    _dossier, lieu = a_dossier(provider)
    sign_in_as_agent(page, provider, RoleAgent.GESTIONNAIRE, [CAISSE])
    page.goto(lieu)
    page.get_by_role("link", name="Conventions", exact=True).click()
    look(page)
    page.get_by_role("link", name="Préparer une convention").click()
    look(page)
    page.get_by_label("Nom de la convention").fill("Convention Cdap 2027")
    page.get_by_role("button", name="Préparer").click()
    expect(page.get_by_role("alert")).to_contain_text("Dites pourquoi")
    look(page)
    because(page, "Demande du partenaire", "Préparer")
    expect(page.get_by_role("status")).to_contain_text("La convention est préparée")
    page.get_by_role("link", name="Ouvrir un contrat pour Cdap sur Convention Cdap").click()
    look(page)
    page.get_by_role("button", name="Ouvrir le contrat").click()
    expect(page.get_by_role("alert")).to_contain_text("Cochez au moins une case")
    look(page)
    page.get_by_label("Profil T1").check()
    page.get_by_label("Zones").fill("35")
    page.get_by_label("Dernier jour").fill("2098-06-30")
    because(page, "Bulletin d’adhésion reçu", "Ouvrir le contrat")
    expect(page.get_by_role("status")).to_contain_text("Un groupe est ouvert pour Cdap")
    look(page)
    page.get_by_text("1 groupe d’habilitation de Cdap").click()
    page.get_by_role("link", name=re.compile("Fermer le groupe .*T1")).click()
    look(page)
    because(page, "Profil coché par erreur", "Fermer ce groupe")
    expect(page.get_by_role("status")).to_contain_text("Le groupe est fermé")
    page.get_by_role("link", name="Ajouter des groupes à Cdap").click()
    page.get_by_label("Profil T1").check()
    page.get_by_label("Zones").fill("35")
    because(page, "Finalement demandé", "Ajouter ces groupes")
    expect(page.get_by_role("status")).to_contain_text("Un groupe est ouvert pour Cdap")
    page.get_by_role("link", name="Mettre à la signature la convention Convention Cdap").click()
    because(page, "Bulletin envoyé", "Mettre à la signature")
    page.get_by_role("link", name="Valider la convention Convention Cdap").click()
    look(page)
    because(page, "Bulletin signé le 20 novembre", "Valider la convention")
    expect(page.get_by_role("status")).to_contain_text("La convention est validée")
    look(page)
    page.get_by_role("link", name="Clore le contrat Cdap").click()
    expect(page.locator("main")).to_contain_text("1 personne, dans Cdap")
    look(page)
    because(page, "Le service n’est plus utile", "Clore")
    expect(page.get_by_role("status")).to_contain_text("Le contrat de service est clos")
    page.get_by_role("link", name="Rouvrir le contrat Cdap").click()
    because(page, "Demandé par l’organisme", "Rouvrir")
    expect(page.get_by_role("status")).to_contain_text("Le contrat de service est rouvert")
    page.get_by_text("1 groupe d’habilitation de Cdap").click()
    expect(page.get_by_text(re.compile("^cdap:"))).to_be_visible()
    page.get_by_role("link", name="Résilier la convention Convention Cdap").click()
    look(page)
    page.get_by_label("Dernier jour de la convention").fill("2098-12-31")
    because(page, "Courrier du partenaire", "Résilier")
    expect(page.locator("main")).to_contain_text("Résiliée à la fin du 31/12/2098")
    page.get_by_role("link", name="Annuler la résiliation de la convention Convention Cdap").click()
    expect(page.locator("main")).to_contain_text("Elle continuera sans date de fin")
    look(page)
    because(page, "Le partenaire revient sur sa demande", "Annuler la résiliation")
    expect(page.get_by_role("status")).to_contain_text("La résiliation est annulée")
    look(page)
    page.get_by_role("link", name="Résilier la convention Convention Cdap").click()
    because(page, "Départ du partenaire", "Résilier")
    expect(page.get_by_role("status")).to_contain_text("La résiliation est enregistrée")
    expect(page.get_by_role("link", name="Clore le contrat Cdap")).to_have_count(0)
    expect(page.get_by_role("link", name="Supervision")).to_have_count(0)
    page.goto(f"{lieu}/supervision")
    expect(page.locator("main")).to_contain_text("Votre rôle d’agent ne permet pas")


def suspend_and_take_over(page: Page, provider: Provider, look: Look) -> None:
    _dossier, lieu = a_dossier(provider)
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    page.goto(f"{lieu}/supervision")
    look(page)
    page.get_by_label("Début du nom").fill("mart")
    page.get_by_role("button", name="Chercher").click()
    look(page)
    page.get_by_role("link", name="Suspendre Nadia Martin").click()
    look(page)
    page.get_by_role("button", name="Suspendre").click()
    expect(page.get_by_role("alert")).to_contain_text("Dites pourquoi")
    because(page, "Usage suspect signalé", "Suspendre")
    expect(page.get_by_role("status")).to_contain_text("La suspension est en vigueur")
    expect(page.locator("main")).to_contain_text("Usage suspect signalé")
    look(page)
    page.get_by_role("link", name="Lever la suspension : Nadia Martin").click()
    look(page)
    because(page, "Vérifié avec l’organisme", "Lever la suspension")
    expect(page.locator("main")).to_contain_text("Vérifié avec l’organisme")
    page.get_by_role("link", name="Retirer la délégation").click()
    look(page)
    because(page, "Comptes partagés malgré deux rappels", "Retirer la délégation")
    expect(page.locator("main")).to_contain_text("sa console ne fait que montrer")
    page.get_by_role("link", name="Imposer un autre mot de passe à tous").click()
    look(page)
    because(page, "Mots de passe divulgués", "Imposer un autre mot de passe")
    expect(page.get_by_role("status")).to_contain_text("2 personnes devront choisir")


def replace(page: Page, provider: Provider, look: Look) -> None:
    _dossier, lieu = a_dossier(provider)
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    page.goto(f"{lieu}/supervision")
    page.get_by_role("link", name="Remplacer l’administrateur par une nouvelle").click()
    look(page)
    page.get_by_label("Madame").check()
    page.get_by_label("Nom", exact=False).first.fill("Le Gall")
    page.get_by_label("Prénom").fill("Anne")
    because(page, "Administrateur décédé", "Demander le remplacement")
    expect(page.get_by_role("status")).to_contain_text("attend l’accord d’un second agent")
    page.get_by_role("link", name=re.compile("Anne Le Gall")).click()
    expect(page.locator("main")).to_contain_text("c’est à un autre agent")
    expect(page.get_by_role("button", name="Donner mon accord")).to_have_count(0)
    look(page)

    page.context.clear_cookies()
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE], given_name="Paul")
    page.goto(f"{provider.issuer}/caf/")
    page.locator("main").get_by_role("link", name="Supervision").click()
    look(page)
    page.get_by_role("link", name="LES OLIVIERS").first.click()
    look(page)
    page.get_by_role("button", name="Donner mon accord").click()
    expect(page.get_by_role("status")).to_contain_text("L’administrateur est remplacé")
    expect(page.locator("main")).to_contain_text("Anne Le Gall")


def answer_who_asked(page: Page, provider: Provider, look: Look) -> None:
    dossier, lieu = a_dossier(provider)
    with provider.app.app_context(), transaction():
        now = datetime.now(UTC)
        sienne = selection(dossier.user.id, now)
        assert sienne
        successions.demander(sienne, Voie.CAF, "Le gérant est parti en retraite", now)
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    page.goto(f"{lieu}/supervision")
    look(page)
    page.get_by_role("link", name="Refuser Nadia Martin").click()
    expect(page.locator("main")).to_contain_text("Le gérant est parti en retraite")
    look(page)
    page.go_back()
    page.get_by_role("link", name="Accepter Nadia Martin").click()
    page.get_by_role("button", name="Demander l’accord").click()
    expect(page.get_by_role("alert")).to_contain_text("Dites pourquoi")
    look(page)
    because(page, "Extrait Kbis reçu le 20 novembre", "Demander l’accord d’un second agent")
    expect(page.get_by_role("status")).to_contain_text("attend l’accord d’un second agent")
    look(page)
    page.get_by_role("link", name="l’accord d’un second agent").click()
    expect(page.locator("main")).to_contain_text("c’est à un autre agent")
    look(page)

    page.context.clear_cookies()
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE], given_name="Paul")
    page.goto(f"{provider.issuer}/caf/supervision")
    look(page)
    page.get_by_role("link", name="LES OLIVIERS").first.click()
    expect(page.locator("main")).to_contain_text("Extrait Kbis reçu le 20 novembre")
    look(page)
    page.get_by_role("link", name="Refuser").click()
    look(page)
    page.go_back()
    page.get_by_role("button", name="Donner mon accord").click()
    expect(page.get_by_role("status")).to_contain_text("Cette personne est administrateur")
    expect(page.locator("main")).to_contain_text("Nadia Martin – dernière connexion")


def close_to_everybody(page: Page, provider: Provider, look: Look) -> None:
    a_dossier(provider)
    sign_in_as_agent(page, provider, RoleAgent.NATIONAL)
    page.goto(f"{provider.issuer}/caf/supervision")
    look(page)
    page.get_by_role("link", name="Suspendre Cdap").click()
    look(page)
    because(page, "Fuite de données en cours", "Suspendre le service")
    expect(page.locator("main")).to_contain_text("Cdap est suspendu")
    look(page)
    page.get_by_role("link", name="Rouvrir Cdap").click()
    look(page)
    because(page, "Fuite colmatée", "Rouvrir le service")
    expect(page.locator("main")).not_to_contain_text("Cdap est suspendu")
    page.get_by_role("link", name="Imposer un autre mot de passe à tout le monde").click()
    look(page)
    because(page, "Base volée", "Imposer un autre mot de passe à tout le monde")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Autre mot de passe")
    look(page)


def alerts(page: Page, provider: Provider, look: Look) -> None:
    with provider.app.app_context(), transaction():
        dossier = un_dossier()
        now = datetime.now(UTC)
        heure = (now - timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
        db.session.get_one(Account, dossier.chef.account_id).last_login_at = now - timedelta(400)
        for rang in range(ground().settings.creations_alert):
            created = {"created_at": heure, "created_by": dossier.chef.account_id}
            a_rattachement(an_account(email=f"p{rang}@exemple.fr"), dossier.organisme, **created)
        an_organisme(raison_sociale="SCI SANS PERSONNE")
        sans_administrateur.relever(now)
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    page.locator("main").get_by_role("link", name="Supervision").click()
    rafales = page.get_by_role("table", name="Créations en rafale")
    expect(rafales.get_by_role("cell", name=re.compile(r"\b30$"))).to_be_visible()
    expect(page.get_by_role("table", name="Administrateurs endormis")).to_contain_text("Martin")
    expect(page.get_by_role("link", name="SCI SANS PERSONNE")).to_be_visible()
    look(page)
    rafales.get_by_role("link", name="LES OLIVIERS").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Suspensions")


def object_to_a_designation(page: Page, provider: Provider, look: Look) -> None:
    with provider.app.app_context(), transaction():
        organisme = an_organisme(raison_sociale="OFFICE DU HÉRON")
        premier = an_account(given_name="Paul", family_name="Intrus")
        a_rattachement(premier, organisme)
        OrganismesDesComptes().first_connection_done(premier.id, datetime.now(UTC))
    sign_in_as_agent(page, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    page.goto(f"{provider.issuer}/caf/supervision")
    designes = page.get_by_role("table", name="Désignés depuis 7 jours")
    expect(designes).to_contain_text("Paul Intrus")
    look(page)
    designes.get_by_role("link", name="OFFICE DU HÉRON").click()
    page.get_by_label("Début du nom").fill("intrus")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Suspendre Paul Intrus").click()
    because(page, "L’organisme ne le connaît pas", "Suspendre")
    page.goto(f"{provider.issuer}/caf/supervision")
    expect(designes).to_contain_text("suspendu")
    page.goto(f"{provider.issuer}/caf/courriers")
    expect(page.get_by_role("table", name="Courriers qui attendent un lot")).to_contain_text("1")
    look(page)


JOURNEYS = [
    object_to_a_designation,
    sign_and_open,
    suspend_and_take_over,
    replace,
    answer_who_asked,
    close_to_everybody,
    alerts,
]


@pytest.mark.parametrize("journey", JOURNEYS)
def test_agents_do_it_on_a_phone_without_javascript(
    phone: Page, provider: Provider, journey: Callable[[Page, Provider, Look], None]
) -> None:
    journey(phone, provider, lambda page: None)


@pytest.mark.parametrize("journey", JOURNEYS)
def test_each_page_is_accessible(
    page: Page, provider: Provider, journey: Callable[[Page, Provider, Look], None]
) -> None:
    journey(page, provider, judge)


def test_each_kind_is_suspended_and_lifted_by_a_superviseur(
    phone: Page, provider: Provider
) -> None:
    _dossier, lieu = a_dossier(provider)
    sign_in_as_agent(phone, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    for cible in ("tout l’organisme", "la convention", "le contrat", "le groupe"):
        phone.goto(f"{lieu}/supervision")
        phone.get_by_text("Suspendre l’organisme, une convention, un contrat ou un groupe").click()
        phone.get_by_role("link", name=f"Suspendre {cible}").first.click()
        expect(phone.locator("main")).to_contain_text("dans Offre Bailleurs")
        because(phone, f"Usage suspect : {cible}", "Suspendre")
        expect(phone.get_by_role("status")).to_contain_text("La suspension est en vigueur")

        phone.get_by_role("link", name="Lever la suspension").click()
        expect(phone.locator("main")).to_contain_text(f"Usage suspect : {cible}")
        because(phone, "Vérifié avec l’organisme", "Lever la suspension")
        expect(phone.locator("main")).to_contain_text("Aucune suspension n’est en vigueur")
    levees = phone.locator("li", has_text="Vérifié avec l’organisme")
    expect(levees.filter(has_text="Usage suspect")).to_have_count(4)


def test_who_asked_for_a_replacement_does_not_agree_to_it_even_by_its_address(
    phone: Page, provider: Provider
) -> None:
    dossier, lieu = a_dossier(provider)
    sign_in_as_agent(phone, provider, RoleAgent.SUPERVISEUR, [CAISSE])
    phone.goto(f"{lieu}/supervision/remplacement/{dossier.user.id}")
    because(phone, "Courrier du gérant", "Demander le remplacement")
    phone.get_by_role("link", name=re.compile("Nadia Martin")).click()
    jeton = phone.locator("input[name=csrf_token]").first.input_value()

    answer = phone.request.post(
        f"{phone.url}/accorder",
        form={"csrf_token": jeton},
        headers={"Referer": phone.url},
    )

    assert "second agent" in answer.text()
    phone.goto(f"{lieu}/supervision")
    expect(phone.locator("main")).to_contain_text("attend l’accord d’un second agent")
    expect(phone.locator("main")).to_contain_text("Claire Martin – dernière connexion")
