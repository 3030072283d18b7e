"""While the Caf manages an organisme in its place, its programs read, and change nothing by any route."""

from datetime import UTC, datetime
from typing import Any

import pytest
from factories import an_agent
from flask.testing import FlaskClient
from programs import Program, a_program, a_user
from rows_of import changed, rows_of
from site_routes import AUTOMATIC, routes

from idp.habilitations.agents import AgentVu
from idp.habilitations.models import RoleAgent
from idp.habilitations.supervision import delegation

NOW = datetime.now(UTC)
MOTIF = "Comptes partagés"
READS = {"GET"}
SEARCH = "/.search"


@pytest.fixture
def program(client: FlaskClient) -> Program:
    """Of an organisme with one group, whose delegation is to be withdrawn."""
    return a_program(client)


def the_caf() -> AgentVu:
    return AgentVu(an_agent().id, RoleAgent.NATIONAL, ())


def bodies(user: str) -> dict[str, Any]:
    """What would change something, by method."""
    add = [{"op": "add", "path": "members", "value": [{"value": user}]}]
    return {
        "POST": a_user(),
        "PUT": {**a_user(), "displayName": "Autre", "members": [{"value": user}]},
        "PATCH": {"Operations": add},
    }


def test_every_write_is_refused_until_the_delegation_is_given_back(program: Program) -> None:
    """The list of routes cannot grow without it; a write through /Bulk is a write."""
    user, group, qui = program.create()["id"], str(program.groupes[0].id), the_caf()
    of = program.organisme.id
    assert delegation.retirer(qui, of, motif=MOTIF, now=NOW)
    before, tried = rows_of([of]), 0

    for rule in routes(program.browser.application):
        writes = (rule.methods or set()) - AUTOMATIC - READS
        if not rule.rule.startswith("/scim/v2/") or rule.rule.endswith(SEARCH):
            continue
        identifier = group if "/Groups" in rule.rule else user
        path = rule.rule.removeprefix("/scim/v2").replace("<identifier>", identifier)
        for method in sorted(writes):
            refused = program.send(method, path, bodies(user).get(method))
            assert refused.status_code == 403, f"{method} {path}"
            assert "La Caf gère en ce moment" in (refused.json or {})["detail"]
            tried += 1

    assert tried >= 9
    assert changed(before, rows_of([of])) == []
    assert delegation.rendre(qui, of, motif="Réglé", now=NOW)
    assert program.send("DELETE", f"/Users/{user}").status_code == 204


def test_reads_and_searches_go_on(program: Program) -> None:
    user = program.create()["id"]
    delegation.retirer(the_caf(), program.organisme.id, motif=MOTIF, now=NOW)

    assert program.get("/Users").json["totalResults"] == 1  # type: ignore[index]
    assert program.get(f"/Users/{user}").status_code == 200
    assert program.get("/Groups").status_code == 200
    for path in ("", "/Users", "/Groups"):
        assert program.send("POST", path + SEARCH, {}).status_code == 200
