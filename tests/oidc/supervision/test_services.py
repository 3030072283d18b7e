"""« Services »: what agents see of relying parties, and the errors that integrators were answered."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, un_dossier
from factories import a_chiffre, agent_signed_in, an_agent
from flask import Flask
from flask.testing import FlaskClient
from own_keys import ground_with_own_keys
from sql_budget import counted
from sqlalchemy import select

from idp import clock, outbox
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.chiffres.mesures import Mesure
from idp.habilitations.conventions import contrats
from idp.habilitations.models import RoleAgent
from idp.oidc.clients import client_errors
from idp.oidc.logout import backchannel_logout
from idp.oidc.models import ClientError
from idp.oidc.supervision import reading
from idp.outbox import Delivery

NOW = datetime(2026, 7, 6, 10, tzinfo=UTC)
PAGE = "/caf/services"


def errors() -> list[tuple[str, str, str, int]]:
    rows = db.session.scalars(select(ClientError).order_by(ClientError.last_at))
    return [(row.client_id, row.endpoint, row.error, row.times) for row in rows]


@pytest.fixture
def folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keys of this test alone."""
    monkeypatch.setitem(app.extensions, "ground", ground_with_own_keys(app, tmp_path))
    return tmp_path


def a_wrong_secret(client: FlaskClient, named: str = "offre-bailleurs") -> None:
    answer = client.post(
        "/oidc/token",
        data={"grant_type": "authorization_code", "code": "x"},
        auth=(named, "not the secret"),
    )
    assert answer.status_code == 401


def test_an_error_of_the_token_endpoint_is_counted_once_per_kind(
    app: Flask, client: FlaskClient
) -> None:
    a_wrong_secret(client)
    a_wrong_secret(client)
    client.post("/oidc/token", auth=("offre-bailleurs", "x"))

    assert errors() == [
        ("offre-bailleurs", "/oidc/token", "invalid_client", 2),
        ("offre-bailleurs", "/oidc/token", "invalid_request", 1),
    ]


def test_a_name_that_nobody_registered_is_not_counted(app: Flask, client: FlaskClient) -> None:
    a_wrong_secret(client, "personne")
    client.get("/oidc/authorize?client_id=personne&redirect_uri=https://x.example/")

    assert errors() == []


def test_an_address_that_is_not_registered_is_told_to_the_integrator(
    app: Flask, client: FlaskClient
) -> None:
    client.get("/oidc/authorize?client_id=offre-bailleurs&redirect_uri=https://x.example/")

    assert errors() == [("offre-bailleurs", "/oidc/authorize", "invalid_request", 1)]


@pytest.mark.usefixtures("app")
def test_what_is_ordinary_is_no_error(app: Flask) -> None:
    with app.test_request_context("/oidc/authorize"):
        for ordinary in client_errors.ORDINARY:
            client_errors.note("offre-bailleurs", ordinary, "")

    assert errors() == []


def test_a_flood_of_long_texts_adds_no_row(app: Flask) -> None:
    for number in range(30):
        with app.test_request_context("/oidc/authorize"):
            client_errors.note("offre-bailleurs", "invalid_request", f"{number} " + "x" * 500)

    (row,) = db.session.scalars(select(ClientError))
    assert (row.times, len(row.description)) == (30, 200)


def test_what_has_not_come_back_for_ninety_days_is_forgotten(
    app: Flask, client: FlaskClient
) -> None:
    a_wrong_secret(client)
    now = datetime.now(UTC)

    client_errors.forget(now + timedelta(days=89))
    assert len(errors()) == 1
    client_errors.forget(now + timedelta(days=91))
    assert errors() == []


def test_the_list_tells_who_uses_each_service_within_the_caisses_of_the_agent(
    app: Flask, client: FlaskClient
) -> None:
    un_dossier()
    for mesure, nombre in ((Mesure.OUVERTURES, 12345), (Mesure.DECONNEXIONS, 7)):
        a_chiffre(mesure, nombre, jour=clock.today(datetime.now(UTC)), service="offre-bailleurs")
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    here = client.get(PAGE).text
    client.delete_cookie("mcp_session")
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [AUTRE_CAISSE])
    elsewhere = client.get(PAGE).text

    assert "12\N{NARROW NO-BREAK SPACE}345" in here
    assert '<td data-label="Organismes">1</td>' in here
    assert "345" not in elsewhere
    assert '<td data-label="Organismes">1</td>' not in elsewhere


def test_a_service_shows_what_it_asks_what_waits_and_its_errors(
    app: Flask, client: FlaskClient
) -> None:
    a_wrong_secret(client)
    payload = {"client_id": "offre-bailleurs", "account_id": "x", "sid": "secret-sid"}
    outbox.enqueue(backchannel_logout.KIND, payload, at=NOW, target="offre-bailleurs")
    outbox.enqueue("mail", {"to": "nadia@exemple.fr"}, at=NOW)
    agent_signed_in(client)

    page = client.get(f"{PAGE}/offre-bailleurs").text

    assert "numero_utilisateur" in page
    assert "invalid_client" in page
    assert "Déconnexions à livrer à" in page
    assert "secret-sid" not in page
    assert "nadia" not in page
    assert client.get(f"{PAGE}/personne").status_code == 404


def a_logout(client_id: str, **values: object) -> Delivery:
    row = db.session.get_one(
        Delivery, outbox.enqueue(backchannel_logout.KIND, {}, at=NOW, target=client_id)
    )
    for name, value in values.items():
        setattr(row, name, value)
    db.session.flush()
    return row


def test_a_client_that_is_away_hides_nothing_of_another(app: Flask, client: FlaskClient) -> None:
    for _logout in range(reading.DELIVERIES_SHOWN + 1):
        a_logout("cdap")
    a_logout("offre-bailleurs", failed_at=NOW, payload=None, last_error="Timeout of ours")
    agent_signed_in(client)

    page = client.get(f"{PAGE}/offre-bailleurs").text

    assert "Timeout of ours" in page
    assert "abandonnée le" in page
    assert "plus anciennes" in client.get(f"{PAGE}/cdap").text


def test_what_waits_for_a_client_is_tried_again_at_once(app: Flask, client: FlaskClient) -> None:
    later = datetime.now(UTC) + timedelta(hours=6)
    refused = a_logout("offre-bailleurs", due_at=later, last_error="Timeout")
    held = a_logout("offre-bailleurs", due_at=later)
    other = a_logout("cdap", due_at=later, last_error="Timeout")
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    assert "Réessayer maintenant" in client.get(f"{PAGE}/offre-bailleurs").text

    done = client.post(f"{PAGE}/offre-bailleurs/clients/offre-bailleurs/reessayer")

    assert done.status_code == 303
    assert refused.due_at <= datetime.now(UTC)
    assert held.due_at == other.due_at == later
    told = select(JournalEntry).where(JournalEntry.event == "logouts_retried")
    (entry,) = db.session.scalars(told)
    assert entry.data == {"client_id": "offre-bailleurs", "deliveries": 1}
    assert client.post(f"{PAGE}/offre-bailleurs/clients/cdap/reessayer").status_code == 404


def test_a_service_is_tried_again_once_a_minute_and_the_agent_is_told_when(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack: a service that comes back is knocked down by a button pressed again and again."""
    at = datetime.now(UTC).replace(second=20, microsecond=0)
    monkeypatch.setattr(clock, "now", lambda: at)
    moi = agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    first = a_logout("offre-bailleurs", due_at=at + timedelta(hours=6), last_error="Timeout")

    def pressed() -> str:
        client.post(f"{PAGE}/offre-bailleurs/clients/offre-bailleurs/reessayer")
        return client.get(f"{PAGE}/offre-bailleurs").text

    assert "1 déconnexion repart maintenant." in pressed()
    first.due_at = at + timedelta(hours=6)
    other = a_logout("cdap", due_at=at + timedelta(hours=6), last_error="Timeout")
    db.session.flush()

    assert "Vous pourrez réessayer dans 40 secondes." in pressed()
    assert first.due_at == at + timedelta(hours=6)
    client.post(f"{PAGE}/cdap/clients/cdap/reessayer")
    assert other.due_at <= at
    told = select(JournalEntry.actor_id).where(JournalEntry.event == "logouts_retried")
    assert db.session.scalars(told).all() == [moi.id] * 2

    at += timedelta(seconds=40)
    assert "1 déconnexion repart maintenant." in pressed()


def test_a_gestionnaire_is_not_offered_to_try_again(app: Flask, client: FlaskClient) -> None:
    a_logout("offre-bailleurs", last_error="Timeout")
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    assert "Réessayer maintenant" not in client.get(f"{PAGE}/offre-bailleurs").text


def test_what_is_closed_today_or_of_a_suspended_organisme_opens_the_service_to_nobody(
    app: Flask,
) -> None:
    """The day of the closing still belongs to the dates of the contrat."""
    now = datetime.now(UTC)
    qui = AgentVu(an_agent().id, RoleAgent.NATIONAL, ())

    def count() -> int:
        seen = {one.service.code: one.organismes for one in reading.services_seen(qui, now)}
        return seen["offre-bailleurs"]

    clos, suspendu = un_dossier(), un_dossier(raison_sociale="DEUX")
    assert count() == 2

    assert contrats.clore(qui, clos.organisme.id, clos.contrat.id, motif="Départ", now=now) is None
    assert count() == 1
    suspendu.organisme.suspendu_at = now
    db.session.flush()

    assert count() == 0


def test_the_pages_cost_the_same_whatever_the_number_of_organismes(
    app: Flask, client: FlaskClient
) -> None:
    agent_signed_in(client)
    costs = []
    for raison in ("UN", "DEUX", "TROIS"):
        un_dossier(raison_sociale=raison)
        with counted() as statements:
            client.get(PAGE)
            client.get(f"{PAGE}/offre-bailleurs")
        costs.append(len(statements))

    assert len(set(costs[1:])) == 1


def test_a_national_agent_moves_the_keys_one_step_and_the_journal_tells(
    client: FlaskClient, folder: Path
) -> None:
    agent_signed_in(client)
    before = {path.name for path in folder.glob("*.pem")}

    assert "publier une clé nouvelle" in client.get(f"{PAGE}/cles").text
    assert client.post(f"{PAGE}/cles/rotation").status_code == 303

    assert {path.name for path in folder.glob("*.pem")} > before
    (entry,) = db.session.scalars(select(JournalEntry).where(JournalEntry.event == "keys_rotated"))
    assert entry.data["steps"]
    assert "Rien à faire" in client.get(f"{PAGE}/cles").text


def test_keys_that_cannot_be_written_from_here_are_told_so(
    client: FlaskClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("idp.key_rotation.create_key", refused)
    agent_signed_in(client)

    answer = client.post(f"{PAGE}/cles/rotation")

    assert answer.status_code == 403
    assert "idp keys rotate" in answer.text


@pytest.mark.parametrize("named", ["a\0b", "\udcff", "x" * 5000, "é", ""])
def test_no_name_that_a_server_gives_itself_is_a_fault(
    open_client: FlaskClient, named: str
) -> None:
    header = b64encode(f"{named}:x".encode("utf-8", "surrogateescape")).decode()

    answers = [
        open_client.post("/oidc/token", headers={"Authorization": f"Basic {header}"}),
        open_client.post(
            "/oidc/token",
            headers={"Authorization": f"Basic {header}"},
            data={"grant_type": "authorization_code", "code": "x"},
        ),
        open_client.post("/oidc/introspect", headers={"Authorization": f"Basic {header}"}),
    ]

    assert [answer.status_code // 100 for answer in answers] == [4] * 3
    assert errors() == []
