"""Who lost their second factor is helped from the console: an agent asks, another one agrees."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import a_caisse, agent_signed_in, an_agent, an_application
from flask import Flask
from flask.testing import FlaskClient
from sent_mails import mails_to, waiting_mails
from sql_budget import counted
from sqlalchemy import select

from idp import clock
from idp.accounts.factors import management
from idp.accounts.factors.models import FactorRemoval
from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.errors import NotHere, Refusal
from idp.habilitations.agents import AgentVu, agent_of
from idp.habilitations.assistance import moyen_perdu
from idp.habilitations.assistance.moyen_perdu import RefusDeRetrait
from idp.habilitations.models import Agent, RoleAgent

NOW = datetime.now(UTC)
MOTIF = "Téléphone volé, rappelée au numéro connu"


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    """Its user has a second factor."""
    fait = un_dossier()
    an_application(db.session.get_one(Account, fait.user.account_id))
    return fait


def an(role: RoleAgent = RoleAgent.GESTIONNAIRE, caisse: str = CAISSE) -> AgentVu:
    vu = agent_of(an_agent(role, () if role is RoleAgent.NATIONAL else (caisse,)).id)
    assert vu
    return vu


def asked(par: AgentVu, dossier: Dossier, now: datetime = NOW) -> UUID:
    cible = moyen_perdu.de_la_personne(par, dossier.user.id, now)
    fait = moyen_perdu.demander(par, cible, motif=MOTIF, now=now)
    assert isinstance(fait, UUID)
    return fait


def agreed(par: AgentVu, dossier: Dossier, retrait: UUID, now: datetime = NOW) -> object:
    cible = moyen_perdu.de_la_personne(par, dossier.user.id, now)
    return moyen_perdu.accorder(par, cible, retrait, now)


def told(event: str) -> list[tuple[UUID | None, UUID | None, object]]:
    rows = db.session.scalars(select(JournalEntry).where(JournalEntry.event == event))
    return [(row.actor_id, row.organisme_id, row.data.get("motif")) for row in rows]


def adresse(dossier: Dossier) -> str:
    return f"/caf/assistance/{dossier.user.id}"


def done(client: FlaskClient, path: str, **data: str) -> str:
    answer = client.post(path, data=data)
    assert answer.status_code == 303
    return client.get(answer.location).text


def test_two_agents_remove_it_and_everybody_is_told(client: FlaskClient, dossier: Dossier) -> None:
    premier = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE], given_name="Lise")
    page = client.get(adresse(dossier)).text
    assert f"{adresse(dossier)}/moyen-perdu" in page

    said = done(client, f"{adresse(dossier)}/moyen-perdu", motif=MOTIF)
    assert "un autre agent" in said
    retrait = db.session.scalars(select(FactorRemoval).where(FactorRemoval.motif == MOTIF)).one()
    ici = f"{adresse(dossier)}/moyen-perdu/{retrait.id}"
    assert "c’est à un autre agent" in done(client, f"{ici}/accorder")
    assert management.enrolled(dossier.user.account_id)

    second = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    attend = client.get("/caf/assistance").text
    assert "Nadia" in attend
    assert f"{adresse(dossier)}/moyen-perdu" in attend
    assert MOTIF in client.get(f"{adresse(dossier)}/moyen-perdu").text
    assert "est retiré" in done(client, f"{ici}/accorder")

    assert not management.enrolled(dossier.user.account_id)
    of = dossier.organisme.id
    assert told("moyen_perdu_demande") == [(premier.id, of, MOTIF)]
    assert told("moyen_perdu_retire") == [(second.id, of, None)]
    sujets = [un["subject"] for un in mails_to("nadia@exemple.fr")]
    assert len(sujets) == 2
    assert "Nadia" not in client.get("/caf/assistance").text


def test_the_person_is_told_as_soon_as_it_is_asked(dossier: Dossier) -> None:
    asked(an(), dossier)

    (courriel,) = waiting_mails()
    assert courriel["to"] == "nadia@exemple.fr"
    assert "Vous n’avez rien demandé" in str(courriel)


def test_a_pair_that_is_one_person_agrees_to_nothing(dossier: Dossier) -> None:
    """The attack: an agent creates the other, however long ago, or has just been created."""
    premier, second = an(), an()
    row = db.session.get_one(Agent, second.account_id)
    row.cree_par, row.created_at = premier.account_id, NOW - timedelta(days=300)
    db.session.flush()
    assert agreed(second, dossier, asked(premier, dossier)) is RefusDeRetrait.CREE_PAR_L_AUTRE

    row.cree_par, row.created_at = an().account_id, NOW
    db.session.flush()
    retrait = db.session.scalars(select(FactorRemoval.id).where(FactorRemoval.motif == MOTIF)).one()
    assert agreed(second, dossier, retrait) is RefusDeRetrait.TROP_RECENT
    cible = moyen_perdu.de_la_personne(second, dossier.user.id, NOW)
    assert moyen_perdu.demander(second, cible, motif="x", now=NOW) is RefusDeRetrait.TROP_RECENT
    assert management.enrolled(dossier.user.account_id)


def test_asked_once_and_agreed_to_once(dossier: Dossier) -> None:
    premier, second = an(), an()
    retrait = asked(premier, dossier)
    cible = moyen_perdu.de_la_personne(second, dossier.user.id, NOW)
    again = moyen_perdu.demander(second, cible, motif="x", now=NOW)

    assert again is RefusDeRetrait.DEJA_DEMANDE
    assert agreed(second, dossier, retrait) is None
    assert agreed(second, dossier, retrait) is RefusDeRetrait.PERIMEE
    assert moyen_perdu.demander(premier, cible, motif="x", now=NOW) is RefusDeRetrait.RIEN_A_RETIRER


def test_too_late_or_dropped_it_is_agreed_to_no_more(dossier: Dossier) -> None:
    premier, second = an(), an()
    retrait = asked(premier, dossier)
    assert agreed(second, dossier, retrait, NOW + timedelta(days=8)) is RefusDeRetrait.PERIMEE

    cible = moyen_perdu.de_la_personne(second, dossier.user.id, NOW)
    assert moyen_perdu.abandonner(second, cible, retrait, NOW)
    assert not moyen_perdu.abandonner(second, cible, retrait, NOW)
    assert agreed(second, dossier, retrait) is RefusDeRetrait.PERIMEE
    assert told("moyen_perdu_abandonne") == [(second.account_id, dossier.organisme.id, None)]
    assert moyen_perdu.en_attente(second, NOW) == []


def test_what_is_asked_for_somebody_else_does_not_exist_here(dossier: Dossier) -> None:
    """The attack: the address of one person, the request of another."""
    premier, second = an(), an()
    retrait = asked(premier, dossier)
    voisin = moyen_perdu.de_la_personne(second, dossier.chef.id, NOW)

    for attempt in (moyen_perdu.accorder, moyen_perdu.abandonner):
        with pytest.raises(NotHere):
            attempt(second, voisin, retrait, NOW)
    with pytest.raises(NotHere):
        moyen_perdu.accorder(second, voisin, uuid4(), NOW)
    a_caisse(AUTRE_CAISSE)
    with pytest.raises(NotHere):
        moyen_perdu.de_la_personne(an(caisse=AUTRE_CAISSE), dossier.user.id, NOW)


def test_an_agent_is_helped_by_two_national_agents_alone(
    client: FlaskClient, dossier: Dossier
) -> None:
    perdu = an_agent(RoleAgent.GESTIONNAIRE, [CAISSE], email="lise@caf.example", given_name="Lise")
    an_application(perdu)
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    ici = f"/caf/agents/{perdu.id}/moyen-perdu"
    assert client.get(ici).status_code == 403

    agent_signed_in(client)
    assert ici in client.get(f"/caf/agents/{perdu.id}").text
    client.post(ici, data={"motif": MOTIF})
    retrait = db.session.scalars(
        select(FactorRemoval.id).where(FactorRemoval.account_id == perdu.id)
    ).one()
    agent_signed_in(client)
    assert "Lise" in client.get("/caf/agents").text.split("attend")[1]
    client.post(f"{ici}/{retrait}/accorder")

    assert not management.enrolled(perdu.id)
    assert len(mails_to("lise@caf.example")) == 2
    assert [un[1:] for un in told("moyen_perdu_demande")] == [(None, MOTIF)]


def test_nobody_helps_themself_nor_an_agent_as_if_they_were_a_partner(dossier: Dossier) -> None:
    national = an(RoleAgent.NATIONAL)
    an_application(db.session.get_one(Account, national.account_id))
    soi = moyen_perdu.de_l_agent(national, national.account_id)
    assert moyen_perdu.demander(national, soi, motif="x", now=NOW) is RefusDeRetrait.SOI_MEME

    db.session.add(
        Agent(
            account_id=dossier.user.account_id,
            role=RoleAgent.NATIONAL,
            caisses=[],
            created_at=NOW,
        )
    )
    db.session.flush()
    with pytest.raises(Refusal):
        moyen_perdu.de_la_personne(an(), dossier.user.id, NOW)
    with pytest.raises(Refusal):
        moyen_perdu.de_l_agent(an(RoleAgent.SUPERVISEUR), national.account_id)


def test_who_left_is_helped_by_the_agents_of_where_they_are(dossier: Dossier) -> None:
    """The attack: two agents of a caisse that somebody left take away what protects them elsewhere."""
    premier, second = an(), an()
    retrait = asked(premier, dossier)
    dossier.user.cloture = clock.today(NOW) - timedelta(days=2)
    dossier.user.ouverture = clock.today(NOW) - timedelta(days=9)
    db.session.flush()

    with pytest.raises(Refusal):
        agreed(second, dossier, retrait)
    with pytest.raises(Refusal):
        asked(premier, dossier)
    assert moyen_perdu.en_attente(second, NOW) == []
    assert management.enrolled(dossier.user.account_id)


def test_what_waits_costs_one_statement(dossier: Dossier) -> None:
    asked(an(), dossier)
    ailleurs = an(caisse=AUTRE_CAISSE)
    gestionnaire = an()
    with counted() as statements:
        vues = moyen_perdu.en_attente(gestionnaire, NOW)

    assert [une.nom for une in vues] == ["Nadia Martin"]
    assert len(statements) == 1
    assert moyen_perdu.en_attente(ailleurs, NOW) == []
