"""Clients that register themselves, for tests: their metadata, their keys, what they present."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from flask.testing import FlaskClient
from flows import AUTHORIZE, ISSUER, TOKEN, answer, basic
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey
from werkzeug.test import TestResponse

REGISTER = "/oidc/register"
CALLBACK = "https://rp.example/callback"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
PrivateKey = RSAKey | ECKey | OKPKey


def register(client: FlaskClient, **metadata: Any) -> TestResponse:
    """A registration request with one address and what the test adds; None removes a member."""
    sent = {"redirect_uris": [CALLBACK], "client_name": "Essai", **metadata}
    return client.post(
        REGISTER, json={name: value for name, value in sent.items() if value is not None}
    )


@dataclass
class Registered:
    """A client and what it was told; ``key`` when it signs its assertions."""

    told: dict[str, Any]
    key: PrivateKey | None = None

    @property
    def client_id(self) -> str:
        return str(self.told["client_id"])

    @property
    def manage(self) -> dict[str, Any]:
        """Address and header of its registration, for the test client."""
        bearer = f"Bearer {self.told['registration_access_token']}"
        path = str(self.told["registration_client_uri"]).removeprefix(ISSUER)
        return {"path": path, "headers": {"Authorization": bearer}}

    def authorize(self, browser: FlaskClient, **asked: str) -> TestResponse:
        """Its request for a code."""
        sent = {
            "client_id": self.client_id,
            "redirect_uri": self.told["redirect_uris"][0],
            "response_type": "code",
            "scope": "openid",
            **asked,
        }
        return browser.get(f"{AUTHORIZE}?{urlencode(sent)}")

    def code(self, browser: FlaskClient, **asked: str) -> str:
        """A code; the person lets it have what it asks when a page asks them."""
        return answer(agreed(browser, self.authorize(browser, **asked)))["code"]

    def exchange(self, browser: FlaskClient, code: str, **form: str) -> TestResponse:
        """Its code for tokens, proving who it is by its own method."""
        sent = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.told["redirect_uris"][0],
            **form,
        }
        return self.post(browser, TOKEN, sent)

    def post(self, browser: FlaskClient, path: str, form: dict[str, str]) -> TestResponse:
        """A form to one of our endpoints, with its proof."""
        method = self.told["token_endpoint_auth_method"]
        headers = {}
        if method == "client_secret_basic" and "client_id" not in form:
            headers["Authorization"] = basic(self.client_id, self.told["client_secret"])
        elif method == "client_secret_post":
            secret = {"client_id": self.client_id, "client_secret": self.told["client_secret"]}
            form = {**secret, **form}
        elif method == "private_key_jwt" and "client_assertion" not in form:
            form = {**form, **self.assertion()}
        elif method == "none":
            form = {**form, "client_id": self.client_id}
        return browser.post(path, data=form, headers=headers)

    def assertion(self, alg: str = "RS256", **changes: Any) -> dict[str, str]:
        """The parameters of ``private_key_jwt``; a claim changed to None is left out."""
        return {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.signed(alg, **changes),
        }

    def signed(
        self,
        alg: str = "RS256",
        key: PrivateKey | None = None,
        kid: str | None = None,
        **changes: Any,
    ) -> str:
        """An assertion for the token endpoint, a minute long; a timedelta stands for an instant from now."""
        now = datetime.now(UTC)
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": ISSUER + TOKEN,
            "jti": uuid4().hex,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=1)).timestamp()),
            **changes,
        }
        kept = {name: _dated(value, now) for name, value in claims.items() if value is not None}
        signer = key or self.key
        assert signer
        header = {"alg": alg, **({"kid": kid} if kid else {})}
        return jwt.encode(header, kept, signer, [alg])


def _dated(value: Any, now: datetime) -> Any:
    return int((now + value).timestamp()) if isinstance(value, timedelta) else value


def agreed(browser: FlaskClient, response: TestResponse) -> TestResponse:
    """What follows once the person clicked « Autoriser », when they were asked."""
    form = re.search(r'action="(/oidc/authorize/consentement[^"]*)"', response.text)
    if form is None:
        return response
    return browser.get(browser.post(form[1].replace("&amp;", "&")).location)


def a_registered_client(client: FlaskClient, **metadata: Any) -> Registered:
    """A client with a secret."""
    response = register(client, **metadata)
    assert response.status_code == 201, response.text
    return Registered(dict(response.json or {}))


def a_signing_client(
    client: FlaskClient, key: PrivateKey | None = None, **metadata: Any
) -> Registered:
    """A client that proves who it is by ``private_key_jwt``; its published key has no ``kid``."""
    key = key or RSAKey.generate_key(2048)
    public = {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}
    method = {"token_endpoint_auth_method": "private_key_jwt"}
    told = a_registered_client(client, **{**method, "jwks": {"keys": [public]}, **metadata}).told
    return Registered(told, key)


def keys_of(*keys: PrivateKey) -> dict[str, Any]:
    """Their JWK Set, public."""
    return dict(KeySet(list(keys)).as_dict(private=False))
