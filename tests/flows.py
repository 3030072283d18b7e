"""A relying party's side of the protocol, for tests: its requests, its secrets, what it reads in answers."""

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
)
from flask import current_app
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from idp.accounts.models import Account
from idp.extensions import ground
from idp.habilitations.models import Habilitation, Organisme, Rattachement
from idp.oidc.clients.client_metadata import RelyingParty
from idp.oidc.clients.client_secrets import draw_client_secret
from idp.oidc.clients.relying_parties import registry

ISSUER = "http://localhost:8000"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
CALLBACK = "http://localhost:8001/callback"
AUTHORIZE = "/oidc/authorize"
TOKEN = "/oidc/token"
USERINFO = "/oidc/userinfo"

_REQUEST = {
    "client_id": "offre-bailleurs",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid profile email organisme habilitations",
    "state": "etat-0123456789",
    "nonce": "nonce-0123456789",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
CDAP = {"client_id": "cdap", "redirect_uri": "http://localhost:8002/callback"}
OUVERT = {
    "client_id": "ouvert",
    "redirect_uri": "https://ouvert.example/callback",
    "code_challenge": None,
    "code_challenge_method": None,
}


def challenge_of(verifier: str) -> str:
    """RFC 7636 §4.2, written apart from the code under test."""
    hashed = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(hashed).decode().rstrip("=")


def at_hash_of(access_token: str, alg: str) -> str:
    """Core §3.1.3.6, written apart from the code under test; EdDSA with Ed25519 hashes by SHA-512."""
    hashed = (hashlib.sha512 if alg == "EdDSA" else hashlib.sha256)(access_token.encode()).digest()
    return base64.urlsafe_b64encode(hashed[: len(hashed) // 2]).decode().rstrip("=")


def asked(**changes: str | None) -> dict[str, str]:
    """The parameters of a request of Offre Bailleurs; None removes one."""
    merged = {**_REQUEST, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def authorize(browser: FlaskClient, **changes: str | None) -> TestResponse:
    """The browser follows a link of the service."""
    return browser.get(f"{AUTHORIZE}?{urlencode(asked(**changes))}")


def answer(response: TestResponse) -> dict[str, str]:
    """What the client reads in the address to which the browser was sent back."""
    assert response.status_code == 303, response.text
    return dict(parse_qsl(urlsplit(response.location).query, keep_blank_values=True))


def code_for(browser: FlaskClient, **changes: str | None) -> str:
    """A code for the person signed in on that browser."""
    return answer(authorize(browser, **changes))["code"]


@cache
def _secret(keys_dir: Path, client_id: str) -> str:
    return draw_client_secret(keys_dir, client_id)


def secret_of(client_id: str) -> str:
    """The secret of a client of ``tests/relying_parties.yaml``, drawn once a run."""
    return _secret(ground(current_app).settings.keys_dir, client_id)


def basic(client_id: str, secret: str) -> str:
    """RFC 6749 §2.3.1."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def exchange(client: FlaskClient, code: str, **changes: str | None) -> TestResponse:
    """Offre Bailleurs redeems a code; ``authorization`` replaces its header."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    if "authorization" not in form:
        form["authorization"] = basic("offre-bailleurs", secret_of("offre-bailleurs"))
    authorization = form.pop("authorization")
    data = {name: value for name, value in form.items() if value is not None}
    headers = {"Authorization": authorization} if authorization else {}
    return client.post(TOKEN, data=data, headers=headers)


def exchange_as_cdap(client: FlaskClient, code: str, **changes: str | None) -> TestResponse:
    """Cdap redeems a code; it proves who it is in the body."""
    post = {"client_id": "cdap", "client_secret": secret_of("cdap"), "authorization": None}
    return exchange(client, code, **{**post, "redirect_uri": CDAP["redirect_uri"], **changes})


def tokens_for(browser: FlaskClient, **changes: str | None) -> dict[str, Any]:
    """The whole flow of Offre Bailleurs."""
    response = exchange(browser, code_for(browser, **changes))
    assert response.status_code == 200, response.text
    return dict(response.json or {})


def userinfo(client: FlaskClient, access_token: str) -> TestResponse:
    """With the token in the header."""
    return client.get(USERINFO, headers={"Authorization": f"Bearer {access_token}"})


def decoded(client: FlaskClient, token: str) -> jwt.Token:
    """A token verified as a client does: by the published keys, its algorithm named."""
    keys = KeySet.import_key_set(client.get("/oidc/jwks").json)  # type: ignore[arg-type]
    return jwt.decode(token, keys, ["RS256", "PS256", "ES256", "EdDSA"])


@contextmanager
def declared(client_id: str, **metadata: Any) -> Iterator[RelyingParty]:
    """Within the block, that client has these metadata too."""
    before = registry()
    client = replace(before.clients[client_id], **metadata)
    current_app.extensions["relying_parties"] = replace(
        before, clients={**before.clients, client_id: client}
    )
    try:
        yield client
    finally:
        current_app.extensions["relying_parties"] = before


@dataclass
class Bailleur:
    """A person who may open Offre Bailleurs."""

    account: Account
    organisme: Organisme
    rattachement: Rattachement


def a_bailleur(**account: Any) -> Bailleur:
    """Claire Martin of LES OLIVIERS, habilitated to Offre Bailleurs for private dwellings."""
    organisme = an_organisme()
    person = an_account(**account)
    rattachement = a_rattachement(person, organisme)
    an_habilitation(rattachement, a_groupe(a_contrat(organisme)))
    return Bailleur(person, organisme, rattachement)


def a_cdap_person() -> Bailleur:
    """A person who may open Cdap, under the profile t1."""
    organisme = an_organisme()
    person = an_account()
    somebody = Bailleur(person, organisme, a_rattachement(person, organisme))
    opens_cdap(somebody)
    return somebody


def opens_cdap(somebody: Bailleur) -> Habilitation:
    """This person may open Cdap from now on."""
    groupe = a_groupe(
        a_contrat(somebody.organisme, "cdap"),
        code="cdap:t1:359",
        type_logement=None,
        profil="t1",
    )
    return an_habilitation(somebody.rattachement, groupe)
