"""What clients ask with tokens and for tokens, for tests: refreshes, tokens of services, codes for APIs."""

from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from flows import (
    AUTHORIZE,
    CDAP,
    CHALLENGE,
    TOKEN,
    answer,
    asked,
    basic,
    code_for,
    exchange,
    secret_of,
)
from werkzeug.test import TestResponse

OFFLINE = "openid profile email habilitations offline_access"
POSTE = {
    "client_id": "poste",
    "redirect_uri": "http://127.0.0.1/retour",
    "scope": "openid email offline_access",
    "code_challenge": CHALLENGE,
}


def refresh(browser: FlaskClient, token: str, **changes: str | None) -> TestResponse:
    """Offre Bailleurs uses its token."""
    form = {"grant_type": "refresh_token", "refresh_token": token, **changes}
    data = {name: value for name, value in form.items() if value is not None}
    authorization = basic("offre-bailleurs", secret_of("offre-bailleurs"))
    return browser.post(TOKEN, data=data, headers={"Authorization": authorization})


def first_of_poste(browser: FlaskClient) -> str:
    """The refresh token of a sign-in of the public client."""
    response = exchange(
        browser,
        code_for(browser, **POSTE),
        client_id="poste",
        redirect_uri=POSTE["redirect_uri"],
        authorization=None,
    )
    return str((response.json or {})["refresh_token"])


def refresh_poste(browser: FlaskClient, token: str) -> TestResponse:
    """The public client uses its token."""
    return browser.post(
        TOKEN,
        data={"grant_type": "refresh_token", "refresh_token": token, "client_id": "poste"},
    )


def service_token(client: FlaskClient, client_id: str = "cdap", **changes: Any) -> TestResponse:
    """Cdap acts for itself."""
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": secret_of(client_id),
        **changes,
    }
    return client.post(TOKEN, data=form)


def code_for_apis(browser: FlaskClient, *resources: str, **changes: str) -> str:
    """A code of Cdap for these APIs."""
    query = [*asked(**{**CDAP, **changes}).items(), *(("resource", one) for one in resources)]
    return answer(browser.get(f"{AUTHORIZE}?{urlencode(query)}"))["code"]
