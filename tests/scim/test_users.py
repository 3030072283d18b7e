"""Users: what becomes of them in the console, what is refused, versions, and budgets of statements."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from factories import a_contrat, a_groupe, a_rattachement, an_account, an_habilitation
from flask.testing import FlaskClient
from programs import MANAGED, Program, a_program, a_user
from sent_mails import mails_to
from sql_budget import counted
from werkzeug.test import TestResponse

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.delegation import Acteur
from idp.habilitations.models import Habilitation, Mobilite, Rattachement, Role
from idp.habilitations.personnes import retraits

TODAY = clock.today(datetime.now(UTC))


@pytest.fixture
def program(client: FlaskClient) -> Program:
    """Of an organisme with one group."""
    return a_program(client)


def told(response: TestResponse) -> tuple[int, str | None, str]:
    """Status, keyword and detail of an error."""
    error = response.json or {}
    assert error["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert error["status"] == str(response.status_code)
    return response.status_code, error.get("scimType"), error["detail"]


def row(user: dict[str, Any]) -> Rattachement:
    return db.session.get_one(Rattachement, UUID(user["id"]))


def account(user: dict[str, Any]) -> Account:
    return db.session.get_one(Account, row(user).account_id)


def replace(path: str, value: Any) -> dict[str, Any]:
    return {"op": "replace", "path": path, "value": value}


def test_a_user_is_created_as_in_the_console(program: Program) -> None:
    """RFC 7644 §3.3: 201, Location, ETag, the resource; and the guide, page 3: a mail leaves."""
    response = program.send(
        "POST",
        "/Users",
        a_user(
            externalId="RH-42",
            emails=[{"value": "lucie@exemple.fr"}],
            phoneNumbers=[{"value": "06 12 34 56 78"}],
            **{MANAGED: {"cloture": str(TODAY + timedelta(days=30)), "mobilite": "itinerant"}},
        ),
    )

    user = response.json or {}
    assert response.status_code == 201
    assert response.headers["Location"] == user["meta"]["location"]
    assert response.headers["ETag"] == user["meta"]["version"]
    assert user["phoneNumbers"][0]["value"] == "+33612345678"
    assert user["userName"] == account(user).identifiant != "ldurand"
    assert (user["externalId"], user["userType"], user["active"]) == ("RH-42", "utilisateur", True)
    assert row(user).created_by == program.mandat.id
    assert (row(user).ouverture, row(user).mobilite) == (TODAY, Mobilite.ITINERANT)
    assert row(user).cloture == TODAY + timedelta(days=30)
    assert account(user).state is AccountState.EN_ATTENTE
    assert len(mails_to("lucie@exemple.fr")) == 1
    assert program.get("/Users/" + user["id"]).json == user


def test_a_directory_that_knows_no_extension_creates_a_user_open_today(program: Program) -> None:
    user = program.create(active=None, title="Chef", nickName="Lulu", roles=[{"value": "admin"}])

    assert user[MANAGED] == {"ouverture": str(TODAY), "mobilite": "sedentaire"}
    assert user["active"] is True
    assert row(user).role is Role.UTILISATEUR


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"name": None}, "name"),
        ({"emails": None}, "emails"),
        ({"emails": [{"value": "nul"}]}, "emails"),
        ({"emails": [{"value": "a@exemple.fr"}, {"value": "b@exemple.fr"}]}, "emails"),
        ({"name": {"familyName": "Durand\r\nBcc: x", "givenName": "L"}}, ""),
        ({"name": {"familyName": "1234", "givenName": "L"}}, "name.familyName"),
        ({"phoneNumbers": [{"value": "12"}]}, "phoneNumbers"),
        ({"active": False}, "active"),
        ({"externalId": "x" * 201}, "externalId"),
        ({MANAGED: {"ouverture": "2020-01-01"}}, "ouverture"),
        ({MANAGED: {"ouverture": "demain"}}, "ouverture"),
        ({MANAGED: {"cloture": "2020-01-01"}}, "cloture"),
        ({MANAGED: {"mobilite": "volant"}}, "mobilite"),
        ({MANAGED: "texte"}, ""),
    ],
)
def test_what_no_field_takes_is_refused(
    program: Program, changes: dict[str, Any], detail: str
) -> None:
    """RFC 7644 §3.12: invalidValue."""
    body = {**a_user(), **changes}
    before = db.session.scalar(sa.select(sa.func.count(Account.id)))

    response = program.send(
        "POST", "/Users", {name: value for name, value in body.items() if value is not None}
    )

    if detail == "" and response.status_code == 201:
        # Line breaks become spaces, as in the form of the console.
        assert "\n" not in (response.json or {})["name"]["familyName"]
        return
    status, keyword, said = told(response)
    assert (status, keyword) == (400, "invalidValue")
    assert detail in said
    assert db.session.scalar(sa.select(sa.func.count(Account.id))) == before


def test_one_user_per_address(program: Program) -> None:
    """§3.3.1: 409 uniqueness; a user whom the program does not see counts too."""
    hidden = an_account(email="cachee@exemple.fr")
    a_rattachement(hidden, program.organisme)

    status, keyword, _detail = told(
        program.send("POST", "/Users", a_user(emails=[{"value": "Cachee@exemple.fr"}]))
    )

    assert (status, keyword) == (409, "uniqueness")


def test_an_external_id_is_of_one_user_and_of_one_program(program: Program) -> None:
    program.create(externalId="RH-1")
    other = a_program(
        program.browser,
        program.groupes,
        program.administrateur,
        program.organisme,
        programme="Paie",
    )

    again = program.send("POST", "/Users", a_user(externalId="RH-1"))

    assert told(again)[:2] == (409, "uniqueness")
    assert other.create(externalId="RH-1")["externalId"] == "RH-1"


def test_a_program_that_may_not_create_is_told_so(client: FlaskClient) -> None:
    program = a_program(client, peut_creer=False)

    assert told(program.send("POST", "/Users", a_user()))[0] == 403


@pytest.mark.parametrize("value", [False, "False", "false"])
def test_inactive_closes_at_once_and_active_opens_again(program: Program, value: object) -> None:
    """Some directories write booleans as texts."""
    user = program.create()

    closed = program.patch("/Users/" + user["id"], replace("active", value))
    closed_row = (row(user).cloture, row(user).suspendu_at)
    opened = program.patch("/Users/" + user["id"], replace("active", True))

    assert (closed.json or {})["active"] is False
    assert closed_row[0] == TODAY
    assert closed_row[1] is not None
    assert (opened.json or {})["active"] is True
    assert (row(user).cloture, row(user).suspendu_at) == (None, None)
    events = db.session.scalars(sa.select(JournalEntry.event)).all()
    assert {"rattachement_clos", "rattachement_rouvert"} <= set(events)


def test_of_a_closed_user_dates_do_not_change_alone(program: Program) -> None:
    """§3.5.2, mutability; but a directory that sends all that it holds is not refused for them."""
    user = program.create()
    program.patch("/Users/" + user["id"], replace("active", False))
    later = str(TODAY + timedelta(days=9))

    alone = program.patch("/Users/" + user["id"], replace(f"{MANAGED}:cloture", later))
    whole = program.send(
        "PUT",
        "/Users/" + user["id"],
        {**a_user(emails=user["emails"], active=False), MANAGED: {"cloture": later}},
    )

    assert told(alone)[:2] == (400, "mutability")
    assert (whole.status_code, (whole.json or {})["active"]) == (200, False)


def test_put_changes_what_it_says_and_keeps_what_must_be_said(program: Program) -> None:
    """§3.5.1: the rest is cleared; what is assigned here is not looked at."""
    user = program.create(externalId="RH-1", phoneNumbers=[{"value": "0612345678"}])
    cloture = str(TODAY + timedelta(days=3))

    response = program.send(
        "PUT",
        "/Users/" + user["id"],
        {
            **a_user(emails=user["emails"], name={"familyName": "Petit", "givenName": "Lucie"}),
            "id": "autre",
            "userType": "administrateur",
            MANAGED: {"cloture": cloture},
        },
    )

    put = response.json or {}
    assert response.status_code == 200
    assert put["name"] == {"familyName": "Petit", "givenName": "Lucie"}
    assert not {"externalId", "phoneNumbers"} & put.keys()
    assert put[MANAGED] == {**user[MANAGED], "cloture": cloture}
    assert (put["id"], put["userType"]) == (user["id"], "utilisateur")
    assert put["meta"]["version"] != user["meta"]["version"]


def test_patch_by_paths_filters_and_values(program: Program) -> None:
    """§3.5.2, and what Microsoft Entra sends: no path, paths as names, filters that match nothing yet."""
    user = program.create()

    response = program.patch(
        "/Users/" + user["id"],
        replace("name.familyName", "Petit"),
        {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "0612345678"},
        {"op": "Replace", "value": {"name.givenName": "Anne", "externalId": "e-1"}},
        replace('emails[type eq "work"].value', "anne@exemple.fr"),
        {"op": "add", "path": f"{MANAGED}:cloture", "value": str(TODAY)},
    )

    now = response.json or {}
    assert response.status_code == 200
    assert now["name"] == {"familyName": "Petit", "givenName": "Anne"}
    assert [one["value"] for one in now["phoneNumbers"]] == ["+33612345678"]
    assert [one["value"] for one in now["emails"]] == ["anne@exemple.fr"]
    assert (now["externalId"], now[MANAGED]["cloture"]) == ("e-1", str(TODAY))


@pytest.mark.parametrize(
    ("operation", "keyword"),
    [
        (replace("userName", "autre"), "mutability"),
        (replace("userType", "administrateur"), "mutability"),
        (replace("id", "x"), "mutability"),
        ({"op": "add", "path": "groups", "value": [{"value": "x"}]}, "mutability"),
        ({"op": "remove", "path": "emails"}, "mutability"),
        ({"op": "remove", "path": "name"}, "mutability"),
        ({"op": "remove"}, "noTarget"),
        (replace("roles", [{"value": "administrateur"}]), "invalidPath"),
        (replace("emails[", "x"), "invalidPath"),
        (replace('emails[type eq "home"].value', "b@exemple.fr"), "invalidValue"),
        (replace("active", "peut-être"), "invalidValue"),
        ({"op": "move", "path": "active", "value": True}, "invalidValue"),
        (replace("x" * 2000, "y"), "invalidPath"),
    ],
)
def test_patch_that_may_not_be_changes_nothing(
    program: Program, operation: dict[str, Any], keyword: str
) -> None:
    """§3.5.2: all operations or none; a role is never among them."""
    user = program.create()

    response = program.patch("/Users/" + user["id"], replace("active", False), operation)

    assert told(response)[:2] == (400, keyword)
    assert program.get("/Users/" + user["id"]).json == user


def test_the_address_of_who_has_connected_is_theirs(program: Program) -> None:
    """Whoever holds the address holds the account: an organisme may not take it."""
    user = program.create()
    account(user).state = AccountState.ACTIF

    taken = program.patch(
        "/Users/" + user["id"], replace('emails[type eq "work"].value', "x@exemple.fr")
    )
    named = program.patch("/Users/" + user["id"], replace("name.familyName", "Petit"))

    assert told(taken)[:2] == (400, "mutability")
    assert named.status_code == 200


def test_what_came_here_by_another_way_is_not_held_against_a_change(program: Program) -> None:
    """Names of another system, or none: what is not changed is not judged."""
    user = program.create()
    path = "/Users/" + user["id"]
    account(user).family_name, account(user).phone = "Durand 2", None

    named = program.patch(path, replace("externalId", "RH-1"))
    phoned = program.patch(
        path, {"op": "add", "path": "phoneNumbers", "value": [{"value": "0612345678"}]}
    )
    renamed = program.patch(path, replace("name.familyName", "Durand 3"))
    account(user).family_name = account(user).given_name = account(user).email = None
    closed = program.patch(path, replace("active", False))

    assert [one.status_code for one in (named, phoned, closed)] == [200, 200, 200]
    assert told(renamed)[:2] == (400, "invalidValue")


def test_a_person_of_two_organismes_is_not_renamed(program: Program) -> None:
    user = program.create()
    other = a_program(program.browser)
    a_rattachement(account(user), other.organisme)

    assert told(program.patch("/Users/" + user["id"], replace("name.familyName", "Petit")))[:2] == (
        400,
        "mutability",
    )


def test_a_new_address_is_mailed_and_the_former_secret_is_worth_nothing(program: Program) -> None:
    user = program.create(emails=[{"value": "faute@exemple.fr"}])

    response = program.patch(
        "/Users/" + user["id"], replace("emails", [{"value": "juste@exemple.fr"}])
    )

    assert response.status_code == 200
    assert len(mails_to("juste@exemple.fr")) == 1
    alive = db.session.scalar(sa.text("SELECT count(*) FROM challenge WHERE used_at IS NULL"))
    assert alive == 1


def test_delete_closes_and_is_found_no_more(program: Program) -> None:
    """§3.6: 404 for everything afterwards, out of every list; until the console opens the place again."""
    user = program.create()
    group = program.groupes[0]
    program.patch(
        f"/Groups/{group.id}", {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
    )

    deleted = program.send("DELETE", "/Users/" + user["id"])

    assert (deleted.status_code, deleted.text) == (204, "")
    assert row(user).suspendu_at is not None
    answers = [
        program.get("/Users/" + user["id"]),
        program.send("DELETE", "/Users/" + user["id"]),
        program.patch("/Users/" + user["id"], replace("active", True)),
        program.send("PUT", "/Users/" + user["id"], a_user()),
    ]
    assert {told(one)[0] for one in answers} == {404}
    assert (program.get("/Users").json or {})["totalResults"] == 0
    assert "members" not in (program.get(f"/Groups/{group.id}").json or {})
    administrateur = Acteur(
        account_id=program.administrateur.account_id,
        organisme_id=program.organisme.id,
        raison_sociale="LES OLIVIERS",
        role=Role.ADMINISTRATEUR,
    )
    assert retraits.rouvrir(UUID(user["id"]), par=administrateur, now=datetime.now(UTC))
    assert (program.get("/Users/" + user["id"]).json or {})["active"] is True


def test_a_deleted_address_is_still_that_of_a_closed_user(program: Program) -> None:
    user = program.create(emails=[{"value": "partie@exemple.fr"}])
    program.send("DELETE", "/Users/" + user["id"])

    again = program.send("POST", "/Users", a_user(emails=[{"value": "partie@exemple.fr"}]))

    assert told(again)[:2] == (409, "uniqueness")


def test_who_holds_something_else_is_seen_but_not_settled(program: Program) -> None:
    """Dates and closing bear on all that a person holds: a mandate over a part of it is not enough."""
    user = program.create()
    program.patch(
        f"/Groups/{program.groupes[0].id}",
        {"op": "add", "path": "members", "value": [{"value": user["id"]}]},
    )
    elsewhere = a_groupe(a_contrat(program.organisme, "cdap"), code="cdap:359")
    an_habilitation(row(user), elsewhere)
    path = "/Users/" + user["id"]

    seen = program.get(path).json or {}

    assert [one["value"] for one in seen["groups"]] == [str(program.groupes[0].id)]
    for response in (
        program.patch(path, replace("active", False)),
        program.patch(path, replace("name.familyName", "Petit")),
        program.patch(path, replace(f"{MANAGED}:mobilite", "itinerant")),
        program.send("DELETE", path),
    ):
        assert told(response)[0] == 403
    assert program.patch(path, replace("externalId", "RH-1")).status_code == 200
    assert db.session.scalar(sa.select(sa.func.count(Habilitation.id))) == 2


@pytest.mark.parametrize("role", [Role.ADMINISTRATEUR, Role.RESPONSABLE_HABILITATION])
def test_who_manages_is_seen_and_not_touched(program: Program, role: Role) -> None:
    person = a_rattachement(an_account(email="chef@exemple.fr"), program.organisme, role=role)
    an_habilitation(person, program.groupes[0])
    path = f"/Users/{person.id}"

    assert (program.get(path).json or {})["userType"] == role.value
    for response in (
        program.patch(path, replace("active", False)),
        program.patch(path, replace(f"{MANAGED}:cloture", str(TODAY))),
        program.send("DELETE", path),
        program.patch(
            f"/Groups/{program.groupes[0].id}",
            {"op": "remove", "path": f'members[value eq "{person.id}"]'},
        ),
    ):
        assert told(response)[0] == 403
    assert row({"id": str(person.id)}).suspendu_at is None


def test_versions(program: Program) -> None:
    """§3.14: If-Match that is of another time is refused, If-None-Match spares the body."""
    user = program.create()
    path, version = "/Users/" + user["id"], user["meta"]["version"]
    held = {"If-Match": version}

    assert program.send("GET", path, **{"If-None-Match": version}).status_code == 304
    assert program.send("GET", path, **{"If-None-Match": 'W/"autre"'}).status_code == 200
    first = program.patch(path, replace("name.familyName", "Un"), **held)
    second = program.patch(path, replace("name.familyName", "Deux"), **held)
    put = program.send("PUT", path, a_user(), **held)
    delete = program.send("DELETE", path, **held)

    assert first.status_code == 200
    assert [one.status_code for one in (second, put, delete)] == [412, 412, 412]
    assert (
        program.send("DELETE", path, **{"If-Match": f'"x", {first.headers["ETag"]}'}).status_code
        == 204
    )


def test_attributes_are_chosen(program: Program) -> None:
    """§3.9: id, schemas and userName (returned always) come anyway."""
    user = program.create()
    path = "/Users/" + user["id"]

    only = program.get(path, attributes="emails.value,active").json or {}
    without = program.get(path, excludedAttributes="emails,meta,id").json or {}

    assert set(only) == {"schemas", "id", "userName", "emails", "active"}
    assert only["emails"] == [{"value": user["emails"][0]["value"]}]
    assert not {"emails", "meta"} & without.keys()
    assert without["id"] == user["id"]
    assert program.get(path, attributes="a", excludedAttributes="b").status_code == 400


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": "{", "content_type": "application/scim+json"}, 400),
        ({"data": "[]", "content_type": "application/scim+json"}, 400),
        ({"data": b'{"a": "\xff"}', "content_type": "application/json"}, 400),
        ({"data": '{"externalId": "\\u0000"}', "content_type": "application/json"}, 400),
        ({"data": '{"externalId": "\\ud800"}', "content_type": "application/json"}, 400),
        ({"data": "[" * 3000, "content_type": "application/json"}, 400),
        ({"data": '{"a":' * 100 + "1" + "}" * 100, "content_type": "application/json"}, 400),
        ({"data": "a=b", "content_type": "application/x-www-form-urlencoded"}, 415),
        ({"data": "x" * 1_100_000, "content_type": "application/json"}, 413),
    ],
)
def test_a_body_that_is_none_is_refused(
    program: Program, sent: dict[str, Any], status: int
) -> None:
    program.get("/Users")

    response = program.browser.post(
        "/scim/v2/Users", headers={"Authorization": f"Bearer {program.token}"}, **sent
    )

    assert told(response)[0] == status


@pytest.mark.parametrize("identifier", ["x", "0" * 32, "00000000-0000-0000-0000-000000000000", "é"])
def test_an_id_of_nobody_is_not_found(program: Program, identifier: str) -> None:
    assert told(program.get(f"/Users/{identifier}"))[0] == 404
    assert told(program.get(f"/Groups/{identifier}"))[0] == 404


def some_members(program: Program, number: int) -> None:
    for _one in range(number):
        person = an_account(email=f"{uuid4().hex[:8]}@exemple.fr")
        an_habilitation(a_rattachement(person, program.organisme), program.groupes[0])


def test_statements_do_not_grow_with_users(program: Program) -> None:
    """Who calls, how much, the page, its groups, and what is counted: whatever the number."""

    def cost(path: str) -> int:
        program.get(path)
        with counted() as sent:
            assert program.get(path).status_code == 200
        return len(sent)

    paths = ["/Users", "/Groups", "/", '/Users?filter=groups.display co "e" and active eq true']
    some_members(program, 1)
    few = [cost(path) for path in paths]
    some_members(program, 6)
    many = [cost(path) for path in paths]

    assert few == many
    assert max(many) <= 13


def test_dates_come_and_go(program: Program) -> None:
    """A day is the last on which one may enter: the day after, the user is inactive by themself."""
    user = program.create()
    yesterday = TODAY - timedelta(days=2)
    row(user).ouverture = row(user).cloture = yesterday

    assert (program.get("/Users/" + user["id"]).json or {})["active"] is False
    assert (program.get("/Users", filter="active eq false").json or {})["totalResults"] == 1
