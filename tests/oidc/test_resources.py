"""Resource indicators (RFC 8707): for which APIs a token is, and no other."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from factories import signed_in
from flask.testing import FlaskClient
from flows import (
    CDAP,
    ISSUER,
    TOKEN,
    a_cdap_person,
    answer,
    authorize,
    decoded,
    exchange_as_cdap,
    secret_of,
)
from token_flows import code_for_apis
from werkzeug.test import TestResponse

from idp.oidc.clients.client_metadata import GrantType
from idp.oidc.clients.relying_parties import registry
from idp.oidc.parameters import parse
from idp.oidc.scopes import Scope

OWN = "http://localhost:8002/api"
OTHER = "http://localhost:8001/api"
STATISTIQUES = "https://statistiques.caf.example/"


@pytest.fixture
def browser(client: FlaskClient) -> FlaskClient:
    person = a_cdap_person()
    signed_in(client, person.account, person.rattachement)
    return client


def redeemed(browser: FlaskClient, code: str, *resources: str) -> TestResponse:
    return exchange_as_cdap(browser, code, resource=list(resources) or None)


def audience(browser: FlaskClient, response: TestResponse) -> list[str]:
    token: dict[str, Any] = response.json or {}
    return list(decoded(browser, token["access_token"]).claims["aud"])


def test_without_resource_a_token_is_for_the_api_of_its_client(browser: FlaskClient) -> None:
    """RFC 9068 §3: a default; and this server, since openid opens userinfo."""
    assert audience(browser, redeemed(browser, code_for_apis(browser))) == [OWN, ISSUER]


def test_token_is_for_the_apis_that_were_asked(browser: FlaskClient) -> None:
    """RFC 8707 §2: the parameter may come several times."""
    code = code_for_apis(browser, STATISTIQUES, OTHER)

    assert audience(browser, redeemed(browser, code)) == [STATISTIQUES, OTHER, ISSUER]


def test_token_request_narrows_what_was_granted(browser: FlaskClient) -> None:
    """RFC 8707 §2.2."""
    code = code_for_apis(browser, STATISTIQUES, OTHER)

    assert audience(browser, redeemed(browser, code, OTHER)) == [OTHER, ISSUER]


def test_token_request_does_not_widen_it(browser: FlaskClient) -> None:
    response = redeemed(browser, code_for_apis(browser, OTHER), STATISTIQUES)

    assert (response.status_code, (response.json or {})["error"]) == (400, "invalid_target")


def test_token_without_openid_is_not_for_this_server(browser: FlaskClient) -> None:
    code = code_for_apis(browser, OTHER, scope="habilitations")

    assert audience(browser, redeemed(browser, code)) == [OTHER]


@pytest.mark.parametrize(
    "resource", ["https://elsewhere.example/", OWN + "/", "api", OWN + "#x", "é", ISSUER]
)
def test_api_of_others_is_refused_at_once(browser: FlaskClient, resource: str) -> None:
    """RFC 8707 §2, invalid_target: exact comparison."""
    assert answer(authorize(browser, **CDAP, resource=resource))["error"] == "invalid_target"


@pytest.fixture
def refreshable(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Where Cdap may refresh."""
    cdap = registry().clients["cdap"]
    changes: dict[str, Any] = {
        "grant_types": (*cdap.grant_types, GrantType.REFRESH_TOKEN),
        "scope": cdap.scope | {Scope.OFFLINE_ACCESS},
    }
    monkeypatch.setitem(registry().clients, "cdap", replace(cdap, **changes))  # type: ignore[arg-type]
    return browser


def refreshed(browser: FlaskClient, token: str, *resources: str) -> TestResponse:
    proof = {"client_id": "cdap", "client_secret": secret_of("cdap")}
    form = {"grant_type": "refresh_token", "refresh_token": token, "resource": list(resources)}
    return browser.post(TOKEN, data={**proof, **form})


def first_for(browser: FlaskClient, *resources: str) -> str:
    """The refresh token of a sign-in for these APIs."""
    code = code_for_apis(browser, *resources, scope="openid offline_access")
    return str((redeemed(browser, code).json or {})["refresh_token"])


def test_refresh_narrows_and_does_not_widen(refreshable: FlaskClient) -> None:
    """RFC 8707 §2.2: what was granted stays whole for the next refresh."""
    token = first_for(refreshable, STATISTIQUES, OTHER)

    assert audience(refreshable, refreshed(refreshable, token, OTHER)) == [OTHER, ISSUER]
    assert audience(refreshable, refreshed(refreshable, token)) == [STATISTIQUES, OTHER, ISSUER]
    assert (refreshed(refreshable, token, OWN).json or {})["error"] == "invalid_target"


def test_api_taken_from_the_client_since_is_not_in_its_next_token(
    refreshable: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh token may be eight hours old: what its client may ask is read again."""
    both, only = first_for(refreshable, STATISTIQUES, OTHER), first_for(refreshable, STATISTIQUES)
    without = replace(registry().clients["cdap"], resources=(OTHER,))
    monkeypatch.setitem(registry().clients, "cdap", without)  # type: ignore[arg-type]

    assert audience(refreshable, refreshed(refreshable, both)) == [OTHER, ISSUER]
    for response in (refreshed(refreshable, both, STATISTIQUES), refreshed(refreshable, only)):
        assert (response.status_code, (response.json or {})["error"]) == (400, "invalid_target")


def test_resources_survive_the_pages_of_the_sign_in() -> None:
    """What is parsed and written again is the same request."""
    parsed = parse(urlencode([("a", "1"), ("resource", OTHER), ("resource", OWN)]).encode())

    assert parse(parsed.having("b", "2").encoded().encode()).resources == (OTHER, OWN)
    assert parsed.repeated == frozenset()
    assert parse(b"resource=&resource=").resources == ()
