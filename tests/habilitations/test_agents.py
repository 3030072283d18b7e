"""Agents of the Caf: created with their caisses, activated by mail, greeted without an organisme."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from factories import agent_signed_in
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import func, select

from idp.accounts import recovery
from idp.accounts.models import Account, AccountState
from idp.audit import COMMAND_LINE, JournalEntry
from idp.db import db
from idp.extensions import ground
from idp.habilitations.agents import AgentVu, NouvelAgent, RefusAgent, agent_of, creer
from idp.habilitations.models import Agent, RoleAgent
from idp.outbox import Delivery, read
from idp.printable import format_identifiant

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LE_LENDEMAIN = NOW + timedelta(hours=25)
LUCIE = NouvelAgent(
    "Morel", "Lucie", "lucie@caf.example.fr", RoleAgent.GESTIONNAIRE, ("751", "359")
)


def created(**changes: object) -> Account:
    account = creer(replace(LUCIE, **changes), actor=COMMAND_LINE, now=NOW)  # type: ignore[arg-type]
    assert isinstance(account, Account)
    return account


@pytest.mark.usefixtures("app")
def test_an_agent_has_an_identifiant_a_role_and_caisses() -> None:
    account = created()

    assert account.state is AccountState.EN_ATTENTE
    assert agent_of(account.id) == AgentVu(account.id, RoleAgent.GESTIONNAIRE, ("359", "751"))


@pytest.mark.usefixtures("app")
def test_who_comes_after_a_day_is_mailed_another_password_at_their_address() -> None:
    account = created()
    recovery.ask(str(account.email), LE_LENDEMAIN)
    asked = db.session.scalars(select(Delivery).where(Delivery.kind == recovery.KIND)).one()

    recovery.answer(read(asked))

    mails = db.session.scalars(select(Delivery).where(Delivery.kind == "mail")).all()
    assert len(mails) == 2
    assert all(format_identifiant(account.identifiant) in read(one)["body"] for one in mails)


@pytest.mark.usefixtures("app")
def test_the_mail_carries_identifiant_and_secret_and_names_no_organisme() -> None:
    account = created()

    payload = db.session.scalars(select(Delivery)).one().payload
    body = json.loads(ground().secret_box.unseal(payload or b""))["body"]

    assert format_identifiant(account.identifiant) in body
    assert "en tant qu’agent de la Caf" in body
    assert "organisme" not in body


@pytest.mark.usefixtures("app")
def test_the_journal_tells_who_became_what() -> None:
    account = created()

    query = select(JournalEntry).where(JournalEntry.event == "agent_cree")
    entry = db.session.scalars(query).one()

    assert entry.account_id == account.id
    assert entry.data == {"role": "gestionnaire", "caisses": ["359", "751"]}


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(
    ("changes", "refus"),
    [
        ({"caisses": ("351", "359")}, RefusAgent.CAISSE_INCONNUE),
        ({"caisses": ()}, RefusAgent.SANS_CAISSE),
        ({"role": RoleAgent.SUPERVISEUR, "caisses": ()}, RefusAgent.SANS_CAISSE),
        ({"role": RoleAgent.NATIONAL}, RefusAgent.CAISSES_DE_TROP),
    ],
)
def test_what_makes_no_sense_creates_nothing(changes: dict[str, object], refus: RefusAgent) -> None:
    outcome = creer(replace(LUCIE, **changes), actor=COMMAND_LINE, now=NOW)  # type: ignore[arg-type]

    assert outcome is refus
    assert db.session.scalar(select(func.count()).select_from(Account)) == 0


@pytest.mark.usefixtures("app")
def test_one_agent_per_address_until_they_leave() -> None:
    first = created()
    again = replace(LUCIE, email="LUCIE@caf.example.fr")

    assert creer(again, actor=COMMAND_LINE, now=NOW) is RefusAgent.DEJA_AGENT

    db.session.get_one(Agent, first.id).ended_at = NOW
    db.session.flush()
    assert isinstance(creer(again, actor=COMMAND_LINE, now=NOW), Account)


@pytest.mark.usefixtures("app")
def test_who_left_is_no_agent_any_more() -> None:
    account = created()
    db.session.get_one(Agent, account.id).ended_at = NOW
    db.session.flush()

    with counted() as statements:
        assert agent_of(account.id) is None
    assert len(statements) == 1


@pytest.mark.parametrize(
    ("role", "caisses", "sentence"),
    [
        (RoleAgent.GESTIONNAIRE, ["359", "751"], "Caf d’Ille-et-Vilaine, Caf de Paris"),
        (RoleAgent.NATIONAL, [], "toutes les caisses"),
    ],
)
def test_the_accueil_greets_an_agent(
    app: Flask, client: FlaskClient, role: RoleAgent, caisses: list[str], sentence: str
) -> None:
    agent_signed_in(client, role, caisses)

    assert client.get("/accueil").location == "/caf/"
    page = client.get("/caf/").text

    assert sentence in page
    assert "Espace Caf" in page
    assert "aucun organisme" not in page
