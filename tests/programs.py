"""Programs of partners, for tests: their mandate, their keys, and what they send."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from factories import (
    a_contrat,
    a_groupe,
    a_mandat_of_program,
    a_rattachement,
    an_account,
    an_organisme,
)
from flask.testing import FlaskClient
from flows import ISSUER, TOKEN
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.models import (
    Groupe,
    Mandat,
    Organisme,
    Rattachement,
    Role,
)
from idp.scim.models import ScimClient

BASE = "/scim/v2"
AUDIENCE = ISSUER + BASE
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MANAGED = "urn:ietf:params:scim:schemas:extension:mcp:2.0:User"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
KEY = ECKey.generate_key("P-256")


@dataclass
class Program:
    """A program and what it calls with."""

    browser: FlaskClient
    client_id: str
    organisme: Organisme
    mandat: Mandat
    groupes: Sequence[Groupe]
    administrateur: Rattachement
    key: ECKey = field(default_factory=lambda: KEY)
    token: str = ""

    def assertion(self, **claims: Any) -> str:
        """A fresh proof of who it is."""
        now = datetime.now(UTC)
        said = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": ISSUER,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=1)).timestamp()),
            "jti": uuid4().hex,
            **claims,
        }
        return jwt.encode({"alg": "ES256"}, said, self.key, ["ES256"])

    def ask_token(self, **form: str) -> TestResponse:
        """What the token endpoint answers."""
        sent = {
            "grant_type": "client_credentials",
            "scope": "scim",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion(),
            **form,
        }
        return self.browser.post(TOKEN, data=sent)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """A request with its token, which it gets first when it has none."""
        if not self.token:
            self.token = (self.ask_token().json or {})["access_token"]
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        content = (
            {"json": body, "content_type": "application/scim+json"} if body is not None else {}
        )
        return self.browser.open(
            path if path.startswith(ISSUER) else BASE + path, method=method, headers=sent, **content
        )

    def get(self, path: str, **query: str | int) -> TestResponse:
        """A GET with this query."""

        return self.send("GET", f"{path}?{urlencode(query)}" if query else path)

    def create(self, **changes: Any) -> dict[str, Any]:
        """A user who was created."""
        response = self.send("POST", "/Users", a_user(**changes))
        assert response.status_code == 201, response.text
        return dict(response.json or {})

    def patch(self, path: str, *operations: dict[str, Any], **headers: str) -> TestResponse:
        """These operations."""
        body = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": list(operations),
        }
        return self.send("PATCH", path, body, **headers)


def a_user(**changes: Any) -> dict[str, Any]:
    """What a directory sends of a new user; None leaves a member out."""
    said = {
        "schemas": [CORE],
        "userName": "ldurand",
        "name": {"familyName": "Durand", "givenName": "Lucie"},
        "emails": [{"value": f"{uuid4().hex[:8]}@exemple.fr", "type": "work", "primary": True}],
        "active": True,
        **changes,
    }
    return {name: value for name, value in said.items() if value is not None}


def an_administrated_organisme(**values: Any) -> tuple[Organisme, Rattachement]:
    """An organisme and its administrateur."""
    organisme = an_organisme(**values)
    account = an_account(email=f"{uuid4().hex[:8]}@exemple.fr")
    return organisme, a_rattachement(account, organisme, role=Role.ADMINISTRATEUR)


def a_program(
    browser: FlaskClient,
    groupes: Sequence[Groupe] | None = None,
    administrateur: Rattachement | None = None,
    organisme: Organisme | None = None,
    **mandat: Any,
) -> Program:
    """A program of an organisme with one group, that it may tick; it may create users."""
    if organisme is None or administrateur is None:
        organisme, administrateur = an_administrated_organisme()
    if groupes is None:
        groupes = [a_groupe(a_contrat(organisme))]
    by = db.session.get_one(Account, administrateur.account_id)
    row = a_mandat_of_program(organisme, groupes, by, **mandat)
    client_id = f"scim-{uuid4().hex[:20]}"
    jwks = {"keys": [KEY.as_dict(private=False)]}
    db.session.add(ScimClient(mandat_id=row.id, client_id=client_id, jwks=jwks))
    db.session.flush()
    return Program(browser, client_id, organisme, row, groupes, administrateur)
