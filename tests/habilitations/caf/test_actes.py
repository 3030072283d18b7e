"""What agents do, and are refused, is read by national agents: in sentences, by page, at one price."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from dossiers import CAISSE, Dossier, un_dossier
from factories import agent_signed_in, an_agent
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import func, select

from idp import audit, clock
from idp.accounts.models import Account
from idp.audit import Actor, JournalEntry
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.events import (
    AccesAgentRefuse,
    AgentModifie,
    AttenteLevee,
    DelegationRetiree,
    DossierConsulte,
)
from idp.habilitations.journal import des_agents
from idp.habilitations.journal.des_agents import Choix
from idp.habilitations.journal.faits import Famille
from idp.habilitations.models import RoleAgent

NOW = datetime.now(UTC)
NATIONAL = AgentVu(UUID(int=9), RoleAgent.NATIONAL, ())


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


@pytest.fixture
def lise(dossier: Dossier) -> Account:
    """An agent who did three things and was refused one."""
    lise = an_agent(RoleAgent.GESTIONNAIRE, [CAISSE], given_name="Lise", family_name="Roux")
    par = Actor.person(lise.id)
    of = {"account_id": dossier.user.account_id, "organisme_id": dossier.organisme.id}
    place = dossier.user.id
    audit.record(DossierConsulte(rattachement_id=place), at=at(4), actor=par, **of)
    audit.record(AttenteLevee(rattachement_id=place), at=at(3), actor=par, **of)
    audit.record(
        AccesAgentRefuse(page="/caf/agents", raison="role"),
        at=at(2),
        actor=par,
        account_id=lise.id,
    )
    other = AgentModifie(role=RoleAgent.NATIONAL, caisses=[], motif="Mutation")
    audit.record(other, at=at(1), actor=Actor.person(an_agent().id), account_id=lise.id)
    return lise


def at(days: int) -> datetime:
    return NOW - timedelta(days=days)


def read(agent: Account, choix: Choix = Choix()) -> list[str]:  # noqa: B008 - a value
    _lu, page = des_agents.d_un_agent(NATIONAL, agent.id, choix, apres=None, now=NOW)
    return [un.phrase for un in page.actes]


def test_what_an_agent_did_and_was_refused_is_told(client: FlaskClient, lise: Account) -> None:
    agent_signed_in(client)

    page = client.get(f"/caf/agents/{lise.id}/actes").text

    assert "Lise Roux a levé l’attente de Nadia" in page
    assert "Lise Roux a demandé une page qui lui est fermée, /caf/agents" in page
    assert "Son rôle ne le permet pas" in page
    assert "Mutation" not in page
    assert "actes" in client.get(f"/caf/agents/{lise.id}").text


def test_what_was_done_elsewhere_is_not_told_as_to_its_partner(
    dossier: Dossier, lise: Account
) -> None:
    par, of = Actor.person(lise.id), {"organisme_id": dossier.organisme.id}
    reprise = DelegationRetiree(motif="Comptes partagés", rendue=False)
    audit.record(reprise, at=at(0), actor=par, **of)
    refus = AccesAgentRefuse(page="/caf/organismes/<uuid:organisme_id>", raison="hors_perimetre")
    audit.record(refus, at=at(0), actor=par, account_id=lise.id)

    assert read(lise)[:2] == [
        "Lise Roux a demandé une page qui lui est fermée, /caf/organismes/…",
        "Lise Roux a repris la gestion des habilitations de l’organisme",
    ]


def test_it_is_narrowed(lise: Account) -> None:
    assert len(read(lise)) == 3
    assert len(read(lise, Choix(refuses=True))) == 1
    assert read(lise, Choix(famille=Famille.GROUPES)) == []
    jour = clock.today(at(3))
    assert len(read(lise, Choix(du=jour, au=clock.today(at(2))))) == 2


def test_reading_is_told_and_only_once_for_its_pages(client: FlaskClient, lise: Account) -> None:
    moi = agent_signed_in(client)
    client.get(f"/caf/agents/{lise.id}/actes")
    client.get(f"/caf/agents/{lise.id}/actes?apres=1700000000000000-1")

    told = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "actes_d_agent_lus")
    ).all()
    assert [(row.actor_id, row.account_id) for row in told] == [(moi.id, lise.id)]


def test_every_refusal_is_listed_with_who_it_was(client: FlaskClient, lise: Account) -> None:
    agent_signed_in(client)

    page = client.get("/caf/agents/refus").text

    assert "/caf/agents" in page
    assert f'<a href="/caf/agents/{lise.id}">Lise Roux</a>' in page
    jour = clock.today(NOW).isoformat()
    assert "Lise Roux" not in client.get(f"/caf/agents/refus?du={jour}").text


def test_no_other_agent_reads_it(client: FlaskClient, lise: Account) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])

    for path in (f"/caf/agents/{lise.id}/actes", "/caf/agents/refus"):
        assert client.get(path).status_code == 403


def test_pages_follow_one_another_at_one_price(dossier: Dossier, lise: Account) -> None:
    def price(apres: des_agents.Cle | None = None) -> tuple[int, des_agents.Page]:
        with counted() as statements:
            _lu, page = des_agents.d_un_agent(NATIONAL, lise.id, Choix(), apres=apres, now=NOW)
        return len(statements), page

    db.session.commit()
    seul, _ = price()
    for hour in range(60):
        audit.record(
            DossierConsulte(rattachement_id=dossier.user.id),
            at=NOW - timedelta(hours=hour),
            actor=Actor.person(lise.id),
            account_id=dossier.user.account_id,
            organisme_id=un_dossier().organisme.id if hour % 20 == 0 else dossier.organisme.id,
        )
    db.session.commit()

    vus: list[str] = []
    beaucoup, page = price()
    while page.suivante:
        vus += [un.cle for un in page.actes]
        cle = page.suivante.split("-")
        quand = datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(cle[0]))
        _, page = price((quand, int(cle[1])))
    vus += [un.cle for un in page.actes]

    assert beaucoup == seul <= 6
    total = db.session.scalar(select(func.count()).where(JournalEntry.actor_id == lise.id))
    assert len(vus) == len(set(vus)) == total == 63
