"""What a person does in a browser, by what they see: labels, buttons, words; every page on the way is judged."""

import io
import os
import re
from collections.abc import Sequence
from typing import Any

import pyotp
from axe_playwright_python.sync_playwright import Axe
from factories import PASSWORD as PASSWORD_OF_FACTORIES
from factories import an_agent, an_application
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from visitor import Provider

from idp import clock
from idp.db import transaction
from idp.habilitations.models import RoleAgent

# Not the usual ports: the tests run beside a demonstration that somebody is playing. Each process of the tests has
# a demonstration of its own.
PORT = 8700 + 10 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
HOME = f"http://localhost:{PORT}"
OFFRE_BAILLEURS = f"http://localhost:{PORT + 1}"
CDAP = f"http://localhost:{PORT + 2}"
PASSWORD = "Quatre tuiles rousses au soleil"
PHONE = {"width": 360, "height": 740}

IDENTIFIANT = r"P-\w{4}-\w{4}-\w"
SECRET = r"(?:\w{4}-){3}\w{4}"


def found(pattern: str, text: str) -> str:
    """What the eye picks out of a text."""
    match = re.search(pattern, text)
    if match is None:
        raise AssertionError(f"{pattern} is not in:\n{text[:2000]}")
    return match[0]


def judge(page: Page) -> None:
    """axe-core finds nothing to say, and the page does not overflow a phone. Of a page with JavaScript alone."""
    page.wait_for_load_state()
    # Without the timers of the page, axe-core would wait for ever.
    scripted = page.evaluate("matchMedia('(scripting: enabled)').matches")
    assert scripted, f"{page.url} has no JavaScript: walk there with `phone`, judge with `page`"
    result = Axe().run(page)
    assert result.violations_count == 0, f"{page.url}\n{result.generate_report()}"
    size = page.viewport_size
    page.set_viewport_size(PHONE)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], f"{page.url} is {width} px wide on a phone"
    if size:
        page.set_viewport_size(size)


def letter(page: Page, lot: str, organisme: str) -> str:
    """The text of the letter to an organisme in the newest batch of that name."""
    page.goto(f"{HOME}/demo/")
    address = page.get_by_role("link", name=lot, exact=True).first.get_attribute("href")
    content = page.request.get(f"{HOME}{address}").body()
    for sheet in PdfReader(io.BytesIO(content)).pages:
        text = sheet.extract_text()
        if organisme in text:
            return text
    raise AssertionError(f"no letter to {organisme} among the {lot}")


def mail(page: Page, to: str, subject: str) -> str:
    """The newest mail to somebody about something; the worker may need a few seconds."""
    for _attempt in range(60):
        page.goto(f"{HOME}/demo/")
        row = page.get_by_role("row").filter(has_text=to).filter(has_text=subject)
        if row.count():
            row.first.get_by_role("link").click()
            return page.locator("main").inner_text()
        page.wait_for_timeout(250)
    raise AssertionError(f"no mail to {to} about « {subject} »")


def type_identifiers(page: Page, identifiant: str, password: str) -> None:
    """The two boxes and « Connexion »."""
    page.get_by_label("Identifiant").fill(identifiant)
    page.get_by_label("Mot de passe", exact=False).first.fill(password)
    page.get_by_role("button", name="Connexion").click()


def go_through_the_steps(
    page: Page, *, email_proven: bool, prenom: str, nom: str, email: str
) -> None:
    """Steps 2 to 5 of the guide, from « Vos informations » to the accueil."""
    judge(page)
    page.get_by_label("Madame").check()
    page.get_by_label("Nom").first.fill(nom)
    page.get_by_label("Prénom").fill(prenom)
    page.get_by_label("Adresse mail").first.fill(email)
    page.get_by_label("Confirmer l’adresse mail").fill(email)
    page.get_by_role("button", name="Valider").click()
    if not email_proven:
        type_the_code(page, email)
    judge(page)
    page.get_by_role("textbox", name="Nouveau mot de passe").fill(PASSWORD)
    page.get_by_role("textbox", name="Confirmer le mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Valider").click()
    for titre in ("Acceptez les règles d’usage", "Acceptez les conditions d’utilisation"):
        expect(page.get_by_role("heading", level=1)).to_have_text(titre)
        judge(page)
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Valider").click()


def type_the_code(page: Page, email: str) -> None:
    """Read the code in the mailbox, in another tab, and type it."""
    judge(page)
    mailbox = page.context.new_page()
    code = found(r"\d{3}\s?\d{3}", mail(mailbox, email, "code"))
    mailbox.close()
    page.get_by_label("Code reçu").fill(code)
    page.get_by_role("button", name="Valider").click()


def sign_out(page: Page) -> None:
    """« Se déconnecter », from any page of ours."""
    page.goto(f"{HOME}/accueil")
    page.get_by_role("button", name="Se déconnecter").click()


def sign_in_as_agent(
    page: Page,
    provider: Provider,
    role: RoleAgent = RoleAgent.NATIONAL,
    caisses: Sequence[str] = (),
    **account: Any,
) -> str:
    """A new agent of this provider types identifiant, password and code, as every day; their identifiant."""
    with provider.app.app_context(), transaction():
        agent = an_agent(role, caisses, **account)
        application = an_application(agent)
        identifiant = str(agent.identifiant)
    page.goto(f"{provider.issuer}/connexion")
    type_identifiers(page, identifiant, PASSWORD_OF_FACTORIES)
    page.get_by_label("Code", exact=False).first.fill(application.now())
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Espace Caf")
    return identifiant


def connect_an_agent_for_the_first_time(
    page: Page, *, prenom: str, nom: str, email: str
) -> pyotp.TOTP:
    """From the mail of an agent of the demonstration to « Espace Caf », with the factor they have to add."""
    read = mail(page, email, "identifiants")
    page.goto(f"{HOME}/premiere-connexion")
    type_identifiers(page, found(IDENTIFIANT, read), found(SECRET, read))
    go_through_the_steps(page, email_proven=True, prenom=prenom, nom=nom, email=email)
    application = add_an_application(page, HOME)
    page.goto(f"{HOME}/caf/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Espace Caf")
    return application


def add_an_application(page: Page, issuer: str) -> pyotp.TOTP:
    """The second factor of an agent, from the page that offers it to the codes de secours."""
    page.goto(f"{issuer}/profil/double-authentification/application")
    judge(page)
    application = pyotp.TOTP(page.locator("#cle").inner_text().replace(" ", "").upper())
    page.get_by_label("Nom de cette application").fill("Téléphone du bureau")
    page.get_by_label("Code", exact=False).first.fill(
        application.at(clock.now(), counter_offset=-1)
    )
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vos codes de secours")
    return application
