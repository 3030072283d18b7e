"""Filters and orders (RFC 7644 §3.4.2.2, §3.4.2.3): the database answers as the library evaluates resources."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from factories import a_rattachement, an_account, an_habilitation
from flask.testing import FlaskClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from programs import MANAGED, Program, a_program
from scim2_models import Context, ScimFilter

from idp import clock
from idp.accounts.models import AccountState
from idp.db import db
from idp.habilitations.models import Mobilite, Role
from idp.scim.resources import Group, ManagedUser
from idp.throttle import Knocks

TODAY = clock.today(datetime.now(UTC))
FEW = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def program(client: FlaskClient) -> Program:
    """Users who differ in each attribute, some of which have none."""
    program = a_program(client)
    group = program.groupes[0]
    people: list[tuple[dict[str, Any], dict[str, Any], bool]] = [
        ({"family_name": "Durand", "given_name": "Lucie", "phone": "+33612345678"}, {}, True),
        (
            {"family_name": "durand", "given_name": "Anne_Lise"},
            {"mobilite": Mobilite.ITINERANT},
            True,
        ),
        (
            {"family_name": "D'Arc", "given_name": "100%"},
            {"cloture": TODAY + timedelta(days=9)},
            True,
        ),
        (
            {"family_name": None, "given_name": None, "email": None},
            {"suspendu_at": datetime.now(UTC)},
            True,
        ),
        ({"family_name": "Zoé", "state": AccountState.CLOS}, {}, True),
        ({"family_name": "Chef"}, {"role": Role.ADMINISTRATEUR}, True),
    ]
    for number, (account, rattachement, member) in enumerate(people):
        person = an_account(**{"email": f"n{number}@exemple.fr", **account})
        row = a_rattachement(person, program.organisme, **rattachement)
        if member:
            an_habilitation(row, group)
    program.create(externalId="RH-1", emails=[{"value": "cree@exemple.com"}])
    program.create(externalId="rh-1", emails=[{"value": "creee@exemple.com"}])
    return program


def found(program: Program, text: str) -> set[str]:
    response = program.get("/Users", filter=text)
    assert response.status_code == 200, response.text
    return {one["id"] for one in (response.json or {}).get("Resources", [])}


def everybody(program: Program) -> list[ManagedUser]:
    told = (program.get("/Users").json or {})["Resources"]
    return [ManagedUser.model_validate(one, scim_ctx=Context.DEFAULT) for one in told]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ('name.familyName eq "durand"', 4),
        ('name.familyName sw "d\'"', 1),
        ('name.givenName co "_"', 1),
        ('name.givenName ew "%"', 1),
        ('externalId eq "RH-1"', 1),
        ('externalId sw "rh"', 1),
        ('externalId co "-"', 2),
        ('externalId ew "1"', 2),
        ("externalId pr", 2),
        ("not (externalId pr)", 6),
        ('externalId ne "RH-1"', 7),
        ("externalId eq null", 6),
        ("externalId ne null", 2),
        ('emails.value ew ".com"', 2),
        ('emails eq "N0@EXEMPLE.FR"', 1),
        ('emails[type eq "work" and value co "exemple.fr"]', 5),
        ('emails[not (value co "exemple.fr")]', 2),
        ('not (emails[value co "exemple.fr"])', 3),
        ('emails ne "n0@exemple.fr"', 7),
        ("emails pr", 7),
        ("emails eq null", 1),
        ("phoneNumbers pr and active eq true", 1),
        ("active eq false", 2),
        ("active ne true", 2),
        ('userType eq "administrateur"', 1),
        (f'{MANAGED}:mobilite eq "itinerant"', 1),
        (f'{MANAGED}:cloture gt "{TODAY}"', 1),
        (f"{MANAGED}:cloture pr", 1),
        (f'{MANAGED}:ouverture le "{TODAY}"', 8),
        (f'{MANAGED}:ouverture lt "{TODAY}"', 6),
        ('groups.display co "Logements"', 6),
        ("groups pr", 6),
        ("not (groups pr)", 2),
        ('groups[value eq "00000000-0000-0000-0000-000000000000"]', 0),
        ('id eq "x"', 0),
        ('id ne "x"', 8),
        ('meta.created gt "2020-01-01T00:00:00Z"', 8),
        ('meta.created lt "2020-01-01T00:00:00"', 0),
        ('meta.resourceType eq "User"', 8),
        ('userName eq "x" or (emails co "cree@" and not (externalId eq "RH-1"))', 0),
        ("emails.primary eq true", 7),
        ("USERNAME pr", 8),
    ],
)
def test_filter_finds(program: Program, text: str, number: int) -> None:
    assert len(found(program, text)) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(",
        'inconnu eq "x"',
        "userName",
        "userName eq",
        "userName xx 1",
        "active gt true",
        'active eq "oui"',
        'meta.created gt "hier"',
        'meta.created co "2020"',
        'meta.created gt "9999-12-31T23:59:59-14:00"',
        f'{MANAGED}:cloture gt "demain"',
        f'{MANAGED}:cloture co "2026"',
        'id co "a"',
        "meta.lastModified pr",
        'emails[value eq "x"',
        'emails[foo eq "x"]',
        'userName eq "\\u0000"',
        'userName eq "\\ud800"',
        "not " * 40 + "(active pr)",
        " or ".join(["active pr"] * 101),
        "(" * 5000,
        'userName eq "x" \x00',
    ],
)
def test_filter_that_says_nothing_is_refused(program: Program, text: str) -> None:
    """§3.12: invalidFilter, by the address and by /.search alike."""
    for response in (
        program.get("/Users", filter=text),
        program.send("POST", "/Users/.search", {"filter": text}),
    ):
        assert response.status_code == 400
        assert (response.json or {})["scimType"] in ("invalidFilter", "invalidSyntax")


_TEXTS = st.sampled_from(
    [
        "durand",
        "Durand",
        "a",
        "_",
        "%",
        "'",
        "",
        "RH-1",
        "rh-1",
        "work",
        "n0@exemple.fr",
        "é",
        "User",
    ]
)
_STRINGS = st.sampled_from(
    [
        "externalId",
        "name.familyName",
        "name.givenName",
        "displayName",
        "userType",
        "emails",
        "emails.value",
        "emails.type",
        "phoneNumbers.value",
        "groups.display",
        "groups.type",
        "meta.resourceType",
    ]
)
_OPS = st.sampled_from(["eq", "ne", "co", "sw", "ew"])
_ATOMS = st.one_of(
    st.builds(
        lambda op, value: f'{MANAGED}:mobilite {op} "{value}"',
        st.sampled_from(["eq", "ne", "gt", "le"]),
        st.sampled_from(list(Mobilite)),
    ),
    st.builds(
        lambda path, op, value: f"{path} {op} {ScimFilter.quote(value)}", _STRINGS, _OPS, _TEXTS
    ),
    st.builds(lambda path, op: f"{path} {op} null", _STRINGS, st.sampled_from(["eq", "ne"])),
    st.builds(
        lambda path: f"{path} pr",
        st.one_of(
            _STRINGS, st.sampled_from(["active", "groups", "name.familyName", f"{MANAGED}:cloture"])
        ),
    ),
    st.builds(
        lambda op, value: f"active {op} {value}",
        st.sampled_from(["eq", "ne"]),
        st.sampled_from(["true", "false"]),
    ),
    st.builds(
        lambda op, days: f'{MANAGED}:cloture {op} "{TODAY + timedelta(days=days)}"',
        st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]),
        st.integers(7, 11),
    ),
    st.builds(
        lambda head, op, value: f"{head}[value {op} {ScimFilter.quote(value)}]",
        st.sampled_from(["emails", "phoneNumbers"]),
        _OPS,
        _TEXTS,
    ),
)
_FILTERS = st.recursive(
    _ATOMS,
    lambda inner: st.one_of(
        st.builds(lambda one: f"not ({one})", inner),
        st.builds(
            lambda one, op, two: f"({one}) {op} ({two})",
            inner,
            st.sampled_from(["and", "or"]),
            inner,
        ),
    ),
    max_leaves=5,
)


def test_the_database_answers_as_the_library_does(program: Program) -> None:
    """The oracle is ``ScimFilter.match``, on the resources that the program is told."""
    people = everybody(program)
    assert len(people) == 8

    @FEW
    @given(_FILTERS)
    @example('displayName eq ""')
    def check(text: str) -> None:
        db.session.execute(sa.delete(Knocks))
        expected = {one.id for one in people if ScimFilter[ManagedUser](text).match(one)}
        assert found(program, text) == expected

    check()


def test_a_page_says_what_the_library_would(program: Program) -> None:
    """Pages are written without it."""
    told = (program.get("/Users").json or {})["Resources"]

    asked = [
        ManagedUser.model_validate(one).model_dump(scim_ctx=Context.SEARCH_RESPONSE) for one in told
    ]
    singly = [program.get("/Users/" + one["id"]).json for one in told]

    assert told == asked == singly


def test_any_text_is_answered_or_refused(program: Program) -> None:
    program.get("/Users")

    @settings(FEW, max_examples=25)
    @given(
        st.one_of(
            st.text(max_size=60),
            st.lists(
                st.sampled_from(
                    [
                        "userName",
                        "emails",
                        "[",
                        "]",
                        "(",
                        ")",
                        "and",
                        "or",
                        "not",
                        "pr",
                        "eq",
                        "co",
                        "gt",
                        '"x"',
                        "true",
                        "null",
                        "1e999",
                        "-1",
                        ".",
                        ":",
                        "active",
                        "meta.created",
                        '"\\u0000"',
                        f"{MANAGED}:cloture",
                        "members",
                    ]
                ),
                max_size=12,
            ).map(" ".join),
        )
    )
    def check(text: str) -> None:
        db.session.execute(sa.delete(Knocks))
        for path in ("/Users", "/Groups", "/"):
            assert program.get(path, filter=text).status_code in (200, 400)
            assert program.get(path, sortBy=text).status_code in (200, 400, 501)
            assert program.get(path, attributes=text).status_code in (200, 400)
        for name in ("count", "startIndex", "sortOrder"):
            assert program.get("/Users", **{name: text}).status_code in (200, 400)

    check()


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"sortBy": "name.familyName"}, ["Chef", "D'Arc", "Durand", "Zoé", None]),
        (
            {"sortBy": "name.familyName", "sortOrder": "descending"},
            [None, "Zoé", "Durand", "D'Arc", "Chef"],
        ),
    ],
)
def test_order_puts_who_has_no_value_last_or_first(
    program: Program, asked: dict[str, str], names: list[str | None]
) -> None:
    """§3.4.2.3, whatever the case."""
    told = (program.get("/Users", **asked).json or {})["Resources"]
    families = [one["name"].get("familyName") if "name" in one else None for one in told]

    seen = [name.capitalize() if name and name.islower() else name for name in families]
    assert list(dict.fromkeys(seen)) == names


@pytest.mark.parametrize(
    "path",
    [
        "emails",
        "emails.value",
        "id",
        "externalId",
        "active",
        "meta.created",
        f"{MANAGED}:ouverture",
        "userName",
        "userType",
        "phoneNumbers",
    ],
)
def test_every_order_gives_everybody_once(program: Program, path: str) -> None:
    """Pages of three: nobody twice, nobody forgotten."""
    seen: list[str] = []
    for start in (1, 4, 7, 10):
        page = program.get("/Users", sortBy=path, count=3, startIndex=start).json or {}
        assert page["totalResults"] == 8
        seen += [one["id"] for one in page["Resources"]]

    assert len(seen) == len(set(seen)) == 8


@pytest.mark.parametrize(
    "path", ["groups", "groups.value", "name", "meta", "inconnu", 'emails[type eq "work"]']
)
def test_what_cannot_be_sorted_on_is_refused(program: Program, path: str) -> None:
    assert program.get("/Users", sortBy=path).status_code == 400


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"count": 0}, (8, 1, 0)),
        ({"count": -5}, (8, 1, 0)),
        ({"count": 100_000}, (8, 1, 8)),
        ({"startIndex": 0}, (8, 1, 8)),
        ({"startIndex": 8}, (8, 8, 1)),
        ({"startIndex": 9}, (8, 9, 0)),
        ({"startIndex": 10**30}, (8, 10**30, 0)),
        ({"count": 2, "startIndex": 3}, (8, 3, 2)),
    ],
)
def test_pages(program: Program, asked: dict[str, int], told: tuple[int, int, int]) -> None:
    """§3.4.2.4."""
    page = program.get("/Users", **asked).json or {}

    assert (page["totalResults"], page["startIndex"], page["itemsPerPage"]) == told


def test_search_says_the_same_as_the_address(program: Program) -> None:
    """§3.4.3."""
    asked = {
        "filter": "externalId pr",
        "sortBy": "externalId",
        "count": 1,
        "attributes": "externalId",
    }
    body = {
        **asked,
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "attributes": ["externalId"],
    }

    searched = program.send("POST", "/Users/.search", body)

    assert searched.json == program.get("/Users", **asked).json
    assert (searched.json or {})["itemsPerPage"] == 1


def test_the_root_is_everything(program: Program) -> None:
    """§3.4.2.1: what a type does not have has no value there."""
    everything = program.get("/").json or {}
    only = program.send("POST", "/.search", {"filter": "members pr"}).json or {}
    none = program.send("POST", "/.search", {"filter": "not (members pr)"}).json or {}
    second = program.get("/", startIndex=8, count=5).json or {}

    assert (everything["totalResults"], everything["itemsPerPage"]) == (9, 9)
    assert [one["meta"]["resourceType"] for one in only["Resources"]] == ["Group"]
    assert {one["meta"]["resourceType"] for one in none["Resources"]} == {"User"}
    assert [one["meta"]["resourceType"] for one in second["Resources"]] == ["User", "Group"]
    assert program.get("/", sortBy="id").status_code == 501


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ('displayName co "privés"', 1),
        ("members pr", 1),
        ('members.type eq "User"', 1),
        ('members[value eq "{}"]', 1),
        ('members eq "00000000-0000-0000-0000-000000000000"', 0),
        ('members ne "00000000-0000-0000-0000-000000000000"', 1),
        ("externalId pr", 0),
    ],
)
def test_filters_of_groups(program: Program, text: str, number: int) -> None:
    one = next(each.id for each in everybody(program) if each.groups)
    asked = text.format(UUID(one)) if "{}" in text else text

    response = program.get("/Groups", filter=asked)

    if "externalId" in text:
        assert response.status_code == 400
        return
    assert (response.json or {})["totalResults"] == number
    group = Group.model_validate((program.get("/Groups").json or {})["Resources"][0])
    assert ScimFilter[Group](asked).match(group) is bool(number)
