"""Tokens speak of the organisme that was selected when they were asked for, and of no other."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from factories import (
    PASSWORD,
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask.testing import FlaskClient
from flows import answer, authorize, basic, code_for, decoded, exchange, secret_of, userinfo
from sql_budget import counted
from token_flows import refresh

from idp.accounts.models import Account, BrowserSession
from idp.db import db
from idp.habilitations.models import Rattachement

SCOPE = "openid organisme habilitations offline_access"
OLIVIERS, CHENES = "offre-bailleurs:prive:359", "offre-bailleurs:conventionne:359"


class Claire:
    """Of LES OLIVIERS for private dwellings, of LES CHENES for the others."""

    def __init__(self, browser: FlaskClient) -> None:
        self.browser = browser
        self.account: Account = an_account()
        self.oliviers = self._of("LES OLIVIERS", OLIVIERS, days=9)
        self.chenes = self._of("LES CHENES", CHENES, days=1)

    def _of(self, raison_sociale: str, groupe: str, *, days: int) -> Rattachement:
        organisme = an_organisme(raison_sociale=raison_sociale)
        since = datetime.now(UTC) - timedelta(days=days)
        rattachement = a_rattachement(self.account, organisme, created_at=since)
        an_habilitation(rattachement, a_groupe(a_contrat(organisme), code=groupe))
        return rattachement

    def switches_to(self, rattachement: Rattachement) -> None:
        """By the header."""
        back = self.browser.post("/organisme", data={"organisme": str(rattachement.id)})
        assert back.status_code == 303

    def says(self, held: dict[str, Any]) -> set[tuple[str, tuple[str, ...]]]:
        """Organisme and groups, as a service reads them in each token and asks for them."""
        credentials = basic("offre-bailleurs", secret_of("offre-bailleurs"))
        introspected = self.browser.post(
            "/oidc/introspect",
            data={"token": held["access_token"]},
            headers={"Authorization": credentials},
        )
        organisme_too = (
            decoded(self.browser, held["access_token"]).claims,
            userinfo(self.browser, held["access_token"]).json or {},
            introspected.json or {},
        )
        # The ID token of a code flow names the groups, and leaves the organisme to userinfo.
        groups = tuple(decoded(self.browser, held["id_token"]).claims["groups"])
        organisme = organisme_too[0]["organisme"]["id"]
        return {
            (organisme, groups),
            *((one["organisme"]["id"], tuple(one["groups"])) for one in organisme_too),
        }


@pytest.fixture
def claire(client: FlaskClient) -> Claire:
    """Signed in for LES OLIVIERS."""
    person = Claire(client)
    signed_in(client, person.account, person.oliviers)
    return person


def redeem(claire: Claire, code: str) -> dict[str, Any]:
    response = exchange(claire.browser, code)
    assert response.status_code == 200, response.text
    return dict(response.json or {})


def of(rattachement: Rattachement, groupe: str) -> set[tuple[str, tuple[str, ...]]]:
    return {(str(rattachement.organisme_id), (groupe,))}


def test_what_was_issued_before_a_switch_keeps_speaking_of_its_organisme(claire: Claire) -> None:
    held = redeem(claire, code_for(claire.browser, scope=SCOPE))

    claire.switches_to(claire.chenes)
    refreshed = refresh(claire.browser, held["refresh_token"]).json or {}

    assert claire.says(held) == of(claire.oliviers, OLIVIERS)
    assert claire.says({**held, **refreshed}) == of(claire.oliviers, OLIVIERS)


def test_a_code_asked_before_a_switch_and_redeemed_after_speaks_of_the_former(
    claire: Claire,
) -> None:
    code = code_for(claire.browser, scope=SCOPE)

    claire.switches_to(claire.chenes)

    assert claire.says(redeem(claire, code)) == of(claire.oliviers, OLIVIERS)


def test_a_new_authorization_speaks_of_the_new_organisme(claire: Claire) -> None:
    former = redeem(claire, code_for(claire.browser, scope=SCOPE))

    claire.switches_to(claire.chenes)
    held = redeem(claire, code_for(claire.browser, scope=SCOPE))

    assert claire.says(held) == of(claire.chenes, CHENES)
    assert claire.says(former) == of(claire.oliviers, OLIVIERS)


def test_rights_of_one_organisme_open_nothing_for_another(claire: Claire) -> None:
    """The attack: habilitated for one, a person tries as the other, which has no contract."""
    saules = a_rattachement(claire.account, an_organisme(raison_sociale="LES SAULES"))

    claire.switches_to(saules)

    page = authorize(claire.browser, scope=SCOPE).text
    assert "Vous n’avez pas accès" in page
    assert "Changer d’organisme" in page
    assert answer(authorize(claire.browser, prompt="none"))["error"] == "access_denied"


def test_one_organisme_closes_and_the_tokens_of_the_other_go_on(claire: Claire) -> None:
    former = redeem(claire, code_for(claire.browser, scope=SCOPE))
    claire.switches_to(claire.chenes)
    held = redeem(claire, code_for(claire.browser, scope=SCOPE))

    claire.oliviers.suspendu_at = datetime.now(UTC)

    assert refresh(claire.browser, former["refresh_token"]).status_code == 400
    assert claire.says(held) == of(claire.chenes, CHENES)


# In the middle of a request


def connected(client: FlaskClient, **asked: str) -> tuple[Claire, str]:
    """A request of Offre Bailleurs, then the login page; the address that comes next."""
    claire = Claire(client)
    login = authorize(client, scope=SCOPE, **asked).location
    typed = {"identifiant": claire.account.identifiant, "mot_de_passe": PASSWORD}
    back = client.post(login, data=typed).location
    return claire, str(client.get(back).location)


def test_a_request_waits_for_the_choice_and_speaks_of_it(client: FlaskClient) -> None:
    claire, choice = connected(client)
    page = client.get(choice)

    back = client.post(choice, data={"organisme": str(claire.chenes.id)})
    code = answer(client.get(back.location))["code"]

    assert urlsplit(choice).path == "/organisme"
    assert "Offre Bailleurs" in page.text
    assert "http://localhost:8001" in page.headers["Content-Security-Policy"]
    assert claire.says(redeem(claire, code)) == of(claire.chenes, CHENES)


def test_the_choice_is_asked_once_even_after_prompt_login(client: FlaskClient) -> None:
    claire, choice = connected(client, prompt="login")

    back = client.post(choice, data={"organisme": str(claire.chenes.id)})

    assert "code" in answer(client.get(back.location))


def test_giving_up_the_choice_is_told_to_the_service(client: FlaskClient) -> None:
    _claire, choice = connected(client)
    page = client.get(choice).text
    cancel = page.split('id="annuler" href="')[1].split('"')[0].replace("&amp;", "&")

    assert answer(client.get(cancel))["error"] == "access_denied"


def test_select_account_asks_once_too(client: FlaskClient) -> None:
    """Core §3.1.2.1: its own page is the choice."""
    claire = Claire(client)
    signed_in(client, claire.account)

    page = authorize(client, scope=SCOPE, prompt="select_account").text
    path = page.split('action="/oidc/authorize/organisme')[1].split('"')[0].replace("&amp;", "&")
    chosen = {"organisme": str(claire.chenes.id)}
    back = client.post("/oidc/authorize/organisme" + path, data=chosen)

    assert "code" in answer(client.get(back.location))
    assert claire.account.last_rattachement_id == claire.chenes.id


def test_a_silent_request_speaks_of_the_oldest_and_decides_nothing(client: FlaskClient) -> None:
    """Core §3.1.2.1: prompt=none never shows a page."""
    claire = Claire(client)
    signed_in(client, claire.account)

    code = answer(authorize(client, scope=SCOPE, prompt="none"))["code"]

    assert claire.says(redeem(claire, code)) == of(claire.oliviers, OLIVIERS)
    assert db.session.scalars(sa.select(BrowserSession.rattachement_id)).one() is None
    assert claire.account.last_rattachement_id is None
    assert parse_qs(urlsplit(authorize(client).location).query)["next"]


def test_a_silent_request_speaks_of_the_remembered_one(client: FlaskClient) -> None:
    claire = Claire(client)
    claire.account.last_rattachement_id = claire.chenes.id
    signed_in(client, claire.account)

    code = answer(authorize(client, scope=SCOPE, prompt="none"))["code"]

    assert claire.says(redeem(claire, code)) == of(claire.chenes, CHENES)


def test_what_a_service_names_is_not_the_choice_of_the_person(claire: Claire) -> None:
    """A link of another site may change the session; the next ones start as the person wanted."""
    hint = str(claire.chenes.organisme_id)

    moved = authorize(claire.browser, organisme_hint=hint)

    assert "code" in answer(claire.browser.get(moved.location))
    assert claire.account.last_rattachement_id is None


def test_a_session_that_chose_pays_nothing_for_it(claire: Claire) -> None:
    """The hot path: session, rights, journal, grant."""
    with counted() as statements:
        answer(authorize(claire.browser, scope=SCOPE))

    assert len(statements) <= 4, statements
