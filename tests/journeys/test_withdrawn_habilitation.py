"""A right is taken back: within five seconds the service no longer sees the person, nor do its tokens serve."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from factories import PASSWORD, a_rattachement, an_account
from flows import VERIFIER, Bailleur, a_bailleur, asked
from journeys.running import Town, a_town
from sqlalchemy import func, select

from idp import audit, clock
from idp.accounts import lifecycle
from idp.audit import JournalEntry
from idp.db import db, transaction
from idp.habilitations.models import Habilitation, Role
from idp.habilitations.personnes import retraits

WITHIN_S = 5.0
START_S = 30.0
CAF = audit.COMMAND_LINE


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The provider, its worker and Offre Bailleurs."""
    with a_town(tmp_path) as running:
        yield running


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    """A browser that follows redirects and keeps cookies."""
    with requests.Session() as session:
        yield session


def wait_until(done: Callable[[], bool], within_s: float) -> None:
    """Fail once that many seconds have passed."""
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline, f"not within {within_s} seconds"
        time.sleep(0.05)


def sign_in(town: Town, browser: requests.Session, bailleur: Bailleur) -> None:
    """The person opens the service, and types their password at the provider."""
    login = browser.get(f"{town.service}/connexion")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', login.text)
    assert token is not None
    form = {
        "csrf_token": token[1],
        "identifiant": bailleur.account.identifiant,
        "mot_de_passe": PASSWORD,
    }
    db.session.rollback()
    assert "Bonjour Claire Martin" in browser.post(login.url, data=form).text


def tokens(town: Town, browser: requests.Session) -> dict[str, Any]:
    """Tokens of the same person and service, held by the test."""
    request = asked(
        redirect_uri=f"{town.service}/callback", scope="openid habilitations offline_access"
    )
    sent_back = browser.get(
        f"{town.issuer}/oidc/authorize?{urlencode(request)}", allow_redirects=False
    )
    [code] = parse_qs(urlsplit(sent_back.headers["Location"]).query)["code"]
    return token_request(
        town,
        grant_type="authorization_code",
        code=code,
        redirect_uri=request["redirect_uri"],
        code_verifier=VERIFIER,
    ).json()


def token_request(town: Town, **form: str) -> requests.Response:
    credentials = ("offre-bailleurs", town.client_secret)
    return requests.post(f"{town.issuer}/oidc/token", data=form, auth=credentials, timeout=10)


def userinfo(town: Town, access_token: str) -> int:
    header = {"Authorization": f"Bearer {access_token}"}
    return requests.get(f"{town.issuer}/oidc/userinfo", headers=header, timeout=10).status_code


def is_seen(town: Town, browser: requests.Session) -> bool:
    """Whether the service still knows who this browser is."""
    page = browser.get(f"{town.service}/bailleur", allow_redirects=False)
    return page.status_code == 200


def worker_is_up() -> bool:
    """It seals the journal: everything that was written so far is in the chain."""
    db.session.rollback()
    waiting = select(func.count()).where(JournalEntry.rank.is_(None))
    return db.session.scalar(waiting) == 0


def withdraw(bailleur: Bailleur) -> None:
    whose = Habilitation.rattachement_id == bailleur.rattachement.id
    groupe_id = db.session.scalars(select(Habilitation.groupe_id).where(whose)).one()
    assert retraits.retirer_habilitation(
        bailleur.rattachement.id, groupe_id, par=CAF, now=clock.now()
    )


def suspend_in_the_organisme(bailleur: Bailleur) -> None:
    assert retraits.suspendre(bailleur.rattachement.id, par=CAF, now=clock.now()) is None


def suspend_the_account(bailleur: Bailleur) -> None:
    assert lifecycle.suspend(bailleur.account.id, actor=CAF, now=clock.now())


@pytest.mark.parametrize(
    "take_back",
    [withdraw, suspend_in_the_organisme, suspend_the_account],
    ids=["habilitation", "rattachement", "account"],
)
def test_the_service_no_longer_sees_who_lost_the_right(
    town: Town, browser: requests.Session, take_back: Callable[[Bailleur], None]
) -> None:
    bailleur = a_bailleur()
    db.session.commit()
    sign_in(town, browser, bailleur)
    held = tokens(town, browser)
    assert is_seen(town, browser)
    assert userinfo(town, held["access_token"]) == 200
    wait_until(worker_is_up, START_S)

    with transaction():
        take_back(bailleur)
    # At once: the next use reads the rows.
    assert userinfo(town, held["access_token"]) == 401
    refused = token_request(town, grant_type="refresh_token", refresh_token=held["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    wait_until(lambda: not is_seen(town, browser), WITHIN_S)

    assert "Bonjour" not in browser.get(f"{town.service}/connexion").text


def console_of(town: Town, bailleur: Bailleur) -> requests.Session:
    """The administrateur of the same organisme, signed in on a browser of their own."""
    chef = an_account(family_name="Kerviel", email="chef@exemple.fr")
    a_rattachement(chef, bailleur.organisme, role=Role.ADMINISTRATEUR)
    db.session.commit()
    console = requests.Session()
    login = console.get(f"{town.issuer}/connexion")
    form = {
        "csrf_token": field(login.text, "csrf_token"),
        "identifiant": chef.identifiant,
        "mot_de_passe": PASSWORD,
    }
    db.session.rollback()
    assert "Bonjour Claire Kerviel" in console.post(login.url, data=form).text
    return console


def field(page: str, name: str) -> str:
    """The value of a hidden field, whatever the order of its attributes."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag is not None, page
    value = re.search(r'value="([^"]*)"', tag[0])
    return value[1] if value else ""


def close_in_the_console(town: Town, console: requests.Session, bailleur: Bailleur) -> None:
    """« Clore l’accès », confirmed."""
    page = f"{town.issuer}/habilitations/utilisateurs/{bailleur.rattachement.id}/clore"
    asked_for = console.get(page).text
    form = {name: field(asked_for, name) for name in ("csrf_token", "organisme")}
    assert "est clos" in console.post(page, data=form).text


def untick_in_the_console(town: Town, console: requests.Session, bailleur: Bailleur) -> None:
    """The only box of the person is unticked, told, and confirmed."""
    page = f"{town.issuer}/habilitations/utilisateurs/{bailleur.rattachement.id}"
    shown = console.get(page).text
    names = ("csrf_token", "organisme", "version", "ouverture")
    form = {**{name: field(shown, name) for name in names}, "cloture": ""}
    form["mobilite"] = "sedentaire"
    told = console.post(page, data=form).text
    assert "perdra l’accès à Offre Bailleurs" in told
    confirmed = {**form, "version": field(told, "version"), "confirme": "oui"}
    assert "sont modifiés" in console.post(page, data=confirmed).text


@pytest.mark.parametrize("take_back", [close_in_the_console, untick_in_the_console])
def test_the_console_shows_that_the_service_was_told(
    town: Town,
    browser: requests.Session,
    take_back: Callable[[Town, requests.Session, Bailleur], None],
) -> None:
    bailleur = a_bailleur()
    db.session.commit()
    sign_in(town, browser, bailleur)
    console = console_of(town, bailleur)
    assert is_seen(town, browser)
    wait_until(worker_is_up, START_S)

    take_back(town, console, bailleur)
    wait_until(lambda: not is_seen(town, browser), WITHIN_S)

    followed = f"{town.issuer}/habilitations/services-prevenus"
    wait_until(lambda: "<strong>Prévenu</strong> le" in console.get(followed).text, WITHIN_S)
    fiche = f"{town.issuer}/habilitations/utilisateurs/{bailleur.rattachement.id}"
    assert "<strong>Prévenu</strong> le" in console.get(fiche).text
    assert "Refresh" not in console.get(followed).headers
