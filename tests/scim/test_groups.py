"""Groups: those of the mandate, and their members ticked and unticked by the services of the console."""

from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from factories import (
    a_caisse,
    a_contrat,
    a_groupe,
    a_rattachement,
    a_sous_groupe,
    an_account,
    an_habilitation,
)
from flask.testing import FlaskClient
from programs import Program, a_program, an_administrated_organisme

from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.delegation import Qualite
from idp.habilitations.models import Groupe, Habilitation


@pytest.fixture
def program(client: FlaskClient) -> Program:
    """Two groups of three, and the sous-groupes that one can make of them."""
    organisme, administrateur = an_administrated_organisme()
    contrat = a_contrat(organisme)
    groupes = [
        a_groupe(
            contrat,
            code=f"offre-bailleurs:prive:{zone}",
            libelle=f"Logements privés – {zone}",
            zone=a_caisse(zone).code,
        )
        for zone in ("359", "221", "561")
    ]
    a_sous_groupe(contrat, groupes[:2], libelle="Bretagne nord")
    a_sous_groupe(contrat, groupes[1:], libelle="Trop large")
    return a_program(client, groupes[:2], administrateur, organisme)


def path(groupe: Groupe) -> str:
    return f"/Groups/{groupe.id}"


def members(program: Program, groupe: Groupe) -> set[str]:
    return {one["value"] for one in (program.get(path(groupe)).json or {}).get("members", [])}


def change(op: str, value: Any = None, where: str | None = "members") -> dict[str, Any]:
    said = {"op": op, "path": where, "value": value}
    return {name: one for name, one in said.items() if one is not None}


def test_groups_are_those_of_the_mandate_and_what_they_make(program: Program) -> None:
    """A sous-groupe that opens more than the mandate does not exist here."""
    told = program.get("/Groups", sortBy="displayName").json or {}

    names = [one["displayName"] for one in told["Resources"]]
    assert names == ["Bretagne nord", "Logements privés – 221", "Logements privés – 359"]


def test_members_come_and_go_under_the_mandate(program: Program) -> None:
    one, two, three = (program.create()["id"] for _number in range(3))
    groupe = program.groupes[0]

    added = program.patch(path(groupe), change("add", [{"value": one}, {"value": two}]))
    other = program.patch(path(groupe), change("add", {"members": [{"value": three}]}, None))
    removed = program.patch(path(groupe), change("remove", where=f'members[value eq "{two}"]'))

    assert [each.status_code for each in (added, other, removed)] == [200, 200, 200]
    assert members(program, groupe) == {one, three}
    held = db.session.scalars(sa.select(Habilitation)).all()
    assert {(each.granted_as, each.mandat_id, each.granted_by) for each in held} == {
        (Qualite.PROGRAMME, program.mandat.id, None)
    }
    events = db.session.execute(
        sa.select(JournalEntry.event, JournalEntry.actor_id).where(
            JournalEntry.event.in_(["habilitation_donnee", "habilitation_retiree"])
        )
    ).all()
    assert sorted(event for event, _who in events) == ["habilitation_donnee"] * 3 + [
        "habilitation_retiree"
    ]
    assert {who for _event, who in events} == {program.mandat.id}


@pytest.mark.parametrize(
    ("operations", "left"),
    [
        ([change("add", [{"value": "A"}])], "AB"),
        ([change("add", [{"value": "B"}, {"value": "B"}])], "AB"),
        ([change("replace", [{"value": "C"}])], "C"),
        ([change("replace", [])], ""),
        ([change("remove")], ""),
        ([change("remove", [{"value": "A"}])], "B"),
        ([change("remove", where='members[value eq "A" or value eq "C"]')], "B"),
        ([change("remove", where='members[value ne "A"]')], "A"),
        ([change("remove", where='members[not (value eq "A")]')], "A"),
        ([change("remove", where='members[type eq "User"]')], ""),
        ([change("remove", where='members[value eq "C"]')], "AB"),
        ([change("remove"), change("add", [{"value": "C"}])], "C"),
        ([change("add", [{"value": "C"}]), change("remove", where='members[value eq "A"]')], "BC"),
        ([change("replace", {"members": [{"value": "A"}]}, None)], "A"),
    ],
)
def test_operations_as_the_rfc_reads_them(
    program: Program, operations: list[dict[str, Any]], left: str
) -> None:
    """RFC 7644 §3.5.2; whichever members the operations name, and whichever are read for them."""
    people = {name: program.create()["id"] for name in "ABC"}
    groupe = program.groupes[0]
    program.patch(path(groupe), change("add", [{"value": people[one]} for one in "AB"]))

    def named(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: named(one) for key, one in value.items()}
        if isinstance(value, list):
            return [named(one) for one in value]
        if value in people:
            return people[value]
        for name, identifier in people.items():
            value = value.replace(f'"{name}"', f'"{identifier}"')
        return value

    response = program.patch(path(groupe), *named(operations))

    assert response.status_code == 200
    assert members(program, groupe) == {people[one] for one in left}


def test_put_replaces_the_members_and_nothing_else(program: Program) -> None:
    one, two = (program.create()["id"] for _number in range(2))
    groupe = program.groupes[0]
    program.patch(path(groupe), change("add", [{"value": one}]))

    response = program.send(
        "PUT",
        path(groupe),
        {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": "Autre nom",
            "externalId": "g-1",
            "members": [{"value": two}],
        },
    )

    told = response.json or {}
    assert response.status_code == 200
    assert [each["value"] for each in told["members"]] == [two]
    assert told["displayName"] == groupe.libelle


def test_groups_are_not_made_nor_deleted_nor_renamed(program: Program) -> None:
    """RFC 7644 §3.12: 501, and mutability."""
    groupe = program.groupes[0]
    named = {"displayName": "Nouveau"}

    made = program.send("POST", "/Groups", named)
    deleted = program.send("DELETE", path(groupe))
    renamed = program.patch(path(groupe), change("replace", "Nouveau", "displayName"))

    assert (made.status_code, deleted.status_code) == (501, 501)
    assert (renamed.status_code, (renamed.json or {})["scimType"]) == (400, "mutability")
    assert db.session.get_one(Groupe, groupe.id).actif


def test_a_group_out_of_the_mandate_does_not_exist(program: Program) -> None:
    user = program.create()["id"]
    hidden = [
        groupe
        for groupe in db.session.scalars(sa.select(Groupe))
        if groupe.libelle in ("Trop large", "Logements privés – 561")
    ]

    assert len(hidden) == 2
    for groupe in hidden:
        answers = [
            program.get(path(groupe)),
            program.patch(path(groupe), change("add", [{"value": user}])),
            program.send("PUT", path(groupe), {"members": [{"value": user}]}),
            program.send("DELETE", path(groupe)),
        ]
        assert {one.status_code for one in answers} == {404}
    assert db.session.scalar(sa.select(sa.func.count(Habilitation.id))) == 0


def test_a_member_who_does_not_exist_is_refused_with_all_the_others(program: Program) -> None:
    """The whole PATCH is undone."""
    one, groupe = program.create()["id"], program.groupes[0]
    stranger = a_rattachement(an_account(email="x@exemple.fr"), program.organisme)

    for value in (str(uuid4()), str(stranger.id)):
        response = program.patch(path(groupe), change("add", [{"value": one}, {"value": value}]))
        assert response.status_code == 404
    response = program.patch(path(groupe), change("add", [{"value": one}, {"value": "x"}]))

    assert response.status_code == 400
    assert members(program, groupe) == set()


def test_somebody_closed_joins_nothing(program: Program) -> None:
    one, groupe = program.create()["id"], program.groupes[0]
    program.patch(f"/Users/{one}", {"op": "replace", "path": "active", "value": False})

    response = program.patch(path(groupe), change("add", [{"value": one}]))

    assert (response.status_code, (response.json or {})["scimType"]) == (400, "invalidValue")


def test_somebody_closed_may_leave(program: Program) -> None:
    one, groupe = program.create()["id"], program.groupes[0]
    program.patch(path(groupe), change("add", [{"value": one}]))
    program.patch(f"/Users/{one}", {"op": "replace", "path": "active", "value": False})

    assert program.patch(path(groupe), change("remove")).status_code == 200
    assert members(program, groupe) == set()


def test_versions_change_with_members(program: Program) -> None:
    """RFC 7644 §3.14."""
    one, two = (program.create()["id"] for _number in range(2))
    groupe = program.groupes[0]
    empty = (program.get(path(groupe)).json or {})["meta"]["version"]

    joined = program.patch(path(groupe), change("add", [{"value": one}]), **{"If-Match": empty})
    late = program.patch(path(groupe), change("add", [{"value": two}]), **{"If-Match": empty})
    swapped = program.patch(path(groupe), change("replace", [{"value": two}]))

    assert (joined.status_code, late.status_code) == (200, 412)
    versions = [empty, joined.headers["ETag"], swapped.headers["ETag"]]
    assert len(set(versions)) == 3


def test_lists_tell_members_unless_told_not_to(program: Program) -> None:
    """Two hundred groups without their members, ten with: a page stays a page with ten thousand users."""
    contrat_id = program.groupes[0].contrat_id
    program.patch(path(program.groupes[0]), change("add", [{"value": program.create()["id"]}]))
    base = program.groupes[0]
    for number in range(12):
        row = Groupe(
            contrat_id=contrat_id,
            code=f"s:{number}",
            libelle=f"Équipe {number:02}",
            sous_groupe=True,
        )
        db.session.add(row)
        db.session.flush()
        db.session.execute(
            sa.text("INSERT INTO composante (sous_groupe_id, base_id) VALUES (:a, :b)").bindparams(
                sa.bindparam("a", row.id, type_=sa.Uuid()),
                sa.bindparam("b", base.id, type_=sa.Uuid()),
            )
        )

    with_members = program.get("/Groups").json or {}
    without = program.get("/Groups", excludedAttributes="members").json or {}
    rest = program.get("/Groups", startIndex=11).json or {}

    assert (with_members["totalResults"], with_members["itemsPerPage"]) == (15, 10)
    assert without["itemsPerPage"] == 15
    assert rest["itemsPerPage"] == 5
    told = [*with_members["Resources"], *rest["Resources"]]
    assert [len(one.get("members", [])) for one in told].count(1) == 1
    assert all("members" not in one for one in without["Resources"])


def test_too_many_members_at_once(program: Program) -> None:
    """413: each is told to the services; nothing is done."""
    value = [{"value": str(uuid4())} for _number in range(501)]

    assert program.patch(path(program.groupes[0]), change("add", value)).status_code == 413


def test_who_leaves_their_last_group_is_still_seen_by_who_created_them(program: Program) -> None:
    groupe, mine = program.groupes[0], program.create()["id"]
    other = a_rattachement(an_account(email="x@exemple.fr"), program.organisme)
    an_habilitation(other, groupe)
    program.patch(path(groupe), change("add", [{"value": mine}]))

    assert program.patch(path(groupe), change("remove")).status_code == 200

    assert program.get(f"/Users/{mine}").status_code == 200
    assert program.get(f"/Users/{other.id}").status_code == 404
    assert UUID(mine) != other.id
