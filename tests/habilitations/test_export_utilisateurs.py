"""« Mes utilisateurs » as a file: nothing runs in it, it imports as it is, and memory stays flat."""

import tracemalloc
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_mandat,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select
from users_files import lines_of, sent, users_of

from idp import clock
from idp.accounts.models import Account, AccountState
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.models import Organisme, Rattachement, Role
from idp.habilitations.personnes.colonnes import LUES, POUR_L_OEIL
from idp.printable import format_identifiant
from idp.spreadsheets.bounds import Bounds
from idp.spreadsheets.reading import read_rows
from idp.spreadsheets.rows import Row
from idp.spreadsheets.writing import Format

EXPORT = "/habilitations/utilisateurs/export"
TODAY = clock.today(datetime.now(UTC))


@pytest.fixture
def organisme(client: FlaskClient) -> Organisme:
    organisme = an_organisme()
    chef = an_account(email="chef@exemple.fr", family_name="Chef")
    signed_in(client, chef, a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR))
    return organisme


def exported(client: FlaskClient, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"{EXPORT}?{query}")
    assert answer.status_code == 200
    rows = read_rows(BytesIO(answer.data), Bounds(rows=20_000))
    header, *lines = [row.cells for row in rows if isinstance(row, Row)]
    assert header == (*LUES, *POUR_L_OEIL)
    return [dict(zip(header, line, strict=True)) for line in lines]


def a_user(organisme: Organisme, **account: Any) -> Rattachement:
    return a_rattachement(an_account(**account), organisme)


@pytest.mark.parametrize("kind", Format)
def test_a_user_as_the_file_says_them(
    client: FlaskClient, organisme: Organisme, kind: Format
) -> None:
    groupe = a_groupe(a_contrat(organisme))
    place = a_user(organisme, family_name="Le Gall", email="nadia@exemple.fr", phone="+33612345678")
    place.cloture = TODAY + timedelta(days=3)
    an_habilitation(place, groupe)

    _chef, line = exported(client, f"format={kind}")

    account = db.session.get_one(Account, place.account_id)
    assert line == {
        "Nom": "Le Gall",
        "Prénom": "Claire",
        "Adresse mail": "nadia@exemple.fr",
        "Téléphone": "06 12 34 56 78",
        "Ouverture": (TODAY - timedelta(days=1)).strftime("%d/%m/%Y"),
        "Clôture": (TODAY + timedelta(days=3)).strftime("%d/%m/%Y"),
        "Poste de travail": "Sédentaire",
        "Groupes": groupe.code,
        "Identifiant": format_identifiant(account.identifiant),
        "Rôle": "Utilisateur",
        "État": "Actif",
        "Dernière connexion": "",
        "Libellés des groupes": groupe.libelle,
    }


def test_nothing_that_people_typed_runs_in_a_spreadsheet(
    client: FlaskClient, organisme: Organisme
) -> None:
    a_user(organisme, family_name="-Le Gall", given_name="'Zoé", phone="+590690001234")
    groupe = a_groupe(a_contrat(organisme), libelle="=HYPERLINK(1)")
    an_habilitation(a_user(organisme, family_name="Zola"), groupe)

    text = client.get(f"{EXPORT}?format=csv").get_data(as_text=True)

    cells = [cell for line in text.splitlines() for cell in line.lstrip("\ufeff").split(";")]
    assert "'-Le Gall" in cells
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"}]


@pytest.mark.parametrize("kind", Format)
def test_export_imports_as_it_is_and_changes_nothing(
    client: FlaskClient, organisme: Organisme, kind: Format
) -> None:
    contrat = a_contrat(organisme)
    groupe = a_groupe(contrat)
    for number, values in enumerate(
        (
            {"family_name": "-Moins"},
            {"email": None, "family_name": None},
            {"email": "double@exemple.fr"},
            {"email": "double@exemple.fr"},
            {"email": "clos@exemple.fr", "state": AccountState.CLOS},
        )
    ):
        place = a_user(organisme, **{"email": f"u{number}@exemple.fr", **values})
        an_habilitation(place, groupe)
    before = users_of(organisme)
    data = client.get(f"{EXPORT}?format={kind}").data

    answer = sent(client, organisme, data)

    lines = lines_of(UUID(answer.location.rsplit("/", 1)[1]))
    assert {verdict for verdict, _ in lines} == {"inchange"}
    assert len(lines) == 6
    assert users_of(organisme) == before


def test_same_search_as_the_list(client: FlaskClient, organisme: Organisme) -> None:
    a_user(organisme, family_name="Le Gall")
    a_user(organisme, family_name="Martin")

    assert [line["Nom"] for line in exported(client, "q=le+gall")] == ["Le Gall"]


def test_journal_says_who_took_how_many(client: FlaskClient, organisme: Organisme) -> None:
    a_user(organisme)

    client.get(f"{EXPORT}?format=ods")

    (entry,) = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "utilisateurs_exportes")
    )
    assert (entry.data, entry.organisme_id) == ({"nombre": 2, "format": "ods"}, organisme.id)


def test_unknown_format_is_not_here(client: FlaskClient, organisme: Organisme) -> None:
    assert client.get(f"{EXPORT}?format=xls").status_code == 404


def test_responsable_takes_what_they_see(client: FlaskClient, organisme: Organisme) -> None:
    contrat = a_contrat(organisme)
    dedans, dehors = a_groupe(contrat), a_groupe(contrat, code="ob:x", libelle="Hors de portée")
    chef = db.session.scalars(select(Account).where(Account.email == "chef@exemple.fr")).one()
    responsable = a_user(organisme, family_name="Aubert", email="responsable@exemple.fr")
    a_mandat(responsable, [dedans], chef)
    shared, hidden = a_user(organisme, family_name="Vu"), a_user(organisme, family_name="Caché")
    for place, groupe in ((shared, dedans), (shared, dehors), (hidden, dehors)):
        an_habilitation(place, groupe)
    signed_in(client, db.session.get_one(Account, responsable.account_id), responsable)

    lines = exported(client)

    assert [line["Nom"] for line in lines] == ["Aubert", "Vu"]
    assert lines[1]["Groupes"] == dedans.code


def test_statements_and_memory_are_flat(client: FlaskClient, organisme: Organisme) -> None:
    for _number in range(600):
        a_user(organisme)
    db.session.commit()

    def cost() -> tuple[int, int]:
        tracemalloc.start()
        with counted() as statements:
            client.get(f"{EXPORT}?format=csv")
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return len(statements), most

    statements, memory = cost()

    # The session, the count, the journal, the groups, the people, and the groups of each 500 people.
    assert statements <= 8 + 2
    assert memory < 4_000_000
