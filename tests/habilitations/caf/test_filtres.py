"""Organismes are narrowed by what they are, and taken away as a file; so is the journal of one."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import a_caisse, a_contrat, agent_signed_in, an_agent, an_organisme
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select

from idp import clock
from idp.audit import JournalEntry
from idp.db import db
from idp.errors import Refusal
from idp.habilitations import agents, effectif, export_d_agents
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import Agent, NumeroUtilisateur, RoleAgent, TypeOrganisme
from idp.spreadsheets.writing import Format

NOW = datetime.now(UTC)
LISTE = "/caf/organismes"


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    """LES OLIVIERS, with a contrat, and what was put into it; one suspended, one of somebody, one elsewhere."""
    fait = un_dossier(email="contact@oliviers.example")
    an_organisme(raison_sociale="MAIRIE SUSPENDUE", suspendu_at=NOW)
    bailleur = an_organisme(raison_sociale="MADAME ROUX", type=TypeOrganisme.PERSONNE_PHYSIQUE)
    a_contrat(bailleur, "cdap", fin=clock.today(NOW) - timedelta(days=1))
    a_caisse(AUTRE_CAISSE)
    ailleurs = an_organisme(raison_sociale="LOGIS DE PARIS", caisse_code=AUTRE_CAISSE)
    db.session.add(
        NumeroUtilisateur(
            valeur="35900007090001", organisme_id=ailleurs.id, caisse_code=AUTRE_CAISSE
        )
    )
    db.session.flush()
    return fait


def exported(client: FlaskClient, demande: str) -> list[str]:
    """The names of the file, without its heading."""
    answer = client.get(f"{LISTE}/export?format=csv&{demande}")
    assert answer.status_code == 200
    rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";")
    return [row[0] for row in rows][1:]


@pytest.mark.parametrize(
    ("demande", "attendus"),
    [
        ("etat=suspendu", ["MAIRIE SUSPENDUE"]),
        ("etat=reuni", ["SCI DES OLIVIERS"]),
        ("etat=ouvert", ["LES OLIVIERS", "LOGIS DE PARIS", "MADAME ROUX"]),
        ("type=personne_physique", ["MADAME ROUX"]),
        ("service=offre-bailleurs", ["LES OLIVIERS"]),
        ("service=cdap", []),
        (f"caisse={AUTRE_CAISSE}", ["LOGIS DE PARIS"]),
        ("q=oliviers&etat=ouvert", ["LES OLIVIERS"]),
        ("q=35900007090001", ["LOGIS DE PARIS"]),
        ("q=nadia@exemple.fr", []),
        ("type=x&etat=y", None),
    ],
)
def test_the_page_and_the_file_say_the_same(
    client: FlaskClient, dossier: Dossier, demande: str, attendus: list[str] | None
) -> None:
    agent_signed_in(client)
    tous = ["LES OLIVIERS", "LOGIS DE PARIS", "MADAME ROUX", "MAIRIE SUSPENDUE"]
    attendus = [*tous, "SCI DES OLIVIERS"] if attendus is None else attendus

    page = client.get(f"{LISTE}?{demande}").text

    assert exported(client, demande) == attendus
    table = page.split('id="o-')[1:]
    assert len(table) == len(attendus)


def test_nothing_of_another_caisse_is_taken_away_and_taking_is_told(
    client: FlaskClient, dossier: Dossier
) -> None:
    moi = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    assert "LOGIS DE PARIS" not in exported(client, "")
    assert exported(client, f"caisse={AUTRE_CAISSE}") == []
    told = db.session.scalars(
        select(JournalEntry.actor_id).where(JournalEntry.event == "organismes_exportes")
    ).all()
    assert list(told) == [moi.id] * 2


def test_a_filter_costs_no_statement_more(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client)
    client.get(LISTE)
    with counted() as sans:
        client.get(LISTE)
    with counted() as avec:
        client.get(f"{LISTE}?type=personne_morale&etat=ouvert&service=offre-bailleurs&caisse=359")

    assert len(avec) == len(sans)


def test_the_journal_of_an_organisme_is_taken_away_with_the_names_of_agents(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE], given_name="Odile")
    ici = f"{LISTE}/{dossier.organisme.id}"
    client.post(f"/caf/assistance/{dossier.user.id}/courriel")

    text = client.get(f"{ici}/journal/export?format=csv").data.decode("utf-8-sig")

    assert "Odile" in text
    assert "journal/export?format=csv" in client.get(f"{ici}/journal").text
    told = db.session.scalars(
        select(JournalEntry.organisme_id).where(JournalEntry.event == "journal_exporte")
    ).all()
    assert list(told) == [dossier.organisme.id]
    assert client.get(f"{ici}/journal/export?format=pdf").status_code == 404


def test_agents_are_narrowed_by_role_and_caisse(client: FlaskClient, app: Flask) -> None:
    lise = an_agent(RoleAgent.GESTIONNAIRE, [CAISSE, AUTRE_CAISSE], given_name="Lise")
    paul = an_agent(RoleAgent.SUPERVISEUR, [AUTRE_CAISSE], given_name="Paul")
    moi = agent_signed_in(client)

    def of(**choix: object) -> set[object]:
        return {un.account_id for un in effectif.lister(**choix).agents}  # type: ignore[arg-type]

    assert of() == {lise.id, paul.id, moi.id}
    assert of(role=RoleAgent.SUPERVISEUR) == {paul.id}
    assert of(caisse=CAISSE) == {lise.id}
    assert of(caisse=AUTRE_CAISSE, role=RoleAgent.GESTIONNAIRE) == {lise.id}
    assert of(caisse="35") == of(caisse="%") == set()
    page = client.get(f"/caf/agents?role=superviseur&caisse={AUTRE_CAISSE}").text
    assert "Paul" in page
    assert "Lise" not in page
    assert client.get("/caf/agents?role=x").status_code == 200


def agents_exported(client: FlaskClient, demande: str) -> list[dict[str, str]]:
    answer = client.get(f"/caf/agents/export?{demande}")
    assert answer.status_code == 200
    lines = answer.data.decode("utf-8-sig").splitlines()
    return list(csv.DictReader(lines, delimiter=";"))


def test_the_agents_of_the_page_are_taken_away_and_taking_is_told(
    client: FlaskClient, app: Flask
) -> None:
    an_agent(RoleAgent.GESTIONNAIRE, [CAISSE, AUTRE_CAISSE], given_name="Lise", family_name="Aa")
    an_agent(RoleAgent.SUPERVISEUR, [AUTRE_CAISSE], given_name="Paul", family_name="Bb")
    parti = an_agent(RoleAgent.SUPERVISEUR, [CAISSE], given_name="Zoé", family_name="Partie")
    db.session.execute(
        sa.update(Agent).where(Agent.account_id == parti.id).values(ended_at=datetime.now(UTC))
    )
    moi = agent_signed_in(client, given_name="Odile", family_name="Cc")

    tous = agents_exported(client, "")

    assert [une["Nom"] for une in tous] == ["Lise Aa", "Paul Bb", "Odile Cc"]
    assert (tous[0]["Rôle"], tous[0]["Caisses"]) == (
        "Gestionnaire des partenaires",
        ", ".join(agents.libelles([CAISSE, AUTRE_CAISSE])),
    )
    assert tous[2]["Caisses"] == "Toutes"
    for demande, noms in {
        "q=paul": ["Paul Bb"],
        f"caisse={CAISSE}": ["Lise Aa"],
        "role=superviseur": ["Paul Bb"],
        "partis=oui": ["Zoé Partie"],
        "role=superviseur&partis=oui": ["Zoé Partie"],
        "q=personne": [],
    }.items():
        assert [une["Nom"] for une in agents_exported(client, demande)] == noms, demande
        page = client.get(f"/caf/agents?{demande}").text
        if noms:
            assert f"/caf/agents/export?{demande.replace('&', '&amp;')}&amp;format=xlsx" in page
    told = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.event == "agents_exportes")
        .order_by(JournalEntry.id)
    ).all()
    assert {row.actor_id for row in told} == {moi.id}
    assert [row.data["agents"] for row in told] == [3, 1, 1, 1, 1, 1, 0]


def test_no_formula_leaves_with_the_agents(client: FlaskClient, app: Flask) -> None:
    """The attack: a name that a spreadsheet would compute (CWE-1236)."""
    an_agent(RoleAgent.SUPERVISEUR, [CAISSE], given_name="=1+1", family_name="Aa")
    agent_signed_in(client)

    assert "'=1+1 Aa" in [une["Nom"] for une in agents_exported(client, "")]


def test_many_agents_are_taken_away_in_as_few_statements(client: FlaskClient, app: Flask) -> None:
    agent_signed_in(client)
    agents_exported(client, "")
    with counted() as peu:
        agents_exported(client, "")
    for rang in range(60):
        an_agent(RoleAgent.SUPERVISEUR, [CAISSE], given_name=f"Agent{rang}", password=None)
    with counted() as beaucoup:
        assert len(agents_exported(client, "")) == 61

    assert len(beaucoup) == len(peu)


def test_only_a_national_agent_takes_the_agents_away(app: Flask) -> None:
    superviseur = AgentVu(UUID(int=7), RoleAgent.SUPERVISEUR, (CAISSE,))

    with pytest.raises(Refusal):
        list(export_d_agents.exporter(superviseur, [], Format.CSV, now=datetime.now(UTC)))
