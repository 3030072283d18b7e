"""The certification suite as a client: it registers, sends a person to the provider, redeems what comes back.

OpenID Foundation: https://openid.net/certification/testing/ . What it thinks of the answers is in ``judge.py``.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from conformance import judge
from conformance.judge import Callback, IdToken
from factories import PASSWORD
from flask.testing import FlaskClient
from flows import AUTHORIZE, ISSUER, USERINFO, Bailleur, decoded, secret_of
from joserfc.jwk import RSAKey
from registered import Registered, a_registered_client
from visitor import action_of, fields_of, form_of
from werkzeug.test import TestResponse

CALLBACK = "https://rp.example/test/a/mcp/callback"
LOGIN = "Connexion"
_KEY = RSAKey.generate_key(2048)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a whole flow gave."""

    callback: Callback
    tokens: dict[str, Any]
    id_token: IdToken

    @property
    def access_token(self) -> str:
        return str(self.tokens["access_token"])


@dataclass
class Suite:
    """One module: a browser, the person in front of it, and ``mode``, the response_mode of the plan."""

    browser: FlaskClient
    person: Bailleur
    mode: str = "query"

    def register(self, **metadata: Any) -> Registered:
        """A client as every module registers one: keys without ``kid``, no ``scope``."""
        public = _KEY.as_dict(private=False)
        sent = {
            "client_name": "Certification",
            "grant_types": ["authorization_code"],
            "jwks": {"keys": [{**{n: v for n, v in public.items() if n != "kid"}, "use": "sig"}]},
            "token_endpoint_auth_method": "client_secret_basic",
            "response_types": ["code"],
            "redirect_uris": [CALLBACK],
            "contacts": ["certification@rp.example"],
        }
        return a_registered_client(self.browser, **{**sent, **metadata})

    def asked(self, client: Registered, **changes: str | None) -> dict[str, str]:
        """The parameters of a request of this client; None removes one."""
        likely = {
            "client_id": client.client_id,
            "redirect_uri": client.told["redirect_uris"][0],
            "response_type": "code",
            "scope": "openid",
            "state": secrets.token_urlsafe(8)[:10],
            "nonce": secrets.token_urlsafe(8)[:10],
            "response_mode": self.mode if self.mode != "query" else None,
            **changes,
        }
        return {name: value for name, value in likely.items() if value is not None}

    def visit(self, sent: dict[str, str]) -> TestResponse:
        """The first answer of the authorization endpoint."""
        return self.browser.get(f"{AUTHORIZE}?{urlencode(sent)}")

    def follow(self, response: TestResponse) -> Callback:
        """The person signs in and agrees, until the browser is sent to the client."""
        pages: list[str] = []
        for _page in range(10):
            if response.status_code in (302, 303):
                path = response.location.removeprefix(ISSUER)
                if not path.startswith("/"):
                    return _in_address(path, pages)
                response = self.browser.get(path)
                continue
            assert response.status_code == 200, response.text
            form = form_of(response.text)
            action, fields = action_of(form), fields_of(form)
            if not action.startswith("/"):
                return Callback(action, fields, "form_post", tuple(pages))
            pages.append(_title(response.text))
            response = self.submit(response)
        raise AssertionError(f"the pages never end: {pages}")

    def answer(self, sent: dict[str, str]) -> Callback:
        """What the client receives for this request, in the mode of the plan."""
        callback = self.follow(self.visit(sent))
        judge.transport(callback, sent["redirect_uri"], self.mode)
        return callback

    def sign_in(self, client: Registered, **changes: str | None) -> SignedIn:
        """The whole flow, every answer judged."""
        sent = self.asked(client, **changes)
        return self.redeem(client, sent, self.answer(sent))

    def redeem(
        self, client: Registered, sent: dict[str, str], callback: Callback, **form: str
    ) -> SignedIn:
        """The code of this answer for tokens."""
        code = judge.code(callback, sent)
        tokens = judge.tokens(client.exchange(self.browser, code, **form))
        return SignedIn(callback, tokens, self.judged_id_token(client, tokens, sent))

    def judged_id_token(
        self, client: Registered, tokens: dict[str, Any], sent: dict[str, str]
    ) -> IdToken:
        """The ID token of an answer, its signature verified by the published keys."""
        token = decoded(self.browser, tokens["id_token"])
        published = (self.browser.get("/oidc/jwks").json or {})["keys"]
        known = {str(key["kid"]): str(key.get("alg", "RS256")) for key in published}
        read = IdToken(dict(token.header), dict(token.claims))
        judge.id_token(read, client.client_id, sent, known)
        judge.hashes(read, tokens["access_token"])
        return read

    def userinfo(self, signed: SignedIn) -> dict[str, Any]:
        """By GET, with the token in the header."""
        bearer = {"Authorization": f"Bearer {signed.access_token}"}
        return judge.userinfo(self.browser.get(USERINFO, headers=bearer), signed.id_token)

    def submit(self, page: TestResponse) -> TestResponse:
        """The person clicks the button of a page."""
        form = form_of(page.text)
        return self.browser.post(action_of(form), data=self._typed(fields_of(form)))

    def _typed(self, fields: dict[str, str]) -> dict[str, str]:
        known = {"identifiant": self.person.account.identifiant, "mot_de_passe": PASSWORD}
        return {name: known.get(name, value) for name, value in fields.items()}


def static(client_id: str, redirect_uri: str) -> Registered:
    """A client of ``tests/relying_parties.yaml``, as a tester writes it in the configuration of a plan."""
    return Registered(
        {
            "client_id": client_id,
            "client_secret": secret_of(client_id),
            "redirect_uris": [redirect_uri],
            "token_endpoint_auth_method": "client_secret_basic",
        }
    )


def _in_address(location: str, pages: list[str]) -> Callback:
    address, _, query = location.partition("?")
    return Callback(address, dict(parse_qsl(query, keep_blank_values=True)), "query", tuple(pages))


def _title(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    return found[1].strip() if found else ""
