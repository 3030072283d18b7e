"""The doors of who comes back a year later, and the first connection, on a phone of which JavaScript is off."""

import pytest
from factories import a_new_account, a_rattachement, an_organisme
from gestes import IDENTIFIANT, SECRET, found, type_identifiers
from playwright.sync_api import Page, expect
from sent_mails import code_sent_to, mails_to
from visitor import Provider

from idp import clock, outbox
from idp.db import db, transaction
from idp.habilitations.models import NumeroUtilisateur, Rattachement, Role
from idp.printable import format_identifiant, grouped

pytestmark = pytest.mark.browser

NEW = "Neuf barques bleues au mouillage"
NUMERO = "359 00007104001"


def written_to(provider: Provider, address: str) -> str:
    """The mail to somebody, once the worker has found out whom to write to."""
    with provider.app.app_context():
        outbox.deliver_due(clock.now())
        (mail,) = mails_to(address)
        return f"{mail['subject']}\n{mail['body']}"


def choose(page: Page, password: str = NEW) -> None:
    """A password, twice."""
    page.get_by_label("Nouveau mot de passe").fill(password)
    page.get_by_label("Confirmer le mot de passe").fill(password)
    page.get_by_role("button", name="Valider").click()


def test_forgotten_password(phone: Page, provider: Provider) -> None:
    person = provider.somebody()
    phone.goto(f"{provider.issuer}/connexion")
    phone.get_by_role("link", name="Mot de passe oublié").click()
    phone.get_by_label("Adresse mail ou identifiant").fill(str(person.account.email))
    phone.get_by_role("button", name="Recevoir").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Regardez vos courriels")

    mail = written_to(provider, str(person.account.email))
    phone.get_by_role("link", name="Aller à la connexion").click()
    type_identifiers(phone, found(IDENTIFIANT, mail), found(SECRET, mail))
    choose(phone)

    expect(phone.get_by_role("heading", level=1)).to_contain_text("Bonjour Claire Martin")


def test_lost_identifiant(phone: Page, provider: Provider) -> None:
    person = provider.somebody()
    with provider.app.app_context(), transaction():
        db.session.get_one(Rattachement, person.rattachement.id).role = Role.ADMINISTRATEUR
        db.session.add(
            NumeroUtilisateur(
                valeur=NUMERO.replace(" ", ""),
                organisme_id=person.organisme.id,
                caisse_code="359",
            )
        )
    phone.goto(f"{provider.issuer}/connexion")
    phone.get_by_role("link", name="Identifiant perdu").click()
    phone.get_by_label("N° utilisateur").fill("732 829 320 00074")
    phone.get_by_role("button", name="Recevoir mes identifiants").click()
    expect(phone.get_by_role("alert")).to_contain_text("ressemble à un SIRET")
    phone.get_by_label("N° utilisateur").fill(NUMERO)
    phone.get_by_role("button", name="Recevoir mes identifiants").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Vos identifiants sont en route")

    mail = written_to(provider, str(person.account.email))
    assert format_identifiant(person.account.identifiant) in mail


def test_first_connection(phone: Page, provider: Provider) -> None:
    with provider.app.app_context(), transaction():
        account, secret = a_new_account()
        a_rattachement(account, an_organisme())
        identifiant = format_identifiant(account.identifiant)
    phone.goto(f"{provider.issuer}/premiere-connexion")
    type_identifiers(phone, identifiant, grouped(secret))
    phone.get_by_label("Madame").check()
    phone.get_by_label("Nom", exact=False).first.fill("Moulin")
    phone.get_by_label("Prénom").fill("Odile")
    phone.get_by_label("Adresse mail").first.fill("odile@exemple.fr")
    phone.get_by_label("Confirmer l’adresse mail").fill("odile@exemple.fr")
    phone.get_by_role("button", name="Valider").click()
    with provider.app.app_context():
        code = code_sent_to("odile@exemple.fr")
    phone.get_by_label("Code reçu").fill(code)
    phone.get_by_role("button", name="Valider").click()
    choose(phone)
    for _texte in ("règles", "conditions"):
        phone.get_by_role("checkbox").check()
        phone.get_by_role("button", name="Valider").click()

    expect(phone.get_by_role("status")).to_contain_text("Votre première connexion est terminée")
