"""No program reaches another organisme, nor what is out of its mandate, by any address, filter or reference."""

from typing import Any

import pytest
import sqlalchemy as sa
from factories import a_contrat, a_groupe, a_rattachement, an_account, an_habilitation
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import MANAGED, Program, a_program, a_user
from site_routes import routes

from idp.db import db
from idp.habilitations.models import Habilitation, Rattachement, Role
from idp.throttle import Knocks

GROUP_AND_USER = ("/Users", "/Groups")


@pytest.fixture
def ours(client: FlaskClient) -> Program:
    return a_program(client)


@pytest.fixture
def theirs(client: FlaskClient) -> Program:
    """Another organisme, whose program names its user as ours might."""
    program = a_program(client)
    user = program.create(externalId="RH-1", emails=[{"value": "secret@exemple.fr"}])
    program.patch(
        f"/Groups/{program.groupes[0].id}",
        {"op": "add", "path": "members", "value": [{"value": user["id"]}]},
    )
    return program


def state() -> list[Any]:
    """What a program could have changed."""
    rows = [
        *db.session.execute(sa.select(Rattachement.__table__).order_by(Rattachement.id)),
        *db.session.execute(sa.select(Habilitation.__table__).order_by(Habilitation.id)),
    ]
    return [tuple(row) for row in rows]


def test_every_route_with_the_ids_of_others(ours: Program, theirs: Program) -> None:
    """The list of routes cannot grow without it."""
    user = (theirs.get("/Users").json or {})["Resources"][0]["id"]
    group = str(theirs.groupes[0].id)
    bodies = {
        "PUT": {**a_user(), "members": [{"value": user}]},
        "PATCH": {"Operations": [{"op": "add", "path": "externalId", "value": "x"}]},
    }
    before, tried = state(), 0
    for rule in routes(ours.browser.application):
        if not rule.rule.startswith("/scim/v2/") or "<identifier>" not in rule.rule:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for identifier in (user, group, user.upper(), user.replace("-", "")):
                path = rule.rule.removeprefix("/scim/v2").replace("<identifier>", identifier)
                response = ours.send(method, path, bodies.get(method))
                assert response.status_code == 404, f"{method} {path}"
                assert "secret@exemple.fr" not in response.text
                tried += 1

    assert tried >= 40
    assert state() == before


@pytest.mark.parametrize(
    "text",
    [
        'emails eq "secret@exemple.fr"',
        'externalId eq "RH-1"',
        'not (emails eq "nul")',
        "userName pr or userName pr",
        "emails pr or not (emails pr)",
        "groups pr",
    ],
)
def test_no_filter_finds_others(ours: Program, theirs: Program, text: str) -> None:
    for path in ("/Users", "/"):
        told = ours.get(path, filter=text)
        assert "secret@exemple.fr" not in told.text
    assert (ours.get("/Users", filter=text).json or {})["totalResults"] == 0


def test_no_filter_on_groups_finds_members_of_others(ours: Program, theirs: Program) -> None:
    user = (theirs.get("/Users").json or {})["Resources"][0]["id"]

    told = ours.get("/Groups", filter=f'members[value eq "{user}"] or not (members pr)').json or {}

    assert [one["id"] for one in told["Resources"]] == [str(ours.groupes[0].id)]


def test_no_reference_joins_others(ours: Program, theirs: Program) -> None:
    user = (theirs.get("/Users").json or {})["Resources"][0]["id"]
    path = f"/Groups/{ours.groupes[0].id}"
    before = state()

    answers = [
        ours.patch(path, {"op": "add", "path": "members", "value": [{"value": user}]}),
        ours.send("PUT", path, {"members": [{"value": user}]}),
        ours.send("PUT", path, {"members": [{"value": user, "$ref": f"https://autre/{user}"}]}),
    ]

    assert [one.status_code for one in answers] == [404, 404, 404]
    assert state() == before


def test_the_same_address_in_another_organisme_is_another_user(
    ours: Program, theirs: Program
) -> None:
    """And nothing tells that it exists there."""
    made = ours.send(
        "POST", "/Users", a_user(externalId="RH-1", emails=[{"value": "secret@exemple.fr"}])
    )

    assert made.status_code == 201


def test_who_is_out_of_the_mandate_does_not_exist(ours: Program) -> None:
    """As for a responsable d'habilitation with that mandate."""
    elsewhere = a_groupe(a_contrat(ours.organisme, "cdap"), code="cdap:359")
    hidden = a_rattachement(an_account(email="cachee@exemple.fr"), ours.organisme)
    an_habilitation(hidden, elsewhere)
    nobody = a_rattachement(an_account(email="sans@exemple.fr"), ours.organisme)
    shown = a_rattachement(an_account(email="vue@exemple.fr"), ours.organisme)
    an_habilitation(shown, ours.groupes[0])

    told = (ours.get("/Users").json or {})["Resources"]

    assert [one["id"] for one in told] == [str(shown.id)]
    for one in (hidden, nobody, ours.administrateur):
        assert ours.get(f"/Users/{one.id}").status_code == 404
        assert (
            ours.patch(
                f"/Users/{one.id}", {"op": "replace", "path": "active", "value": False}
            ).status_code
            == 404
        )
        assert ours.send("DELETE", f"/Users/{one.id}").status_code == 404


_NAMES = st.sampled_from(
    [
        "active",
        "name",
        "name.familyName",
        "emails",
        'emails[type eq "work"]',
        'emails[type eq "work"].value',
        "emails.value",
        "phoneNumbers",
        'phoneNumbers[type eq "x"].value',
        "externalId",
        "userName",
        "userType",
        "roles",
        "groups",
        "id",
        "meta",
        "schemas",
        "password",
        "members",
        "",
        MANAGED,
        f"{MANAGED}:ouverture",
        f"{MANAGED}:cloture",
        f"{MANAGED}:mobilite",
        f"{MANAGED}:role",
        "emails[",
        'members[value eq "x"]',
        "a.b.c",
    ]
)
_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 3),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
        st.sampled_from(
            [
                "administrateur",
                "2026-12-31",
                "2020-01-01",
                "a@exemple.fr",
                "itinerant",
                "work",
                "Durand",
                "+33612345678",
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "value",
                    "type",
                    "primary",
                    "familyName",
                    "givenName",
                    "$ref",
                    "active",
                    "emails",
                    "members",
                    "ouverture",
                    "cloture",
                    "userType",
                    MANAGED,
                    "name.givenName",
                    "x",
                ]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)
_OPERATIONS = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "remove", "replace", "Add", "x"])},
        optional={"path": _NAMES, "value": _VALUES},
    ),
    min_size=1,
    max_size=3,
)


def test_whatever_a_patch_says_nothing_fails_and_nobody_is_promoted(ours: Program) -> None:
    user = ours.create()["id"]
    group = ours.groupes[0].id

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(_OPERATIONS, _VALUES)
    def check(operations: list[dict[str, Any]], value: Any) -> None:
        db.session.execute(sa.delete(Knocks))
        patched = ours.patch(f"/Users/{user}", *operations)
        assert patched.status_code in (200, 400, 403, 404, 409), patched.text
        assert ours.patch(f"/Groups/{group}", *operations).status_code in (200, 400, 403, 404)
        for body in (
            value,
            {"Operations": value},
            {"members": value},
            {"emails": value, "name": value},
        ):
            for path in (f"/Users/{user}", f"/Groups/{group}"):
                for method in ("PUT", "PATCH"):
                    assert ours.send(method, path, body).status_code < 500
        assert (
            ours.send("POST", "/Bulk", {"schemas": value, "Operations": operations}).status_code
            < 500
        )
        roles = db.session.scalars(sa.select(Rattachement.role)).all()
        assert sorted(roles) == [Role.ADMINISTRATEUR, Role.UTILISATEUR]

    check()
