"""The file of a whole caisse, sent by an agent: told before it is done, done once, for their caisses alone."""

import csv
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from uuid import UUID

import pytest
from factories import agent_signed_in, an_agent
from flask import Flask
from flask.testing import FlaskClient
from organismes_files import COLUMNS, a_file, lines
from sql_budget import counted
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from idp import worker
from idp.accounts.models import Account, AccountState
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db
from idp.errors import NotHere
from idp.habilitations.agents import AgentVu, agent_of
from idp.habilitations.import_organismes import depot, execution, lecture, oubli, suivi
from idp.habilitations.import_organismes.models import (
    EtatDImport,
    ImportOrganismes,
    LigneDImport,
    MorceauDImport,
)
from idp.habilitations.models import (
    Agent,
    Courrier,
    Habilitation,
    NumeroUtilisateur,
    Organisme,
    RoleAgent,
)
from idp.habilitations.organismes.imports import importer
from idp.habilitations.organismes.plan import Effet
from idp.spreadsheets.bounds import FichierRefuse

NOW = datetime.now(UTC)


def the_agent(
    caisses: tuple[str, ...] = ("359",), role: RoleAgent = RoleAgent.GESTIONNAIRE
) -> AgentVu:
    found = agent_of(an_agent(role, caisses).id)
    assert found is not None
    return found


def sent(agent: AgentVu, content: bytes) -> UUID:
    """A file, read by the worker."""
    import_id = depot.deposer(agent, BytesIO(content), nom="caisse.csv", now=NOW)
    db.session.commit()
    worker.drain()
    return import_id


def done(agent: AgentVu, content: bytes) -> UUID:
    """The same, validated and done."""
    import_id = sent(agent, content)
    assert execution.lancer(agent, import_id, NOW)
    db.session.commit()
    worker.drain()
    return import_id


def row_of(import_id: UUID) -> ImportOrganismes:
    """As the worker left it."""
    db.session.expire_all()
    return db.session.get_one(ImportOrganismes, import_id)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def effects(import_id: UUID) -> list[tuple[int, Effet]]:
    rows = db.session.execute(
        select(LigneDImport.numero, LigneDImport.effet)
        .where(LigneDImport.import_id == import_id)
        .order_by(LigneDImport.numero)
    )
    return [(numero, effet) for numero, effet in rows]


def a_line(**cells: str) -> str:
    likely = {
        "caisse": "359",
        "numeros_utilisateur": "359 00007090001",
        "type": "PM",
        "raison_sociale": "LES OLIVIERS",
        "adresse_1": "12 rue Gina Pane",
        "adresse_2": "35000 RENNES",
        "zones": "359",
        "types_logement": "prive",
    }
    return ";".join((likely | cells).get(column, "") for column in COLUMNS)


def a_file_of(*rows: str) -> bytes:
    return "\n".join((";".join(COLUMNS), *rows)).encode()


def test_nothing_is_written_before_it_is_validated(app: Flask) -> None:
    import_id = sent(the_agent(), a_file(30))

    row = row_of(import_id)
    assert (row.etat, row.lignes, row.creations, row.refus) == (EtatDImport.ESSAI, 30, 30, 0)
    assert count(Organisme) == count(MorceauDImport) == 0


def test_once_validated_it_is_done_once_in_the_name_of_its_author(app: Flask) -> None:
    agent = the_agent()
    import_id = done(agent, a_file(30))

    row = row_of(import_id)
    assert (row.etat, row.creations, row.faites) == (EtatDImport.TERMINE, 30, 30)
    assert not execution.lancer(agent, import_id, NOW)
    assert count(Organisme) == 30
    assert count(Courrier) == 2 * 24
    authors = db.session.scalars(
        select(JournalEntry.actor_id).where(JournalEntry.event == "organisme_importe")
    )
    assert set(authors) == {agent.account_id}
    told = db.session.scalars(
        select(JournalEntry.event).where(JournalEntry.event.startswith("import_d_organismes"))
    )
    assert list(told) == ["import_d_organismes_lance", "import_d_organismes_fini"]


def test_the_same_file_again_has_nothing_to_do(app: Flask) -> None:
    agent = the_agent()
    done(agent, a_file(10))

    again = row_of(sent(agent, a_file(10)))

    assert (again.creations, again.mises_a_jour, again.inchanges) == (0, 0, 10)


def test_several_thousands_are_done_in_their_order(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lecture, "LOT", 7)
    monkeypatch.setattr(lecture, "D_AFFILEE", timedelta(0))
    monkeypatch.setattr(execution, "LOT", 7)
    monkeypatch.setattr(execution, "D_AFFILEE", timedelta(0))

    import_id = done(the_agent(), a_file(30))

    assert [numero for numero, _effet in effects(import_id)] == list(range(2, 32))
    assert count(Organisme) == 30


def test_a_file_that_cannot_be_read_is_refused_at_once(app: Flask) -> None:
    with pytest.raises(FichierRefuse, match="Colonne inconnue"):
        depot.deposer(the_agent(), BytesIO(b"kaisse;x\n"), nom="x.csv", now=NOW)

    assert count(ImportOrganismes) == 0


def test_a_file_without_any_line_is_said_to_be_so(app: Flask) -> None:
    row = row_of(sent(the_agent(), a_file_of("")))

    assert row.etat is EtatDImport.REFUSE
    assert "aucun organisme" in (row.motif or "")


def test_an_agent_imports_for_their_caisses_alone(app: Flask) -> None:
    """The file of an agent of 359 neither creates, changes nor opens anything of 561."""
    importer(
        BytesIO(a_file_of(a_line(caisse="561", numeros_utilisateur="A123456", zones="561"))),
        actor=COMMAND_LINE,
        now=NOW,
        avance=lambda _bytes: None,
    )
    attacks = (
        a_line(caisse="561", numeros_utilisateur="56100004127001", zones="561"),
        a_line(numeros_utilisateur="A123456", raison_sociale="DÉTOURNÉ"),
        a_line(numeros_utilisateur="56100004127002"),
        a_line(numeros_utilisateur="35900007090002", zones="359|561"),
    )

    import_id = done(the_agent(), a_file_of(*attacks, a_line()))

    assert [effet for _numero, effet in effects(import_id)] == [*[Effet.REFUSE] * 4, Effet.CREE]
    assert db.session.scalars(select(Organisme.raison_sociale)).all() == ["LES OLIVIERS"] * 2
    assert "35900007090001" in db.session.scalars(select(NumeroUtilisateur.valeur)).all()
    columns = [
        line.contenu.refus[0].colonne for line in suivi.page(import_id, effet=Effet.REFUSE).lignes
    ]
    assert columns == [
        "caisse",
        "numeros_utilisateur",
        "numeros_utilisateur",
        "zones",
    ]


def test_what_their_perimeter_no_longer_holds_is_not_done(app: Flask) -> None:
    agent = the_agent(("359", "561"))
    import_id = sent(
        agent,
        a_file_of(a_line(), a_line(caisse="561", numeros_utilisateur="A123456", zones="561")),
    )
    assert execution.lancer(agent, import_id, NOW)
    db.session.get_one(Agent, agent.account_id).caisses = ["359"]
    db.session.commit()

    worker.drain()

    assert [effet for _numero, effet in effects(import_id)] == [Effet.CREE, Effet.REFUSE]
    row = row_of(import_id)
    assert (row.creations, row.refus, count(Organisme)) == (1, 1, 1)


@pytest.mark.parametrize("how", ["no agent any more", "suspended"])
def test_it_stops_when_its_author_may_no_longer_act(app: Flask, how: str) -> None:
    agent = the_agent()
    import_id = sent(agent, a_file(5))
    execution.lancer(agent, import_id, NOW)
    if how == "suspended":
        db.session.get_one(Account, agent.account_id).state = AccountState.SUSPENDU
    else:
        db.session.get_one(Agent, agent.account_id).ended_at = NOW
    db.session.commit()

    worker.drain()

    row = row_of(import_id)
    assert (row.etat, row.creations, count(Organisme)) == (EtatDImport.ARRETE, 0, 0)


def test_nothing_is_read_for_who_is_no_agent_any_more(app: Flask) -> None:
    agent = the_agent()
    import_id = depot.deposer(agent, BytesIO(a_file(3)), nom="caisse.csv", now=NOW)
    db.session.get_one(Agent, agent.account_id).ended_at = NOW
    db.session.commit()

    worker.drain()

    row = row_of(import_id)
    assert (row.etat, row.lignes, count(MorceauDImport)) == (EtatDImport.ARRETE, 0, 0)


def test_what_changed_in_between_is_what_is_told(app: Flask) -> None:
    agent = the_agent()
    import_id = sent(agent, a_file_of(a_line()))
    importer(BytesIO(a_file_of(a_line())), actor=COMMAND_LINE, now=NOW, avance=lambda _bytes: None)
    execution.lancer(agent, import_id, NOW)
    db.session.commit()

    worker.drain()

    row = row_of(import_id)
    assert (row.creations, row.inchanges, count(Organisme)) == (0, 1, 1)
    assert effects(import_id) == [(2, Effet.INCHANGE)]


def test_cancelled_what_is_done_stays_and_the_rest_is_not_done(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "LOT", 4)
    monkeypatch.setattr(execution, "D_AFFILEE", timedelta(microseconds=1))
    agent = the_agent()
    import_id = sent(agent, a_file(10))
    execution.lancer(agent, import_id, NOW)
    db.session.commit()
    worker.run_once()

    assert execution.annuler(agent, import_id, NOW) is EtatDImport.EN_COURS
    db.session.commit()
    worker.drain()

    row = row_of(import_id)
    assert (row.etat, row.creations, count(Organisme)) == (EtatDImport.ANNULE, 4, 4)


def test_agents_see_the_files_of_their_caisses_alone(app: Flask) -> None:
    mine, both = the_agent(), the_agent(("359", "561"))
    national = the_agent((), RoleAgent.NATIONAL)
    of_359, of_both, of_all = (sent(one, a_file(1)) for one in (mine, both, national))

    assert {vu.id for vu in suivi.derniers(mine).lignes} == {of_359}
    assert {vu.id for vu in suivi.derniers(both).lignes} == {of_359, of_both}
    assert {vu.id for vu in suivi.derniers(national).lignes} == {of_359, of_both, of_all}
    with pytest.raises(NotHere):
        execution.annuler(mine, of_both, NOW)
    assert not execution.lancer(both, of_359, NOW), "only its author has it done"


def test_old_lines_are_forgotten_and_the_import_a_year_later(app: Flask) -> None:
    agent = the_agent()
    over = done(agent, a_file(3))
    trial = sent(agent, a_file(3))

    def forget(days: int) -> None:
        while oubli.oublier(datetime.now(UTC) + timedelta(days=days)):
            db.session.commit()

    forget(8)
    assert db.session.get(ImportOrganismes, trial) is None
    assert count(LigneDImport) == 3
    forget(31)
    assert count(LigneDImport) == 0
    assert row_of(over).erased_at is not None
    forget(366)
    assert count(ImportOrganismes) == 0
    assert count(Habilitation) > 0


def _post(client: FlaskClient, content: bytes, name: str = "caisse.csv") -> TestResponse:
    return client.post("/caf/imports", data={"fichier": (BytesIO(content), name)})


def _rows(answer: TestResponse) -> list[dict[str, str]]:
    text = answer.data.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text), delimiter=";"))


def test_an_agent_sends_reads_validates_and_downloads(app: Flask, client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, ["359"])
    wrong = a_line(numeros_utilisateur="123", raison_sociale="À CORRIGER")
    page = _post(client, a_file_of(a_line(), wrong)).location
    assert "Lecture du fichier" in client.get(page).text
    assert client.get(page).headers["Refresh"]
    worker.drain()
    told = client.get(page).text
    assert "Ce qui va se passer" in told
    assert "À CORRIGER" in told

    assert client.post(f"{page}/valider").status_code == 303
    assert "0 ligne faite sur 1" in " ".join(client.get(page).text.split())
    worker.drain()

    assert "Import terminé" in client.get(page).text
    report = _rows(client.get(f"{page}/rapport"))
    assert [row["Effet"] for row in report] == ["créé", "refusé"]
    (refused,) = _rows(client.get(f"{page}/refus"))
    assert refused["raison_sociale"] == "À CORRIGER"
    assert "14 chiffres" in refused["motif_du_refus"]
    corrected = client.get(f"{page}/refus").data.decode("utf-8-sig").replace(";123;", ";A123456;")
    again = _post(client, corrected.encode()).location
    worker.drain()
    assert "<strong>1</strong> organisme à créer" in client.get(again).text


def test_pages_cost_the_same_whatever_the_number_of_lines(app: Flask, client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, ["359"])
    costs = []
    for number in (1, 200):
        page = _post(client, a_file(number)).location
        worker.drain()
        client.get(page)
        with counted() as statements:
            assert client.get(page).status_code == 200
        costs.append(len(statements))

    assert costs[0] == costs[1]


def test_a_file_that_is_no_csv_is_said_beside_the_field(app: Flask, client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, ["359"])

    answer = _post(client, b"PK\x03\x04", "caisse.xlsx")

    assert answer.status_code == 200
    assert "un classeur" in answer.text


def test_the_model_is_read_and_its_examples_enter_nothing_but_for_their_caisse(
    app: Flask, client: FlaskClient
) -> None:
    agent_signed_in(client)
    model = client.get("/caf/imports/modele").data
    filled = model.replace(b"exemple;", b"359;").replace(b'"exemple";', b'"359";')

    left, done = (
        suivi.lire(the_agent(role=RoleAgent.NATIONAL), sent(the_agent(), content))
        for content in (model, filled)
    )

    assert (left.lignes, left.refus) == (2, 2)
    assert (done.lignes, done.refus, done.creations) == (2, 0, 2)


def test_the_made_file_is_whole() -> None:
    assert len(list(lines(7))) == 8
