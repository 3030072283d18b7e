"""Who creates an agent may be both: such a pair does not decide what the Caf wants two people for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from dossiers import CAISSE, Dossier, un_dossier
from factories import agent_signed_in, an_agent
from flask import Flask
from flask.testing import FlaskClient
from sent_mails import waiting_mails
from sqlalchemy import select

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations import effectif
from idp.habilitations.agents import AgentVu, NouvelAgent, agent_of
from idp.habilitations.deux_agents import NOUVEAU, Origine, RefusDeSecond, refus_entre
from idp.habilitations.models import Agent, Role, RoleAgent
from idp.habilitations.supervision import remplacements
from idp.habilitations.supervision.remplacements import RefusDeRemplacement, Successeur

NOW = datetime.now(UTC)
LATER = NOW + NOUVEAU + timedelta(hours=1)
LONG_AGO = NOW - timedelta(days=400)
LUCIE = Origine(uuid4(), None, NOW)
PAUL = Origine(uuid4(), uuid4(), LONG_AGO)
D = RefusDeRemplacement


@pytest.mark.parametrize(
    ("premier", "second", "refus"),
    [
        (LUCIE, LUCIE, RefusDeSecond.MEME_AGENT),
        (LUCIE, replace(PAUL, cree_par=LUCIE.account_id), RefusDeSecond.CREE_PAR_L_AUTRE),
        (replace(PAUL, cree_par=LUCIE.account_id), LUCIE, RefusDeSecond.CREE_PAR_L_AUTRE),
        (LUCIE, replace(PAUL, cree_le=NOW - timedelta(days=14)), RefusDeSecond.TROP_RECENT),
        (replace(PAUL, cree_le=NOW - timedelta(days=14)), LUCIE, RefusDeSecond.TROP_RECENT),
        (LUCIE, replace(PAUL, cree_le=NOW - timedelta(days=16)), None),
        (LUCIE, Origine(uuid4(), None, NOW), None),
        (PAUL, replace(PAUL, account_id=uuid4()), None),
    ],
    ids=["soi", "sa creature", "son createur", "nouveau", "de nouveau", "connu", "ligne", "pairs"],
)
def test_who_is_another_agent(
    premier: Origine, second: Origine, refus: RefusDeSecond | None
) -> None:
    assert refus_entre(premier, second, NOW) is refus


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def seen(account_id: UUID) -> AgentVu:
    found = agent_of(account_id)
    assert found
    return found


def created_by(par: AgentVu, email: str, role: RoleAgent = RoleAgent.NATIONAL) -> AgentVu:
    """An agent that this one creates in the console."""
    caisses = () if role is RoleAgent.NATIONAL else (CAISSE,)
    fait = effectif.creer(par, NouvelAgent("Autre", "Une", email, role, caisses), NOW)
    assert isinstance(fait, Account)
    return seen(fait.id)


def asked(par: AgentVu, dossier: Dossier, now: datetime) -> UUID:
    made = remplacements.demander(
        par, dossier.organisme.id, Successeur(dossier.user.id), motif="Parti", now=now
    )
    assert isinstance(made, UUID)
    return made


def test_one_s_own_second_account_agrees_to_nothing(dossier: Dossier) -> None:
    """The attack: a national agent creates another one for themself, and waits as long as it takes."""
    lucie = seen(an_agent().id)
    double = created_by(lucie, "double@caf.example")
    of, much_later = dossier.organisme.id, NOW + timedelta(days=300)

    for premier, second in ((lucie, double), (double, lucie)):
        demande = asked(premier, dossier, much_later)
        refus = remplacements.accorder(second, of, demande, much_later)
        assert refus is D.CREE_PAR_L_AUTRE
        assert remplacements.annuler(premier, of, demande, much_later)

    db.session.expire_all()
    assert dossier.chef.role is Role.ADMINISTRATEUR


def test_a_chain_of_accounts_is_no_shortcut(dossier: Dossier) -> None:
    """The attack: the second account creates a third one."""
    lucie = seen(an_agent().id)
    third = created_by(created_by(lucie, "b@caf.example"), "c@caf.example")
    of = dossier.organisme.id

    demande = asked(lucie, dossier, NOW)
    assert remplacements.accorder(third, of, demande, NOW) is D.TROP_RECENT
    assert remplacements.refuser(third, of, demande, motif="Non vérifié", now=NOW) is None
    mine = Successeur(dossier.user.id)
    assert remplacements.demander(third, of, mine, motif="Parti", now=NOW) is D.TROP_RECENT

    assert isinstance(asked(third, dossier, LATER), UUID)


def test_every_other_national_agent_is_told_of_a_creation(app: Flask) -> None:
    lucie = seen(an_agent(email="lucie@caf.example").id)
    an_agent(email="paul@caf.example", given_name="Paul")
    an_agent(RoleAgent.SUPERVISEUR, (CAISSE,), email="anne@caf.example")
    gone = an_agent(email="parti@caf.example")
    db.session.get_one(Agent, gone.id).ended_at = NOW

    created_by(lucie, "neuf@caf.example", RoleAgent.SUPERVISEUR)

    told = [one for one in waiting_mails() if "agent de la Caf" in one["subject"]]
    assert [one["to"] for one in told] == ["paul@caf.example"]
    assert "Une Autre (neuf@caf.example)" in told[0]["body"]
    assert "superviseur" in told[0]["body"]
    assert "Caf d’Ille-et-Vilaine" in told[0]["body"]


def test_the_page_says_who_may_agree_instead(client: FlaskClient, dossier: Dossier) -> None:
    lucie = seen(agent_signed_in(client, email="lucie@caf.example").id)
    double = created_by(lucie, "double@caf.example")
    db.session.get_one(Agent, double.account_id).created_at = LONG_AGO
    demande = asked(double, dossier, NOW)
    page = f"/caf/organismes/{dossier.organisme.id}/supervision/remplacements/{demande}"

    answer = client.post(f"{page}/accorder")

    assert "c’est à un troisième agent" in client.get(answer.location).text
    assert db.session.scalars(select(Agent.cree_par).where(Agent.cree_par.is_not(None))).all() == [
        lucie.account_id
    ]
