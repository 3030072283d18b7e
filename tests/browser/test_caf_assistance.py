"""An agent on the telephone finds somebody, reads why they cannot sign in, and lifts their wait."""

from datetime import UTC, datetime, timedelta

import pytest
from dossiers import CAISSE, Dossier, un_dossier
from factories import a_new_account, a_rattachement, an_agent, an_application
from gestes import judge
from playwright.sync_api import Page, expect
from test_toutes_les_pages import enter
from visitor import Provider

from idp.accounts.models import Account, AccountState
from idp.db import db, transaction
from idp.habilitations.models import NumeroUtilisateur, RoleAgent

pytestmark = pytest.mark.browser

NUMERO = "35900007090001"


def arrange(provider: Provider, role: RoleAgent) -> tuple[Dossier, Account]:
    """An organisme of which one person waits and another never connected, and the agent of its caisse."""
    with provider.app.app_context(), transaction():
        dossier = un_dossier()
        db.session.add(
            NumeroUtilisateur(valeur=NUMERO, organisme_id=dossier.organisme.id, caisse_code=CAISSE)
        )
        waits = db.session.get_one(Account, dossier.user.account_id)
        waits.failures, waits.blocked_until = 6, datetime.now(UTC) + timedelta(minutes=2)
        new, _secret = a_new_account(given_name="Rose", family_name="Pic", email="r@exemple.fr")
        new.state = AccountState.EN_ATTENTE
        a_rattachement(new, dossier.organisme)
        agent = an_agent(role, [CAISSE], given_name="Jean", family_name="Agent")
        an_application(agent)
    return dossier, agent


def test_somebody_on_the_telephone_is_helped(phone: Page, provider: Provider) -> None:
    """On a phone, without JavaScript."""
    _dossier, agent = arrange(provider, RoleAgent.GESTIONNAIRE)
    enter(phone, provider, agent)
    phone.goto(f"{provider.issuer}/caf/")
    phone.get_by_role("main").get_by_role("link", name="Assistance").click()
    phone.get_by_label("Identifiant, adresse mail ou N° utilisateur").fill("359 00007090001")
    phone.get_by_label("Nom de la personne").fill("nadia")
    phone.get_by_role("button", name="Rechercher").click()
    phone.get_by_role("link", name="Nadia Martin").click()
    expect(phone.get_by_role("main")).to_contain_text("elle doit attendre jusqu’à")
    expect(phone.get_by_role("main")).to_contain_text("Dites-lui de ne plus essayer avant")
    phone.get_by_role("button", name="Lever l’attente").click()
    expect(phone.get_by_role("status")).to_contain_text("L’attente est levée")
    expect(phone.get_by_role("main")).to_contain_text("Rien ne l’empêche de se connecter")
    expect(phone.get_by_role("main")).to_contain_text("Elle peut l’ouvrir")


def test_who_never_connected_is_sent_letters(page: Page, provider: Provider) -> None:
    _dossier, agent = arrange(provider, RoleAgent.GESTIONNAIRE)
    enter(page, provider, agent)
    page.goto(f"{provider.issuer}/caf/assistance")
    judge(page)
    page.get_by_label("Identifiant, adresse mail ou N° utilisateur").fill("personne@exemple.fr")
    page.get_by_role("button", name="Rechercher").click()
    expect(page.get_by_role("status")).to_contain_text("Nous ne trouvons personne")
    judge(page)
    page.get_by_label("Identifiant, adresse mail ou N° utilisateur").fill(NUMERO)
    page.get_by_role("button", name="Rechercher").click()
    judge(page)
    page.get_by_role("link", name="Rose Pic").click()
    expect(page.get_by_role("main")).to_contain_text("« Identifiant perdu », pas par")
    judge(page)
    page.get_by_role("button", name="Préparer deux nouveaux courriers").click()
    expect(page.get_by_role("status")).to_contain_text("Deux courriers sont préparés")
    expect(page.get_by_role("main")).to_contain_text("attendent l’impression")
    judge(page)
