"""scim2-tester plays the rules of RFC 7643 and 7644 against the endpoint, as the program of a partner would."""

import contextvars
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from programs import AUDIENCE, Program, a_program
from scim2_client.engines.wsgi import WSGISCIMClient
from scim2_models import Resource, ScimProvider
from scim2_tester import Status, check_server
from scim2_tester.utils import CheckResult, ResourceManager

from idp import clock
from idp.scim.resources import Email, Group, Managed, ManagedUser, Name, PhoneNumber, User
from idp.scim.service_provider import RESOURCE_TYPES


@pytest.fixture(autouse=True)
def likely_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tester draws values at random; these fields take no text whatever."""
    today = clock.today(datetime.now(UTC))
    days = [str(today + timedelta(days=number)) for number in (1, 2, 30, 60)]
    examples: list[tuple[Any, str, list[Any]]] = [
        (Name, "family_name", ["Durand", "Le Goff"]),
        (Name, "given_name", ["Lucie", "Anne-Marie"]),
        (PhoneNumber, "value", ["+33170123456", "+33612345678"]),
        (PhoneNumber, "primary", [True]),
        (Email, "primary", [True]),
        (ManagedUser, "active", [True]),
        (Managed, "ouverture", days[:2]),
        (Managed, "cloture", days[2:]),
    ]
    for model, field, values in examples:
        monkeypatch.setattr(model.model_fields[field], "examples", values)


def checked(program: Program, **chosen: Any) -> list[CheckResult]:
    """What the tester says, against what the server publishes."""
    assert program.get("/Users").status_code == 200
    app = program.browser.application
    scim = WSGISCIMClient(
        lambda *request: contextvars.Context().run(app, *request),
        base_url=AUDIENCE,
        headers={"Authorization": f"Bearer {program.token}"},
        provider=ScimProvider([User, Managed, Group], RESOURCE_TYPES),
    )
    return check_server(scim, **chosen)


def outcomes(results: list[CheckResult]) -> tuple[Counter[Status], list[str]]:
    """How many of each, and what was not a success."""
    others = [f"{one.title}: {one.reason}" for one in results if one.status is not Status.SUCCESS]
    return Counter(one.status for one in results), others


def test_discovery_and_users_pass_every_check(client: FlaskClient) -> None:
    counted, others = outcomes(checked(a_program(client), resource_types=["User"]))

    assert others == []
    assert counted[Status.SUCCESS] >= 54


def test_groups_pass_every_check_but_the_one_that_deletes(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 7644 §3.12: 501 for what a service provider does not do. The Caf makes groups."""
    program = a_program(client)
    group, member = program.groupes[0], program.create()
    made = ResourceManager.create_and_register

    def one_that_exists(
        self: ResourceManager, model: type[Resource[Any]], fill_all: bool = False
    ) -> Resource[Any]:
        if model is not Group:
            return made(self, model, fill_all)
        value = [{"value": member["id"]}] if fill_all else []
        done = program.patch(
            f"/Groups/{group.id}", {"op": "replace", "path": "members", "value": value}
        )
        assert done.status_code == 200
        return self.context.client.query(model, str(group.id))

    monkeypatch.setattr(ResourceManager, "create_and_register", one_that_exists)

    counted, others = outcomes(checked(program, resource_types=["Group"]))

    assert others == [
        "object_deletion: Groups are made by the Caf, or in the console: only their members change here."
    ]
    assert counted[Status.SUCCESS] >= 38
