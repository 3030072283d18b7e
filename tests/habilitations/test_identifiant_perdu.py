"""« Identifiant perdu »: identifiers leave again to their people, and a number read by anybody gives nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from factories import a_caisse, a_new_account, a_rattachement, an_account, an_organisme
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from werkzeug.test import TestResponse

from idp import clock, outbox
from idp.accounts.models import Account, AccountState
from idp.accounts.provisioning import Channel
from idp.audit import JournalEntry
from idp.db import db
from idp.extensions import ground
from idp.habilitations.models import (
    DES_IDENTIFIANTS,
    Courrier,
    NumeroUtilisateur,
    Organisme,
    Role,
    TypeCourrier,
)
from idp.outbox import Delivery

PAGE = "/identifiant-perdu"
NUMERO = "35900007090001"


def ask(client: FlaskClient, typed: str) -> TestResponse:
    return client.post(PAGE, data={"numero": typed})


def answered() -> list[dict[str, Any]]:
    """The mails that are queued, once the worker has answered."""
    db.session.commit()
    outbox.deliver_due(clock.now())
    rows = db.session.scalars(sa.select(Delivery).where(Delivery.kind == "mail")).all()
    return [json.loads(ground().secret_box.unseal(row.payload)) for row in rows if row.payload]


def letters() -> list[TypeCourrier]:
    return sorted(db.session.scalars(sa.select(Courrier.type)))


@pytest.fixture
def organisme(app: Flask) -> Organisme:
    """LES OLIVIERS, under a number."""
    made = an_organisme()
    number = NumeroUtilisateur(valeur=NUMERO, organisme_id=made.id, caisse_code=a_caisse().code)
    db.session.add(number)
    db.session.flush()
    return made


def an_administrateur(organisme: Organisme, **values: Any) -> Account:
    account = an_account(**values)
    a_rattachement(account, organisme, role=Role.ADMINISTRATEUR)
    return account


@pytest.mark.parametrize(
    "typed", [NUMERO, "359 00007090001", " 359.0000.7090.001 ", "359-00007090001"]
)
def test_administrateur_receives_identifiers_by_mail(
    client: FlaskClient, organisme: Organisme, typed: str
) -> None:
    """Guide, page 2: identifiant and password are sent again; the number is typed as it is printed."""
    account = an_administrateur(organisme)

    response = ask(client, typed)

    assert response.location == f"{PAGE}/envoi"
    (mail,) = answered()
    assert mail["to"] == account.email
    assert account.identifiant[-4:-1] in mail["body"]
    assert "mot de passe provisoire" in mail["subject"]
    assert letters() == []


def test_older_number_is_accepted(client: FlaskClient, organisme: Organisme) -> None:
    """A letter and six digits."""
    older = NumeroUtilisateur(valeur="A123456", organisme_id=organisme.id, caisse_code="359")
    db.session.add(older)
    an_administrateur(organisme)

    ask(client, "a 123456")

    assert len(answered()) == 1


def test_who_never_connected_receives_two_letters(
    client: FlaskClient, organisme: Organisme
) -> None:
    """Guide, page 2: by post when no address is known; in two letters, never one."""
    account, _lost = a_new_account()
    a_rattachement(account, organisme)

    ask(client, NUMERO)

    assert answered() == []
    assert letters() == sorted(DES_IDENTIFIANTS)


def test_who_stopped_at_the_first_steps_receives_two_letters(
    client: FlaskClient, organisme: Organisme
) -> None:
    account, _lost = a_new_account(state=AccountState.ACTIVATION)
    a_rattachement(account, organisme)

    ask(client, NUMERO)

    assert answered() == []
    assert letters() == sorted(DES_IDENTIFIANTS)


def test_who_was_written_to_by_mail_is_by_mail_again(
    client: FlaskClient, organisme: Organisme
) -> None:
    account, _lost = a_new_account(Channel.MAIL, email="claire@exemple.fr")
    a_rattachement(account, organisme)
    db.session.execute(sa.text("UPDATE challenge SET created_at = '2026-01-01 00:00:00+00:00'"))

    ask(client, NUMERO)

    assert [mail["to"] for mail in answered()] == ["claire@exemple.fr"]
    assert letters() == []


def test_plain_users_are_not_written_to(client: FlaskClient, organisme: Organisme) -> None:
    """The attack: type a number to flood the hundreds of users of an organisme."""
    chief = an_administrateur(organisme, email="chef@exemple.fr")
    for rank in range(3):
        a_rattachement(an_account(email=f"agent{rank}@exemple.fr"), organisme)

    ask(client, NUMERO)

    assert [mail["to"] for mail in answered()] == [chief.email]


@pytest.mark.parametrize("typed", [NUMERO, "35900007090002", "A123456"])
def test_page_answers_alike_whether_the_number_is_known(
    client: FlaskClient, organisme: Organisme, typed: str
) -> None:
    """The same address and status; no statement reads an organisme."""
    an_administrateur(organisme)

    with counted() as sent:
        response = ask(client, typed)

    assert (response.status_code, response.location) == (303, f"{PAGE}/envoi")
    assert not [one for one in sent if "organisme" in one or "numero_utilisateur" in one]
    assert len([one for one in sent if "outbox" in one]) == 1


def test_letters_have_a_budget(client: FlaskClient, organisme: Organisme) -> None:
    """The attack: spend the stamps of the Caf; three pairs in thirty days."""
    account, _lost = a_new_account()
    a_rattachement(account, organisme)

    for _request in range(5):
        ask(client, NUMERO)
    answered()
    assert letters() == sorted([*DES_IDENTIFIANTS] * 3)

    for courrier in db.session.scalars(sa.select(Courrier)):
        courrier.created_at -= timedelta(days=31)
    ask(client, NUMERO)
    answered()
    assert letters() == sorted([*DES_IDENTIFIANTS] * 4)


@pytest.mark.parametrize("state", [AccountState.SUSPENDU, AccountState.CLOS])
def test_suspended_and_closed_people_get_nothing(
    client: FlaskClient, organisme: Organisme, state: AccountState
) -> None:
    account = an_administrateur(organisme, state=state)

    ask(client, NUMERO)

    assert answered() == []
    assert letters() == []
    assert account.state is state


def test_suspended_organisme_gets_nothing(client: FlaskClient, organisme: Organisme) -> None:
    an_administrateur(organisme)
    organisme.suspendu_at = clock.now()

    ask(client, NUMERO)

    assert answered() == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Saisissez votre N° utilisateur"),
        ("359", "composé de 14 chiffres"),
        ("732 829 320 00074", "ressemble à un SIRET"),
        ("x" * 200, "trop long"),
        ("35900007090001é", "composé de 14 chiffres"),
    ],
)
def test_what_is_no_number_is_said(client: FlaskClient, typed: str, said: str) -> None:
    """Its form alone is judged: nothing of what exists."""
    response = ask(client, typed)

    assert response.status_code == 200
    assert said in response.text
    assert answered() == []


def test_journal_tells_what_left_and_not_the_number(
    client: FlaskClient, organisme: Organisme
) -> None:
    an_administrateur(organisme)
    ask(client, NUMERO)
    answered()

    row = db.session.scalars(
        sa.select(JournalEntry).where(JournalEntry.event == "identifiants_renvoyes")
    ).one()
    assert row.organisme_id == organisme.id
    assert row.data == {"courriels": 1, "courriers": 0}
    rows = db.session.scalars(sa.select(JournalEntry.data)).all()
    assert NUMERO not in json.dumps(rows)
