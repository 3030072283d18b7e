"""No page escapes: every address of the site that opens is judged, for a visitor, an administrateur, an agent."""

from urllib.parse import urlsplit

import pytest
from dossiers import un_dossier
from factories import a_rattachement as rattach
from factories import an_agent, an_application, an_organisme
from gestes import judge
from playwright.sync_api import Page
from visitor import Provider

from idp import throttle
from idp.accounts import sessions
from idp.accounts.levels import TWO_FACTORS
from idp.accounts.models import Account, AccountState
from idp.accounts.sessions import NO_BROWSER
from idp.accounts.views.doors import OUBLI
from idp.clock import now
from idp.db import db, transaction
from idp.habilitations.models import Rattachement, Role
from idp.habilitations.views.caf.menu import ENTREES

pytestmark = pytest.mark.browser


def addresses(provider: Provider) -> list[str]:
    """Those that take no argument, and are pages."""
    rules = provider.app.url_map.iter_rules()
    return sorted(
        rule.rule
        for rule in rules
        if "GET" in (rule.methods or ()) and not rule.arguments and "oidc" not in rule.rule
    )


def an_administrateur(provider: Provider) -> Account:
    """Of two organismes, with a second factor."""
    person = provider.somebody()
    with provider.app.app_context(), transaction():
        account = db.session.get_one(Account, person.account.id)
        db.session.get_one(Rattachement, person.rattachement.id).role = Role.ADMINISTRATEUR
        rattach(account, an_organisme(raison_sociale="SCI DES PEUPLIERS"))
        account.last_rattachement_id = person.rattachement.id
        an_application(account)
    return person.account


def enter(page: Page, provider: Provider, account: Account) -> None:
    """A session of this person, both factors shown."""
    with provider.app.app_context(), transaction():
        opened = sessions.open_session(
            account.id,
            rattachement_id=db.session.get_one(Account, account.id).last_rattachement_id,
            browser=NO_BROWSER,
            now=now(),
            proof=TWO_FACTORS,
        )
    page.context.add_cookies(
        [{"name": "mcp_session", "value": opened.token, "url": provider.issuer}]
    )


def judge_all(page: Page, provider: Provider, under: str = "/") -> set[str]:
    """The addresses that showed a page, all judged; those that lead elsewhere are judged there."""
    seen = set()
    for address in addresses(provider):
        if not address.startswith(under):
            continue
        answer = page.request.get(provider.issuer + address, max_redirects=0)
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        if answer.status == 200 and is_page:
            page.goto(provider.issuer + address)
            judge(page)
            seen.add(urlsplit(page.url).path)
    return seen


def test_pages_of_a_visitor(page: Page, provider: Provider) -> None:
    seen = judge_all(page, provider)

    assert {"/", "/connexion", "/premiere-connexion", "/identifiant-perdu", "/aide/"} <= seen
    assert len(seen) > 8


def test_pages_of_an_administrateur(page: Page, provider: Provider) -> None:
    enter(page, provider, an_administrateur(provider))

    seen = judge_all(page, provider)

    assert {"/accueil", "/profil", "/organisme", "/habilitations/utilisateurs"} <= seen
    assert len(seen) > 20


def test_pages_of_an_agent(page: Page, provider: Provider) -> None:
    with provider.app.app_context(), transaction():
        agent = an_agent()
        an_application(agent)
        un_dossier()
    enter(page, provider, agent)

    seen = judge_all(page, provider, "/caf/")

    assert {entree.adresse for entree in ENTREES} | {"/caf/"} <= seen


@pytest.mark.parametrize(
    "done", ["", "informed", "verified", "password"], ids=lambda done: done or "nothing"
)
def test_steps_of_the_first_connection(page: Page, provider: Provider, done: str) -> None:
    account = provider.somebody().account
    with provider.app.app_context(), transaction():
        row = db.session.get_one(Account, account.id)
        row.state = AccountState.ACTIVATION
        row.informed_at = row.informed_at if done else None
        row.email_verified_at = row.email_verified_at if done in ("verified", "password") else None
        row.password_hash = row.password_hash if done == "password" else None
    enter(page, provider, account)
    page.goto(f"{provider.issuer}/premiere-connexion/suite")

    judge(page)
    assert page.url.startswith(f"{provider.issuer}/premiere-connexion/")


def test_password_to_choose(page: Page, provider: Provider) -> None:
    account = provider.somebody().account
    with provider.app.app_context(), transaction():
        db.session.get_one(Account, account.id).password_change_required = True
    enter(page, provider, account)
    page.goto(f"{provider.issuer}/accueil")

    assert page.url.endswith("/nouveau-mot-de-passe")
    judge(page)


def test_pause_and_error_pages(page: Page, provider: Provider) -> None:
    page.goto(f"{provider.issuer}/nulle-part")
    judge(page)
    with provider.app.app_context(), transaction():
        for _ in range(OUBLI.address[0].count):
            throttle.count(OUBLI, "127.0.0.1", now())
    page.goto(f"{provider.issuer}/mot-de-passe-oublie")
    page.get_by_label("Adresse mail ou identifiant").fill("x")
    page.get_by_role("button", name="Recevoir").click()
    assert "faisons une pause" in page.locator("main").inner_text()
    judge(page)
