"""« Agents »: a national agent creates, changes and closes the others, never themself; all of it is journalled."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from factories import agent_signed_in, an_agent
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select

from idp.accounts.models import Account, AccountState
from idp.audit import JournalEntry
from idp.db import db, transaction
from idp.errors import NotHere, Refusal
from idp.habilitations import effectif
from idp.habilitations.agents import AgentVu, NouvelAgent, RefusAgent, agent_of
from idp.habilitations.effectif import RefusDeRegler
from idp.habilitations.models import Agent, RoleAgent

NOW = datetime(2026, 11, 25, 10, tzinfo=UTC)
POST: dict[str, Any] = {
    "nom": "Durand",
    "prenom": "Paul",
    "email": "paul.durand@caf.example",
    "role": "superviseur",
    "caisses": ["359", "751"],
}

NOUVEAU = NouvelAgent("Durand", "Paul", "paul.durand@caf.example", RoleAgent.NATIONAL, ())


def seen(account: Account) -> AgentVu:
    agent = agent_of(account.id)
    assert agent is not None
    return agent


def told(event: str) -> list[tuple[Any, Any, dict[str, Any]]]:
    rows = db.session.scalars(select(JournalEntry).where(JournalEntry.event == event))
    return [(row.actor_id, row.account_id, dict(row.data)) for row in rows]


def regle(par: AgentVu, account: Account, **changes: Any) -> object:
    voulu = {"role": RoleAgent.SUPERVISEUR, "caisses": ["359"], "motif": "Mutation"}
    return effectif.regler(par, account.id, **{**voulu, **changes}, now=NOW)


def test_a_national_agent_creates_another_from_the_page(client: FlaskClient) -> None:
    lucie = agent_signed_in(client)

    answer = client.post("/caf/agents/creer", data=POST)

    paul = db.session.scalars(select(Account).where(Account.email == POST["email"])).one()
    assert answer.location == f"/caf/agents/{paul.id}"
    assert agent_of(paul.id) == AgentVu(paul.id, RoleAgent.SUPERVISEUR, ("359", "751"))
    assert told("agent_cree") == [
        (lucie.id, paul.id, {"role": "superviseur", "caisses": ["359", "751"]})
    ]
    assert "Caf de Paris" in client.get(answer.location).text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"caisses": []}, "Cochez au moins une caisse"),
        ({"role": "national"}, "supervise toutes les caisses"),
        ({"caisses": ["999"]}, "Caisses"),
        ({"caisses": ["999"]}, "parmi les réponses proposées"),
        ({"role": "chef"}, "parmi les réponses proposées"),
        ({"email": "claire.martin@exemple.fr"}, "déjà celle d’un agent"),
        ({"nom": ""}, "Saisissez le nom"),
        ({"role": "chef"}, "Rôle"),
    ],
)
def test_what_makes_no_sense_is_told_and_creates_nobody(
    client: FlaskClient, changes: dict[str, Any], said: str
) -> None:
    agent_signed_in(client)

    answer = client.post("/caf/agents/creer", data={**POST, **changes})

    assert answer.status_code == 200
    assert said in answer.text
    assert "à corriger" in answer.text
    assert told("agent_cree") == []


@pytest.mark.usefixtures("app")
def test_another_role_and_other_caisses_hold_at_once() -> None:
    lucie, paul = seen(an_agent()), an_agent(RoleAgent.GESTIONNAIRE, ["751"])

    assert regle(lucie, paul) is None

    assert agent_of(paul.id) == AgentVu(paul.id, RoleAgent.SUPERVISEUR, ("359",))
    fait = {"role": "superviseur", "caisses": ["359"], "motif": "Mutation"}
    assert told("agent_modifie") == [(lucie.account_id, paul.id, fait)]


def test_who_is_closed_is_out_at_once(app: Flask, client: FlaskClient) -> None:
    lucie = seen(an_agent())
    paul = agent_signed_in(client, RoleAgent.SUPERVISEUR, ["359"])
    assert client.get("/caf/").status_code == 200

    assert effectif.clore(lucie, paul.id, motif="Départ", now=datetime.now(UTC)) is None
    db.session.commit()

    assert client.get("/caf/").status_code == 303
    assert agent_of(paul.id) is None
    assert db.session.get_one(Account, paul.id, populate_existing=True).state is AccountState.CLOS
    assert told("agent_clos") == [(lucie.account_id, paul.id, {"motif": "Départ"})]
    assert effectif.clore(lucie, paul.id, motif="Encore", now=NOW) is RefusDeRegler.PARTI


@pytest.mark.usefixtures("app")
def test_nobody_changes_themself_so_a_national_agent_always_remains() -> None:
    account = an_agent()
    lucie = seen(account)

    assert regle(lucie, account) is RefusDeRegler.SOI_MEME
    assert effectif.clore(lucie, lucie.account_id, motif="x", now=NOW) is RefusDeRegler.SOI_MEME
    assert agent_of(lucie.account_id) == lucie


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize("perdu", ["clos", "retrograde"])
def test_who_was_just_closed_or_demoted_closes_nobody(perdu: str) -> None:
    """Two national agents turn on each other at the same instant: the second one decides as nobody."""
    lucie, paul = seen(an_agent()), an_agent()
    vu = seen(paul)
    if perdu == "clos":
        effectif.clore(lucie, paul.id, motif="x", now=NOW)
    else:
        regle(lucie, paul)

    with pytest.raises(Refusal):
        effectif.clore(vu, lucie.account_id, motif="y", now=NOW)
    assert agent_of(lucie.account_id) == lucie
    with pytest.raises(Refusal):
        effectif.creer(vu, NOUVEAU, NOW)
    assert told("agent_cree") == []


def test_an_agent_who_is_created_twice_at_once_is_one_person(app: Flask) -> None:
    """Two accounts of one person would be the two agents that some decisions ask for."""
    lucie, paul = seen(an_agent()), seen(an_agent())
    db.session.commit()
    start = Barrier(2)

    def create(par: AgentVu) -> bool:
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    return isinstance(effectif.creer(par, NOUVEAU, NOW), Account)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(create, (lucie, paul))) == [False, True]
    db.session.expire_all()
    assert len(told("agent_cree")) == 1


@pytest.mark.usefixtures("app")
def test_a_change_that_makes_no_sense_changes_nothing() -> None:
    lucie, paul = seen(an_agent()), an_agent(RoleAgent.GESTIONNAIRE, ["751"])
    avant = agent_of(paul.id)

    assert regle(lucie, paul, caisses=[]) is RefusAgent.SANS_CAISSE
    assert regle(lucie, paul, caisses=["359", "999"]) is RefusAgent.CAISSE_INCONNUE
    with pytest.raises(NotHere):
        effectif.clore(lucie, paul.sub, motif="x", now=NOW)
    assert agent_of(paul.id) == avant


@pytest.mark.usefixtures("app")
def test_agents_are_found_by_name_or_address_a_page_at_a_time() -> None:
    for rang in range(60):
        an_agent(family_name=f"Élan{rang:02}", email=f"e{rang}@caf.example")
    parti = an_agent(family_name="Parti")
    db.session.get_one(Agent, parti.id).ended_at = NOW
    db.session.flush()

    premiere = effectif.lister("elan")
    suite = effectif.lister("elan", apres=premiere.suivante)

    noms = [agent.nom for agent in (*premiere.agents, *suite.agents)]
    assert noms == [f"Claire Élan{rang:02}" for rang in range(60)]
    assert [agent.email for agent in effectif.lister("e42@caf").agents] == ["e42@caf.example"]
    assert effectif.lister("parti").agents == ()
    assert [agent.nom for agent in effectif.lister(partis=True).agents] == ["Claire Parti"]


def test_the_list_costs_the_same_whatever_their_number(client: FlaskClient) -> None:
    agent_signed_in(client)

    def cost() -> int:
        with counted() as statements:
            assert client.get("/caf/agents").status_code == 200
        return len(statements)

    before = cost()
    for rang in range(20):
        an_agent(family_name=f"A{rang}")
    assert cost() <= before


def test_one_s_own_page_has_no_form_and_refuses_it(client: FlaskClient) -> None:
    lucie = agent_signed_in(client)

    page = client.get(f"/caf/agents/{lucie.id}").text
    assert "vos propres droits" in page
    assert "<textarea" not in page
    answer = client.post(f"/caf/agents/{lucie.id}/clore", data={"motif": "Je pars"})

    assert "Un agent ne change pas ses propres droits" in answer.text
    assert agent_of(lucie.id) is not None


def test_an_agent_is_changed_then_closed_from_the_pages(client: FlaskClient) -> None:
    agent_signed_in(client)
    paul = an_agent(RoleAgent.GESTIONNAIRE, ["751"], given_name="Paul")

    changed = {"role": "superviseur", "caisses": ["359"], "motif": "Mutation"}
    assert client.post(f"/caf/agents/{paul.id}", data=changed).status_code == 303
    assert "Caf d’Ille-et-Vilaine" in client.get(f"/caf/agents/{paul.id}").text
    assert client.post(f"/caf/agents/{paul.id}/clore", data={"motif": ""}).status_code == 200
    answer = client.post(f"/caf/agents/{paul.id}/clore", data={"motif": "Départ"})

    assert answer.status_code == 303
    assert "n’est plus agent" in client.get(answer.location).text
    assert "Paul" in client.get("/caf/agents?partis=oui").text
