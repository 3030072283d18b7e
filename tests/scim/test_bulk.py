"""Several operations at once (RFC 7644 §3.7): each alone when it fails, references resolved, limits held."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from programs import Program, a_program, a_user
from werkzeug.test import TestResponse

from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.models import Habilitation, Rattachement
from idp.outbox import Delivery

SCHEMA = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"


@pytest.fixture
def program(client: FlaskClient) -> Program:
    return a_program(client)


def bulk(program: Program, *operations: Any, **said: Any) -> TestResponse:
    return program.send(
        "POST", "/Bulk", {"schemas": [SCHEMA], "Operations": list(operations), **said}
    )


def results(response: TestResponse) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return list((response.json or {})["Operations"])


def statuses(response: TestResponse) -> list[str]:
    return [one["status"] for one in results(response)]


def post(name: str, **changes: Any) -> dict[str, Any]:
    return {"method": "POST", "path": "/Users", "bulkId": name, "data": a_user(**changes)}


def how_many(kind: Any) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0


def test_users_are_created_and_put_into_a_group_whatever_the_order(program: Program) -> None:
    """§3.7.2: the operation that names a bulkId runs after the one that creates it."""
    group = program.groupes[0].id
    join = {
        "method": "PATCH",
        "path": f"/Groups/{group}",
        "data": {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [
                {
                    "op": "add",
                    "path": "members",
                    "value": [{"value": "bulkId:un"}, {"value": "bulkId:deux"}],
                }
            ],
        },
    }
    rename = {
        "method": "PATCH",
        "path": "/Users/bulkId:deux",
        "data": {"Operations": [{"op": "replace", "path": "name.familyName", "value": "Petit"}]},
    }

    told = results(bulk(program, join, post("un"), rename, post("deux")))

    assert [one["status"] for one in told] == ["201", "201", "200", "200"]
    assert [one.get("bulkId") for one in told] == ["un", "deux", None, None]
    members = (program.get(f"/Groups/{group}").json or {})["members"]
    assert {one["$ref"] for one in members} == {told[0]["location"], told[1]["location"]}
    assert (program.get(told[1]["location"]).json or {})["name"]["familyName"] == "Petit"
    assert told[0]["version"].startswith('W/"')


def test_a_failed_operation_undoes_itself_alone(program: Program) -> None:
    """Nothing of it stays: no row, no line of the journal, no mail; the others are done."""
    program.create()
    before = [how_many(kind) for kind in (Account, Rattachement, Delivery, JournalEntry)]
    # It is created, then refused for its externalId, which is another's.
    first, second = post("un", externalId="RH-1"), post("deux", externalId="RH-1")

    told = results(bulk(program, first, second, post("trois")))

    assert [one["status"] for one in told] == ["201", "409", "201"]
    assert told[1]["response"]["scimType"] == "uniqueness"
    assert "location" not in told[1]
    after = [how_many(kind) for kind in (Account, Rattachement, Delivery, JournalEntry)]
    # Two lines for each user: the secret, the creation.
    assert [now - then for now, then in zip(after, before, strict=True)] == [2, 2, 2, 4]


def test_it_stops_after_as_many_errors_as_it_is_told(program: Program) -> None:
    """§3.7.3, failOnErrors."""
    wrong = {"method": "DELETE", "path": "/Users/x"}

    response = bulk(program, post("un"), wrong, post("deux"), wrong, post("trois"), failOnErrors=2)

    assert statuses(response) == ["201", "404", "201", "404"]


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        ({"method": "POST", "path": "/Users", "data": {}}, "400"),
        ({"method": "POST", "path": "/Users", "bulkId": "a", "data": {}}, "400"),
        ({"method": "POST", "path": "/Users/x", "bulkId": "a", "data": {}}, "400"),
        ({"method": "POST", "path": "/Groups", "bulkId": "a", "data": {"displayName": "x"}}, "501"),
        ({"method": "PUT", "path": "/Users", "data": {}}, "400"),
        ({"method": "GET", "path": "/Users/x"}, "400"),
        ({"method": "DELETE", "path": "/Bulk/x"}, "404"),
        ({"method": "DELETE", "path": "/../Users/x"}, "404"),
        ({"method": "PATCH", "path": "/Users/bulkId:nul", "data": {}}, "400"),
        ({"method": "PATCH", "path": "/Users/x", "data": {}}, "404"),
    ],
)
def test_an_operation_that_says_nothing_fails_alone(
    program: Program, operation: dict[str, Any], status: str
) -> None:
    assert statuses(bulk(program, operation, post("bon"))) == [status, "201"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"schemas": [SCHEMA]}, 400),
        ({"schemas": [SCHEMA], "Operations": []}, 400),
        ({"schemas": [SCHEMA], "Operations": ["x"]}, 400),
        ({"schemas": [SCHEMA], "Operations": [{"method": 1, "path": "x"}]}, 400),
        ({"schemas": [SCHEMA], "Operations": [{"method": "PUT", "path": "x", "data": []}]}, 400),
        (
            {
                "schemas": [SCHEMA],
                "Operations": [{"method": "GET", "path": "x"}],
                "failOnErrors": 0,
            },
            400,
        ),
        ({"schemas": [SCHEMA], "Operations": [{"method": "GET", "path": "x"}] * 201}, 413),
        (
            {
                "schemas": [SCHEMA],
                "Operations": [{"method": "POST", "path": "/Users", "bulkId": "a", "data": {}}] * 2,
            },
            400,
        ),
        ({"schemas": 3, "Operations": [{}]}, 400),
    ],
)
def test_a_bulk_that_is_none_is_refused_whole(
    program: Program, body: dict[str, Any], status: int
) -> None:
    """§3.7.4: 413 past what ServiceProviderConfig announces."""
    assert program.send("POST", "/Bulk", body).status_code == status


def test_a_circle_of_references_is_refused(program: Program) -> None:
    """§3.7.1: 409."""
    one = post("un", nickName="bulkId:deux")
    two = post("deux", nickName="bulkId:un")

    response = bulk(program, one, two)

    assert response.status_code == 409
    assert how_many(Rattachement) == 1


def test_versions_hold_in_a_bulk(program: Program) -> None:
    user = program.create()
    change = {
        "method": "PATCH",
        "path": "/Users/" + user["id"],
        "version": user["meta"]["version"],
        "data": {"Operations": [{"op": "replace", "path": "name.familyName", "value": "Petit"}]},
    }

    told = results(bulk(program, change, change))

    assert [one["status"] for one in told] == ["200", "412"]
    assert told[1]["location"].endswith("/Users/" + user["id"])


def test_a_bulk_reaches_nobody_of_another_organisme(program: Program) -> None:
    stranger = a_program(program.browser)
    user = stranger.create()
    path, group = "/Users/" + user["id"], f"/Groups/{stranger.groupes[0].id}"
    join = {"Operations": [{"op": "add", "path": "members", "value": [{"value": user["id"]}]}]}

    response = bulk(
        program,
        {"method": "DELETE", "path": path},
        {"method": "PUT", "path": path, "data": a_user()},
        {
            "method": "PATCH",
            "path": path,
            "data": {"Operations": [{"op": "replace", "path": "active", "value": False}]},
        },
        {"method": "PATCH", "path": group, "data": join},
        {"method": "PATCH", "path": f"/Groups/{program.groupes[0].id}", "data": join},
    )

    assert statuses(response) == ["404"] * 5
    assert stranger.get(path).json == user
    assert how_many(Habilitation) == 0
