"""« Accès automatisés »: keys that are refused, what is shown, what is withdrawn, and who may."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from factories import a_contrat, a_groupe, a_mandat, a_rattachement, an_account, signed_in
from flask.testing import FlaskClient
from joserfc.jwk import OctKey, RSAKey
from programs import KEY, Program, a_program, an_administrated_organisme
from sql_budget import counted
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.models import Groupe, Mandat, Organisme, Rattachement, Role
from idp.scim.models import ScimClient

LISTE = "/habilitations/acces-automatises"
PUBLIC = json.dumps({"keys": [KEY.as_dict(private=False)]})


@pytest.fixture
def place(client: FlaskClient) -> tuple[Organisme, Rattachement, Groupe]:
    """An administrateur who is signed in."""
    organisme, chef = an_administrated_organisme()
    groupe = a_groupe(a_contrat(organisme))
    signed_in(client, db.session.get_one(Account, chef.account_id), chef)
    return organisme, chef, groupe


def give(client: FlaskClient, organisme: Organisme, **fields: Any) -> TestResponse:
    groupes = db.session.scalars(sa.select(Groupe.id)).all()
    form = {
        "organisme": str(organisme.id),
        "nom": "Annuaire RH",
        "jwks": PUBLIC,
        "groupes": [str(one) for one in groupes],
        "peut_creer": "y",
        **fields,
    }
    return client.post(LISTE + "/nouveau", data={key: one for key, one in form.items() if one})


def test_a_program_is_given_its_access_and_uses_it(
    client: FlaskClient, place: tuple[Organisme, Rattachement, Groupe]
) -> None:
    organisme, chef, groupe = place

    response = give(client, organisme)
    page = client.get(response.headers["Location"])

    row = db.session.scalars(sa.select(ScimClient)).one()
    mandat = db.session.get_one(Mandat, row.mandat_id)
    assert response.status_code == 303
    for shown in (
        row.client_id,
        "http://localhost:8000/scim/v2",
        "http://localhost:8000/oidc/token",
    ):
        assert shown in page.text
    assert row.jwks == json.loads(PUBLIC)
    assert (mandat.programme, mandat.peut_creer, mandat.granted_by) == (
        "Annuaire RH",
        True,
        chef.account_id,
    )
    program = Program(client, row.client_id, organisme, mandat, [groupe], chef)
    assert program.create()["userType"] == "utilisateur"
    assert "Jamais" not in client.get(LISTE).text
    told = db.session.scalars(
        sa.select(JournalEntry).where(JournalEntry.event == "mandat_donne")
    ).one()
    assert told.data["programme"] == "Annuaire RH"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"nom": ""}, "Saisissez le nom"),
        ({"nom": "\u200b\u200b"}, "nom lisible"),
        ({"jwks": ""}, "l’une des deux"),
        ({"jwks_uri": "https://rh.exemple.fr/jwks"}, "l’une des deux"),
        ({"jwks": "", "jwks_uri": "http://localhost/jwks"}, "publique en https"),
        ({"jwks": "", "jwks_uri": "javascript:alert(1)"}, "publique en https"),
        ({"jwks": "{"}, "pas du JSON"),
        ({"jwks": "[" * 5000}, "pas du JSON"),
        ({"jwks": "[]"}, "ensemble de clés"),
        ({"jwks": '{"keys": []}'}, "ensemble de clés"),
        ({"jwks": json.dumps({"keys": [KEY.as_dict(private=True)]})}, "privée ou secrète"),
        ({"jwks": json.dumps({"keys": [OctKey.generate_key(256).as_dict()]})}, "privée ou secrète"),
        ({"groupes": None}, "au moins un groupe"),
        ({"groupes": ["00000000-0000-0000-0000-000000000000"]}, ""),
        ({"fin": str(clock.today(datetime.now(UTC)) - timedelta(days=2))}, "Ce jour est passé"),
    ],
)
def test_what_is_not_safe_is_refused(
    client: FlaskClient,
    place: tuple[Organisme, Rattachement, Groupe],
    fields: dict[str, Any],
    said: str,
) -> None:
    response = give(client, place[0], **fields)

    assert response.status_code == 200
    assert said in response.text
    assert db.session.scalar(sa.select(sa.func.count(Mandat.id))) == 0


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_weak_key_is_refused(
    client: FlaskClient, place: tuple[Organisme, Rattachement, Groupe]
) -> None:
    weak = RSAKey.generate_key(1024).as_dict(private=False)

    assert "2048 bits" in give(client, place[0], jwks=json.dumps({"keys": [weak]})).text


def test_two_programs_do_not_bear_one_name(
    client: FlaskClient, place: tuple[Organisme, Rattachement, Groupe]
) -> None:
    assert give(client, place[0]).status_code == 303

    assert "porte déjà ce nom" in give(client, place[0]).text
    assert (
        give(
            client, place[0], nom="Paie", jwks_uri="https://rh.exemple.fr/jwks", jwks=""
        ).status_code
        == 303
    )


def test_withdrawn_it_is_out_at_once_and_for_good(
    client: FlaskClient, place: tuple[Organisme, Rattachement, Groupe]
) -> None:
    organisme, chef, groupe = place
    program = a_program(client, [groupe], chef, organisme)
    assert program.get("/Users").status_code == 200
    path = f"{LISTE}/{program.mandat.id}/retirer"
    form = {"organisme": str(organisme.id)}

    shown, done, again = (
        client.get(path),
        client.post(path, data=form),
        client.post(path, data=form),
    )

    assert "Annuaire RH" in shown.text
    assert (done.status_code, again.status_code) == (303, 303)
    assert program.get("/Users").status_code == 401
    assert "Retiré le" in client.get(LISTE).text
    events = db.session.scalars(
        sa.select(JournalEntry.event).where(JournalEntry.event == "mandat_retire")
    ).all()
    assert len(events) == 1


def test_another_organisme_sees_and_withdraws_nothing(
    client: FlaskClient, place: tuple[Organisme, Rattachement, Groupe]
) -> None:
    other = a_program(client, programme="Programme des autres")
    path = f"{LISTE}/{other.mandat.id}"

    assert "Programme des autres" not in client.get(LISTE).text
    assert client.get(path).status_code == 404
    assert client.post(path + "/retirer", data={"organisme": str(place[0].id)}).status_code == 404
    assert db.session.get_one(Mandat, other.mandat.id).ended_at is None


def test_a_mandate_of_a_person_is_no_program(
    client: FlaskClient, place: tuple[Organisme, Rattachement, Groupe]
) -> None:
    organisme, chef, groupe = place
    person = a_rattachement(an_account(email="resp@exemple.fr"), organisme)
    mandat = a_mandat(person, [groupe], db.session.get_one(Account, chef.account_id))

    assert client.get(f"{LISTE}/{mandat.id}").status_code == 404


@pytest.mark.parametrize("role", [Role.UTILISATEUR, Role.RESPONSABLE_HABILITATION])
def test_nobody_but_an_administrateur(client: FlaskClient, role: Role) -> None:
    program = a_program(client)
    person = a_rattachement(an_account(email="autre@exemple.fr"), program.organisme, role=role)
    signed_in(client, db.session.get_one(Account, person.account_id), person)

    for path in ("", "/nouveau", f"/{program.mandat.id}", f"/{program.mandat.id}/retirer"):
        assert client.get(LISTE + path).status_code == 403


def test_giving_an_access_asks_who_one_is_again(
    client: FlaskClient, place: tuple[Organisme, Rattachement, Groupe]
) -> None:
    """Sensitive: a browser left open does not mandate a program."""
    db.session.execute(
        sa.text("UPDATE browser_session SET auth_time = :then").bindparams(
            sa.bindparam(
                "then", datetime.now(UTC) - timedelta(minutes=30), type_=sa.DateTime(timezone=True)
            )
        )
    )

    response = client.get(LISTE + "/nouveau")

    assert response.status_code == 303
    assert client.get(LISTE).status_code == 200


def test_the_list_costs_the_same_whatever_the_number(
    client: FlaskClient, place: tuple[Organisme, Rattachement, Groupe]
) -> None:
    organisme, chef, groupe = place

    def cost() -> int:
        with counted() as sent:
            client.get(LISTE)
        return len(sent)

    a_program(client, [groupe], chef, organisme)
    one = cost()
    for number in range(5):
        a_program(client, [groupe], chef, organisme, programme=f"Programme {number}")

    assert cost() == one
