"""Refused pages fill no journal: one by one, then counted, in one row by person and by hour."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from dossiers import CAISSE
from factories import agent_signed_in, an_agent
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select

from idp import clock, worker
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations import acces_refuses
from idp.habilitations.models import RoleAgent
from idp.throttle import Knocks, Limit, Quota

HEURE = datetime(2026, 11, 25, 10, tzinfo=UTC)
A_DIX_HEURES_CINQ = HEURE + timedelta(minutes=5)
UNE_HEURE = timedelta(hours=1)
EN_VIGUEUR = acces_refuses.QUOTA


@pytest.fixture(autouse=True)
def three_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acces_refuses, "QUOTA", Quota("acces_refuse", (Limit(3, UNE_HEURE),)))


def refused(account_id: UUID, times: int, at: datetime = A_DIX_HEURES_CINQ) -> None:
    for _time in range(times):
        acces_refuses.journaliser(account_id, "/caf/agents", "role", at)


def told(account_id: UUID | None = None) -> list[int | None]:
    """The number that each row bears, none for a row that tells of one page."""
    rows = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.event == "acces_agent_refuse")
        .order_by(JournalEntry.id)
    )
    return [row.data.get("nombre") for row in rows if account_id in (None, row.account_id)]


def test_there_is_room_for_who_tries_every_page(app: Flask) -> None:
    """The limit in force: every page of the agents is told once, and twice."""
    pages = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/caf/")]

    assert EN_VIGUEUR.limits[0].count > 2 * len(pages)


def test_past_the_limit_they_are_counted_in_one_row_once_the_hour_is_over(app: Flask) -> None:
    """The attack: a journal filled with thousands of refusals, among which one is lost."""
    insistent, other = an_agent().id, an_agent().id
    refused(insistent, 10)
    refused(other, 3)
    assert told() == [None] * 6

    assert acces_refuses.compter(HEURE + UNE_HEURE - timedelta(seconds=1)) == 0
    assert acces_refuses.compter(HEURE + UNE_HEURE) == 1
    assert acces_refuses.compter(HEURE + UNE_HEURE) == 0

    assert told(insistent) == [None, None, None, 7]
    assert told(other) == [None, None, None]


def test_the_next_hour_is_told_one_by_one_again(app: Flask) -> None:
    who = uuid4()
    refused(who, 5)
    refused(who, 2, at=HEURE + UNE_HEURE)

    assert acces_refuses.compter(HEURE + UNE_HEURE) == 1
    assert told() == [None] * 5 + [2]


def test_a_refusal_that_is_counted_costs_one_statement(app: Flask) -> None:
    who = uuid4()
    refused(who, 3)
    with counted() as sent:
        refused(who, 1)

    assert [statement.split()[0] for statement in sent] == ["INSERT"]


def test_the_worker_tells_of_them(app: Flask) -> None:
    who = an_agent().id
    refused(who, 4)
    db.session.commit()

    worker.watch(clock.now() + timedelta(days=1))

    assert told(who) == [None, None, None, 1]
    assert db.session.scalars(select(Knocks).where(Knocks.place == str(who))).all() == []


def test_pages_stay_refused_and_the_count_is_read_by_a_national_agent(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: A_DIX_HEURES_CINQ)
    lise = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE], given_name="Lise")
    for _time in range(5):
        assert client.get("/caf/agents").status_code == 403
    acces_refuses.compter(HEURE + UNE_HEURE)
    client.delete_cookie("mcp_session")
    agent_signed_in(client)

    for page in ("/caf/agents/refus", f"/caf/agents/{lise.id}/actes"):
        text = client.get(page).text
        assert "Lise Martin a demandé 2 fois encore, dans la même heure" in text
        assert text.count("a demandé une page qui lui est fermée, /caf/agents") == 3
