"""The pages of an organisme for its Caf: what they show, what they never show, and that looking is journalled."""

import pytest
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import (
    PASSWORD,
    a_caisse,
    a_groupe,
    a_mandat,
    a_new_account,
    a_rattachement,
    agent_signed_in,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted
from sqlalchemy import select

from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.db import db
from idp.habilitations.models import Role, RoleAgent


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier()


def page_of(dossier: Dossier, suite: str = "") -> str:
    return f"/caf/organismes/{dossier.organisme.id}{suite}"


def file_of(dossier: Dossier) -> str:
    return page_of(dossier, f"/utilisateurs/{dossier.user.id}")


def looks() -> list[JournalEntry]:
    return list(
        db.session.scalars(select(JournalEntry).where(JournalEntry.event == "dossier_consulte"))
    )


def test_the_file_of_an_organisme_tells_what_it_may_reach(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    page = client.get(page_of(dossier)).text

    for said in ("LES OLIVIERS", "2 RUE GINA PANE", "validée", "Logements privés – Caf 359"):
        assert said in page
    assert "1 administrateur, 1 utilisateur" in page


def test_every_reading_of_a_person_is_in_the_journal(client: FlaskClient, dossier: Dossier) -> None:
    agent = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    page = client.get(file_of(dossier)).text
    client.get(file_of(dossier))

    assert "Nadia Martin" in page
    assert [(row.actor_id, row.account_id, row.organisme_id) for row in looks()] == [
        (agent.id, dossier.user.account_id, dossier.organisme.id)
    ] * 2


def test_a_person_of_another_organisme_has_no_file_here(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client)
    ailleurs = a_rattachement(an_account(), an_organisme())

    answer = client.get(page_of(dossier, f"/utilisateurs/{ailleurs.id}"))

    assert answer.status_code == 404
    assert looks() == []


def test_nothing_that_opens_an_account_is_shown(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client)
    account, secret = a_new_account()
    nouveau = a_rattachement(account, dossier.organisme)
    known = db.session.get_one(Account, dossier.user.account_id)

    pages = client.get(page_of(dossier, f"/utilisateurs/{nouveau.id}")).text
    pages += client.get(file_of(dossier)).text

    for hidden in (secret, PASSWORD, known.password_hash, str(known.sub)):
        assert hidden is not None
        assert hidden not in pages


def test_other_organismes_are_told_within_the_caisses_of_the_agent(
    client: FlaskClient, dossier: Dossier
) -> None:
    account = db.session.get_one(Account, dossier.user.account_id)
    a_rattachement(account, an_organisme(raison_sociale="SCI D’ICI"))
    from_elsewhere = an_organisme(raison_sociale="SCI D’AILLEURS", caisse_code=_caisse())
    a_rattachement(account, from_elsewhere)
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    page = client.get(file_of(dossier)).text

    assert "SCI D’ICI" in page
    assert "SCI D’AILLEURS" not in page


def _caisse() -> str:
    return a_caisse(AUTRE_CAISSE, ("75",)).code


def test_the_file_of_a_person_costs_the_same_whatever_they_hold(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client)

    def cost() -> int:
        with counted() as statements:
            assert client.get(file_of(dossier)).status_code == 200
        return len(statements)

    cost()
    before = cost()
    chef = db.session.get_one(Account, dossier.chef.account_id)
    groupes = [a_groupe(dossier.contrat, code=f"g{rang}", libelle=f"G{rang}") for rang in range(20)]
    for groupe in groupes:
        an_habilitation(dossier.user, groupe)
    a_mandat(dossier.user, groupes, chef)
    user = db.session.get_one(Account, dossier.user.account_id)
    for _rang in range(10):
        a_rattachement(user, an_organisme())

    assert cost() <= before
    assert before <= 22


def test_users_are_listed_in_pages_for_the_same_price(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client)

    def cost() -> int:
        with counted() as statements:
            assert client.get(page_of(dossier, "/utilisateurs")).status_code == 200
        return len(statements)

    cost()
    before = cost()
    for rang in range(30):
        a_rattachement(an_account(family_name=f"Zola{rang:02}"), dossier.organisme)

    assert cost() <= before
    page = client.get(page_of(dossier, "/utilisateurs")).text
    assert "32 utilisateurs" in page
    assert "Page suivante" in page
    assert "Zola07" in client.get(page_of(dossier, "/utilisateurs?q=zola07")).text


def test_the_caf_reads_which_agent_acted_and_the_organisme_reads_the_caf(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, given_name="Lucie", family_name="Morel")
    client.get(file_of(dossier))
    agent_signed_in(client, given_name="Paul", family_name="Autre")

    assert (
        "La Caf (Lucie Morel) a consulté le dossier de"
        in client.get(page_of(dossier, "/journal")).text
    )
    chef = db.session.get_one(Account, dossier.chef.account_id)
    signed_in(client, chef, dossier.chef)
    journal = client.get("/habilitations/journal").text
    assert "La Caf a consulté le dossier de" in journal
    assert "Lucie" not in journal


def test_the_file_says_that_an_access_is_suspended_by_the_caf(
    client: FlaskClient, dossier: Dossier
) -> None:
    dossier.user.suspendu_at = dossier.organisme.created_at
    dossier.user.role = Role.UTILISATEUR
    db.session.flush()
    agent_signed_in(client)

    assert "suspendu par la Caf" in client.get(file_of(dossier)).text
