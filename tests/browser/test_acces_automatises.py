"""An administrateur gives a program its access, it works over HTTP, then is withdrawn; on a phone, then judged."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from factories import PASSWORD, a_contrat, a_groupe, a_rattachement, an_account, an_organisme
from gestes import judge, type_identifiers
from joserfc import jwt
from joserfc.jwk import ECKey
from playwright.sync_api import Page, expect
from visitor import TIMEOUT_S, Provider

from idp.db import transaction
from idp.habilitations.models import Role

pytestmark = pytest.mark.browser


def an_administrateur(provider: Provider) -> str:
    """Of LES OLIVIERS, which has two groups; their identifiant."""
    with provider.app.app_context(), transaction():
        organisme = an_organisme()
        contrat = a_contrat(organisme)
        a_groupe(contrat, libelle="Logements privés – Caf d’Ille-et-Vilaine")
        a_groupe(
            contrat, code="offre-bailleurs:conventionne:359", libelle="Logements conventionnés"
        )
        chef = an_account(email="chef@exemple.fr")
        a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
        return str(chef.identifiant)


class Directory:
    """A partner's program: it knows what the page shows, and its own key."""

    def __init__(self, key: ECKey, known: dict[str, str]) -> None:
        self._key, self._known = key, known
        self._token = self._ask()

    def _ask(self) -> str:
        now = datetime.now(UTC)
        client_id = self._known["client_id"]
        assertion = jwt.encode(
            {"alg": "ES256"},
            {
                "iss": client_id,
                "sub": client_id,
                "aud": self._known["aud"],
                "iat": int(now.timestamp()),
                "exp": int((now + timedelta(minutes=1)).timestamp()),
                "jti": uuid4().hex,
            },
            self._key,
            ["ES256"],
        )
        form = {
            "grant_type": "client_credentials",
            "scope": "scim",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        }
        response = requests.post(self._known["token_endpoint"], data=form, timeout=TIMEOUT_S)
        return str(response.json()["access_token"])

    def send(self, method: str, path: str, body: Any = None) -> requests.Response:
        """A request to the address that the page shows."""
        return requests.request(
            method,
            self._known["scim"] + path,
            headers={
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/scim+json",
            },
            data=json.dumps(body) if body is not None else None,
            timeout=TIMEOUT_S,
        )


def what_is_shown(page: Page) -> dict[str, str]:
    """What the administrateur copies for whoever installs the program."""
    terms = {
        "client_id": "Identifiant du programme (client_id)",
        "scim": "Adresse SCIM, et audience des jetons",
        "token_endpoint": "Adresse des jetons (token_endpoint)",
        "aud": "Audience de l’assertion signée (aud)",
    }
    return {
        name: page.locator("dt", has_text=term)
        .locator("xpath=following-sibling::dd[1]")
        .inner_text()
        for name, term in terms.items()
    }


def walk(page: Page, provider: Provider, look: Callable[[Page], None]) -> None:
    """From the menu to a program that is out."""
    key = ECKey.generate_key("P-256")
    page.goto(f"{provider.issuer}/habilitations/acces-automatises")
    type_identifiers(page, an_administrateur(provider), PASSWORD)
    look(page)
    page.get_by_role("link", name="Donner un accès automatisé").click()
    page.get_by_role("button", name="Valider").click()
    look(page)
    page.get_by_label("Nom du programme").fill("Annuaire RH")
    page.get_by_label("Clés publiques (JWKS)").fill(
        json.dumps({"keys": [key.as_dict(private=False)]})
    )
    page.get_by_label("Logements privés").check()
    page.get_by_label("Le programme peut créer des utilisateurs").check()
    page.get_by_role("button", name="Valider").click()
    expect(page.get_by_role("status")).to_contain_text("L’accès est ouvert")
    look(page)

    directory = Directory(key, what_is_shown(page))
    created = directory.send(
        "POST",
        "/Users",
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "name": {"familyName": "Le Gall", "givenName": "Nadia"},
            "emails": [{"value": "nadia@exemple.fr"}],
        },
    )
    assert created.status_code == 201
    [group] = directory.send("GET", "/Groups").json()["Resources"]
    joined = directory.send(
        "PATCH",
        f"/Groups/{group['id']}",
        {
            "Operations": [
                {"op": "add", "path": "members", "value": [{"value": created.json()["id"]}]}
            ]
        },
    )
    assert joined.status_code == 200

    page.goto(f"{provider.issuer}/habilitations/utilisateurs")
    expect(page.get_by_role("row").filter(has_text="Nadia")).to_contain_text("Logements privés")
    page.goto(f"{provider.issuer}/habilitations/journal")
    expect(page.locator("main")).to_contain_text("rogramme Annuaire RH a")
    page.goto(f"{provider.issuer}/habilitations/acces-automatises")
    expect(page.get_by_role("row").filter(has_text="Annuaire RH")).not_to_contain_text("Jamais")
    look(page)
    page.get_by_role("link", name="Annuaire RH").click()
    page.get_by_role("link", name="Retirer cet accès").click()
    look(page)
    page.get_by_role("button", name="Retirer l’accès").click()
    expect(page.get_by_role("status")).to_contain_text("est retiré")
    assert directory.send("GET", "/Users").status_code == 401
    page.get_by_role("link", name="Annuaire RH").click()
    look(page)


def test_a_program_is_given_its_access_on_a_phone_without_javascript(
    phone: Page, provider: Provider
) -> None:
    walk(phone, provider, lambda page: None)


def test_pages_of_the_programs_are_accessible(page: Page, provider: Provider) -> None:
    walk(page, provider, judge)
