"""« Mon profil »: the summary, names, telephone, texts accepted."""

from datetime import UTC, datetime

import pytest
from factories import an_account, signed_in
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select

from idp.accounts import textes
from idp.accounts.models import Account, Texte
from idp.audit import JournalEntry
from idp.db import db

NOW = datetime.now(UTC)
NAMES = {"civilite": "M.", "nom": "Le Goff", "prenom": "Yann"}


def journalled() -> list[str]:
    return list(db.session.scalars(select(JournalEntry.event).order_by(JournalEntry.id)))


@pytest.fixture
def account(client: FlaskClient) -> Account:
    """Somebody signed in on ``client``."""
    account = an_account(phone="+33612345678")
    signed_in(client, account)
    return account


def test_the_summary_leads_to_every_page(client: FlaskClient, account: Account) -> None:
    page = client.get("/profil").text

    for path in ("nom", "courriel", "telephone", "mot-de-passe"):
        assert f'href="/profil/{path}"' in page
        assert client.get(f"/profil/{path}").status_code == 200


def test_the_summary_costs_the_same_whatever_was_accepted(
    client: FlaskClient, account: Account
) -> None:
    with counted() as before:
        client.get("/profil")
    textes.accept(account.id, Texte.REGLES_USAGE, NOW)
    textes.accept(account.id, Texte.CONDITIONS_UTILISATION, NOW)
    db.session.commit()

    with counted() as after:
        client.get("/profil")

    assert len(after) == len(before) <= 4


def test_names_are_changed_and_journalled_without_their_values(
    client: FlaskClient, account: Account
) -> None:
    answer = client.post("/profil/nom", data=NAMES)

    assert answer.location == "/profil"
    assert "Monsieur Yann Le Goff" in " ".join(client.get("/profil").text.split())
    entry = db.session.scalars(select(JournalEntry)).one()
    assert (entry.event, entry.data, entry.actor_id) == ("names_changed", {}, account.id)


def test_names_sent_twice_are_changed_once(client: FlaskClient, account: Account) -> None:
    client.post("/profil/nom", data=NAMES)
    client.post("/profil/nom", data=NAMES)

    assert journalled() == ["names_changed"]


@pytest.mark.parametrize(
    "name",
    ["Martin\r\nBcc: x@evil.example", "Martin\x07", "<script>", "", " ", "a" * 81, "1234"],
    ids=["header", "control", "markup", "empty", "blank", "long", "digits"],
)
def test_a_name_that_is_none_is_refused(client: FlaskClient, account: Account, name: str) -> None:
    answer = client.post("/profil/nom", data={**NAMES, "nom": name})

    assert answer.status_code == 200
    assert account.family_name == "Martin"
    assert journalled() == []


def test_a_telephone_is_kept_as_the_world_writes_it_and_removed(
    client: FlaskClient, account: Account
) -> None:
    client.post("/profil/telephone", data={"telephone": "01 44 55 66 77"})
    kept = account.phone
    client.post("/profil/telephone/retirer")
    client.post("/profil/telephone/retirer")

    assert kept == "+33144556677"
    assert account.phone is None
    assert set(journalled()) == {"phone_changed"}
    assert db.session.scalars(select(JournalEntry.data)).all()[-1] == {"removed": True}
    assert "Non renseigné" in client.get("/profil").text


def test_what_is_no_telephone_is_refused(client: FlaskClient, account: Account) -> None:
    answer = client.post("/profil/telephone", data={"telephone": "1234"})

    assert "n’est pas valable" in answer.text
    assert account.phone == "+33612345678"


def test_a_text_is_read_in_the_version_that_was_accepted(
    client: FlaskClient, account: Account
) -> None:
    textes.accept(account.id, Texte.REGLES_USAGE, NOW)

    assert "Règles d’usage, version 1.0" in " ".join(client.get("/profil").text.split())
    assert "que vous avez acceptée le" in client.get("/profil/textes/regles_usage/1.0").text


@pytest.mark.parametrize(
    "path", ["conditions_utilisation/1.0", "regles_usage/9.9", "inconnu/1.0", "..%2f..%2fsecret/1"]
)
def test_a_text_that_was_not_accepted_is_not_there(
    client: FlaskClient, account: Account, path: str
) -> None:
    textes.accept(account.id, Texte.REGLES_USAGE, NOW)

    assert client.get(f"/profil/textes/{path}").status_code == 404


def test_the_texts_of_somebody_else_are_not_shown(app: Flask, client: FlaskClient) -> None:
    textes.accept(an_account().id, Texte.REGLES_USAGE, NOW)
    signed_in(client, an_account())

    assert client.get("/profil/textes/regles_usage/1.0").status_code == 404
