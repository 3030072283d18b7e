"""A new major version of a text, accepted on a phone without JavaScript."""

from datetime import UTC, date, datetime

import pytest
from factories import PASSWORD
from gestes import judge, type_identifiers
from playwright.sync_api import Page, expect
from visitor import Provider

from idp.accounts.models import AcceptationTexte, Texte
from idp.accounts.published_texts import PUBLISHED, Version
from idp.accounts.views import new_texts, texts
from idp.db import db, transaction

pytestmark = pytest.mark.browser


@pytest.fixture
def identifiant(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of a person who accepted the règles d'usage before they changed."""
    first = PUBLISHED["regles_usage"]
    monkeypatch.setitem(PUBLISHED, "regles_usage", (*first, Version("2.0", date(2027, 1, 4))))
    monkeypatch.setattr(
        new_texts, "texte_html", lambda texte, _version: texts.texte_html(texte, "1.0")
    )
    person = provider.somebody()
    with provider.app.app_context(), transaction():
        db.session.add(
            AcceptationTexte(
                account_id=person.account.id,
                texte=Texte.REGLES_USAGE,
                version="1.0",
                accepted_at=datetime.now(UTC),
            )
        )
    return str(person.account.identifiant)


def test_new_version_is_read_and_accepted(
    phone: Page, provider: Provider, identifiant: str
) -> None:
    phone.goto(f"{provider.issuer}/connexion?next=/profil")
    type_identifiers(phone, identifiant, PASSWORD)
    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "Règles d’usage : une nouvelle version"
    )
    phone.get_by_role("button", name="Valider").click()
    expect(phone.get_by_role("alert")).to_contain_text("Cochez la case")
    phone.get_by_role("checkbox").check()
    phone.get_by_role("button", name="Valider").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Mon profil")


def test_page_of_the_new_version_is_accessible(
    page: Page, provider: Provider, identifiant: str
) -> None:
    page.goto(f"{provider.issuer}/connexion")
    type_identifiers(page, identifiant, PASSWORD)
    expect(page.get_by_role("button", name="Valider")).to_be_visible()
    judge(page)
