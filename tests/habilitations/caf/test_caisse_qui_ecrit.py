"""The Caf that writes to an organisme gives it to another one: by an agent of both, with a motive."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
import sqlalchemy as sa
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import a_caisse, agent_signed_in, an_agent, signed_in
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.errors import Conflict, NotHere, Refusal
from idp.habilitations import coordonnees
from idp.habilitations.agents import AgentVu
from idp.habilitations.caisses import caisses
from idp.habilitations.courriers import redaction
from idp.habilitations.models import (
    Courrier,
    EtatCourrier,
    NumeroUtilisateur,
    Organisme,
    RoleAgent,
    TypeCourrier,
)
from idp.habilitations.organismes import caisse_qui_ecrit
from idp.habilitations.organismes.models import Champ, ChangementDOrganisme

NOW = datetime.now(UTC)
G = RoleAgent.GESTIONNAIRE


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    fait = un_dossier()
    a_caisse(AUTRE_CAISSE)
    return fait


def agent(*codes: str) -> AgentVu:
    role = G if codes else RoleAgent.NATIONAL
    return AgentVu(an_agent(role, codes).id, role, codes)


def changer(par: AgentVu, of: UUID, code: str = AUTRE_CAISSE) -> bool:
    return caisse_qui_ecrit.changer(par, of, code, motif="Siège déménagé", now=NOW)


def caisse_of(dossier: Dossier) -> str | None:
    return db.session.scalar(
        select(Organisme.caisse_code).where(Organisme.id == dossier.organisme.id)
    )


def test_letters_that_wait_and_the_address_told_follow(dossier: Dossier) -> None:
    of = dossier.organisme.id
    db.session.execute(
        sa.update(Courrier).values(exported_at=None, etat=EtatCourrier.EN_ATTENTE, lot_id=None)
    )

    def attend(caisse: str) -> int:
        attendent = redaction.en_attente(TypeCourrier.SECRET, caisse)
        return len(db.session.scalars(select(Courrier.id).join(Organisme).where(attendent)).all())

    depart = caisse_qui_ecrit.depart(agent(CAISSE, AUTRE_CAISSE), of)
    assert (depart.caisse, depart.courriers) == (CAISSE, 1)
    assert [une.code for une in depart.possibles] == [AUTRE_CAISSE]
    assert (attend(CAISSE), attend(AUTRE_CAISSE)) == (1, 0)

    assert changer(agent(CAISSE, AUTRE_CAISSE), of)

    assert (attend(CAISSE), attend(AUTRE_CAISSE)) == (0, 1)
    assert caisses()[AUTRE_CAISSE].libelle in str(coordonnees.de_l_organisme(of))


def test_whoever_follows_it_changes_with_it_unless_a_number_remains(dossier: Dossier) -> None:
    of = dossier.organisme.id
    ici, la, les_deux = agent(CAISSE), agent(AUTRE_CAISSE), agent(CAISSE, AUTRE_CAISSE)
    db.session.execute(sa.delete(NumeroUtilisateur).where(NumeroUtilisateur.organisme_id == of))
    assert not caisse_qui_ecrit.depart(ici, of).garde_un_numero

    assert changer(les_deux, of)

    with pytest.raises(NotHere):
        changer(ici, of)
    assert caisse_qui_ecrit.depart(la, of).caisse == AUTRE_CAISSE
    db.session.add(NumeroUtilisateur(valeur="35900007099001", organisme_id=of, caisse_code=CAISSE))
    db.session.flush()
    # A number keeps it in sight; it is not theirs to take back.
    assert caisse_qui_ecrit.depart(ici, of).possibles == ()


def test_an_agent_of_one_of_the_two_is_refused(dossier: Dossier) -> None:
    """The attack: an organisme sent to a caisse that never asked for it, or taken from another one."""
    of = dossier.organisme.id
    db.session.add(
        NumeroUtilisateur(valeur="75100007099001", organisme_id=of, caisse_code=AUTRE_CAISSE)
    )
    db.session.flush()

    for par in (agent(CAISSE), agent(AUTRE_CAISSE)):
        with pytest.raises(Refusal):
            changer(par, of)
    with pytest.raises(NotHere):
        changer(agent("131"), of)
    with pytest.raises(Refusal):
        changer(agent(), of, "000")

    assert caisse_of(dossier) == CAISSE


def test_the_same_caisse_changes_nothing_and_keeps_nothing(dossier: Dossier) -> None:
    assert not changer(agent(), dossier.organisme.id, CAISSE)

    assert db.session.scalars(select(ChangementDOrganisme)).all() == []


def test_an_organisme_put_into_another_keeps_its_caisse(dossier: Dossier) -> None:
    with pytest.raises(Conflict):
        changer(agent(), dossier.fusion.absorbe_id)


def test_the_page_says_what_follows_and_the_partner_reads_why(
    client: FlaskClient, dossier: Dossier
) -> None:
    moi = agent_signed_in(client, G, [CAISSE, AUTRE_CAISSE], given_name="Odile")
    ici = f"/caf/organismes/{dossier.organisme.id}"
    assert f'href="{ici}/caisse"' in client.get(ici).text
    page = client.get(f"{ici}/caisse").text
    assert caisses()[AUTRE_CAISSE].libelle in page

    for faux in ({"motif": " "}, {"caisse": "131"}, {"caisse": ""}):
        typed = {"caisse": AUTRE_CAISSE, "motif": "Siège déménagé", **faux}
        assert client.post(f"{ici}/caisse", data=typed).status_code == 200
    assert caisse_of(dossier) == CAISSE
    fait = client.post(f"{ici}/caisse", data={"caisse": AUTRE_CAISSE, "motif": "Siège déménagé"})

    assert (fait.status_code, fait.location) == (303, ici)
    [row] = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "caisse_qui_ecrit_changee")
    )
    assert (row.actor_id, row.data["avant"], row.data["apres"]) == (moi.id, CAISSE, AUTRE_CAISSE)
    [change] = db.session.scalars(select(ChangementDOrganisme))
    assert (change.champ, change.motif) == (Champ.CAISSE, "Siège déménagé")
    dossier_lu = client.get(ici).text
    assert "Caf qui écrit" in dossier_lu
    assert "Siège déménagé" in dossier_lu
    client.delete_cookie("mcp_session")
    signed_in(client, db.session.get_one(Account, dossier.chef.account_id), dossier.chef)
    journal = client.get("/habilitations/journal").text
    assert f"a confié à la {caisses()[AUTRE_CAISSE].libelle} d’écrire à votre organisme" in journal
    assert "Siège déménagé" in journal


def test_an_agent_of_one_caisse_is_not_offered_it_and_is_told(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.SUPERVISEUR, [CAISSE])
    ici = f"/caf/organismes/{dossier.organisme.id}"

    assert f'href="{ici}/caisse"' not in client.get(ici).text
    forged = client.post(f"{ici}/caisse", data={"caisse": AUTRE_CAISSE, "motif": "x"})

    assert forged.location == ici
    assert "ou un agent national" in client.get(ici).text
    assert caisse_of(dossier) == CAISSE
