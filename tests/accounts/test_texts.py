"""The texts of the service: published by versions, and asked again on a new major one."""

from datetime import UTC, date, datetime

import pytest
from factories import PASSWORD, an_account
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from idp.accounts import published_texts, textes
from idp.accounts.models import AcceptationTexte, Account, Texte
from idp.accounts.published_texts import PUBLISHED, Version
from idp.accounts.views import new_texts
from idp.accounts.views.aide import TEXTES
from idp.db import db

NOW = datetime.now(UTC)
ASKED = "/textes-a-accepter"


@pytest.fixture
def new_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another major version of the règles d'usage."""
    _publish(monkeypatch, "regles_usage", "2.0")


def _publish(monkeypatch: pytest.MonkeyPatch, texte: str, number: str) -> None:
    versions = (*PUBLISHED[texte], Version(number, date(2027, 1, 4)))
    monkeypatch.setitem(PUBLISHED, texte, versions)
    monkeypatch.setattr(new_texts, "texte_html", lambda texte, version: f"{texte} {version}")


def a_person() -> Account:
    """Who accepted both texts at their first connection."""
    account = an_account()
    db.session.add_all(
        AcceptationTexte(account_id=account.id, texte=texte, version="1.0", accepted_at=NOW)
        for texte in Texte
    )
    return account


def sign_in(client: FlaskClient, account: Account, query: str = "") -> TestResponse:
    typed = {"identifiant": account.identifiant, "mot_de_passe": PASSWORD}
    return client.post("/connexion" + query, data=typed)


@pytest.mark.parametrize("page", TEXTES)
def test_text_in_force_is_public_with_its_version(client: FlaskClient, page: str) -> None:
    shown = client.get(f"/aide/{page}")

    assert shown.status_code == 200
    assert "Version 1.0, publiée le 01/11/2026" in shown.text


def test_former_version_stays_readable_and_says_so(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions = (*PUBLISHED["cookies"], Version("1.0-bis", date(2027, 1, 4)))
    monkeypatch.setitem(PUBLISHED, "cookies", versions)

    former = client.get("/aide/cookies?version=1.0").text

    assert "Une version plus récente est en vigueur" in former
    assert client.get("/aide/cookies?version=9.9").status_code == 404
    assert client.get("/aide/cookies?version=../../base").status_code == 404


@pytest.mark.parametrize(
    ("accepted", "outdated"),
    [([], False), (["1.0"], False), (["1.4"], False), (["0.9"], True), (["0.9", "1.0"], False)],
)
def test_major_version_alone_is_asked_again(accepted: list[str], outdated: bool) -> None:
    assert published_texts.is_outdated("regles_usage", accepted) is outdated


def test_who_accepted_everything_is_asked_nothing(client: FlaskClient) -> None:
    assert sign_in(client, a_person()).location == "/accueil"


@pytest.mark.usefixtures("new_rules")
def test_new_major_version_is_accepted_before_anything_else(client: FlaskClient) -> None:
    account = a_person()

    assert sign_in(client, account, "?next=/profil").location == ASKED
    assert client.get("/profil").location == ASKED
    assert "regles_usage 2.0" in client.get(ASKED).text
    assert client.post(ASKED, data={"texte": "regles_usage"}).status_code == 200
    assert client.get("/profil").location == ASKED

    answer = client.post(ASKED, data={"texte": "regles_usage", "accepte": "y"})

    assert answer.location == "/profil"
    assert client.get("/profil").status_code == 200
    assert {(a.texte, a.version) for a in textes.accepted_by(account.id)} > {
        (Texte.REGLES_USAGE, "2.0")
    }


@pytest.mark.usefixtures("new_rules")
def test_double_click_accepts_one_text(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(monkeypatch, "conditions_utilisation", "2.0")
    account = a_person()
    sign_in(client, account)
    first = {"texte": "regles_usage", "accepte": "y"}

    client.post(ASKED, data=first)
    again = client.post(ASKED, data=first)

    assert "conditions_utilisation 2.0" in again.text
    assert textes.outdated(account.id) == [Texte.CONDITIONS_UTILISATION]


def test_minor_version_informs_and_asks_nothing(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    _publish(monkeypatch, "regles_usage", "1.1")

    assert sign_in(client, a_person()).location == "/accueil"


def test_page_is_of_who_owes_an_acceptance(client: FlaskClient) -> None:
    sign_in(client, a_person())

    assert client.get(ASKED).location == "/accueil"
