"""What the Caf knows of an organisme changes with a motif, is kept, and two agents do not undo each other."""

from typing import Any

import pytest
from dossiers import CAISSE, Dossier, un_dossier
from factories import agent_signed_in, signed_in
from filled_forms import fields
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from idp.accounts.models import Account
from idp.db import db
from idp.habilitations.agents import AgentVu
from idp.habilitations.models import Organisme, RoleAgent
from idp.habilitations.organismes import recherche, saisie
from idp.habilitations.organismes.models import Champ, ChangementDOrganisme

AVANT, APRES = "73282932000074", "73282932000082"


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    return un_dossier(siret=AVANT)


def page(dossier: Dossier) -> str:
    return f"/caf/organismes/{dossier.organisme.id}/modifier"


def send(client: FlaskClient, dossier: Dossier, **typed: str) -> Any:
    shown = fields(client.get(page(dossier)).text)
    return client.post(page(dossier), data={**shown, "motif": "Déménagement", **typed})


def kept() -> list[tuple[Champ, str | None, str | None, str]]:
    rows = db.session.scalars(select(ChangementDOrganisme))
    return [(row.champ, row.avant, row.apres, row.motif) for row in rows]


def test_a_siret_of_before_still_finds_the_organisme(client: FlaskClient, dossier: Dossier) -> None:
    agent = agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])

    assert send(client, dossier, siret="732 829 320 00082").status_code == 303

    assert dossier.organisme.siret == APRES
    assert kept() == [(Champ.SIRET, AVANT, APRES, "Déménagement")]
    vu = AgentVu(agent.id, RoleAgent.GESTIONNAIRE, (CAISSE,))
    for siret in (AVANT, APRES):
        found = recherche.chercher(vu, saisie.lire(siret)).organismes.lignes
        assert [ligne.id for ligne in found] == [dossier.organisme.id]
    shown = client.get(f"/caf/organismes/{dossier.organisme.id}").text
    assert "Déménagement" in shown
    assert agent.display_name in shown


def test_name_and_address_change_and_the_organisme_reads_why(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, [CAISSE])
    adresse = "Les Oliviers\r\n\r\n 3  rue Neuve\r\n35000 Rennes"

    send(client, dossier, raison_sociale="SCI  Les Oliviers", adresse=adresse, email="a@b.fr")

    organisme = db.session.get_one(Organisme, dossier.organisme.id)
    assert organisme.raison_sociale == "SCI Les Oliviers"
    assert organisme.adresse == ["Les Oliviers", "3 rue Neuve", "35000 Rennes"]
    assert organisme.email == "a@b.fr"
    signed_in(client, db.session.get_one(Account, dossier.chef.account_id), dossier.chef)
    journal = client.get("/habilitations/journal").text
    assert "La Caf a modifié la raison sociale, l’adresse et l’adresse mail" in journal
    assert "Motif : Déménagement" in journal


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"siret": "73282932000075"}, "vérifiez chaque chiffre"),
        ({"raison_sociale": " "}, "Saisissez la raison sociale"),
        ({"adresse": "2 RUE GINA PANE"}, "code postal"),
        ({"adresse": "x" * 39 + "\n35000 RENNES"}, "38 caractères"),
        ({"adresse": "a\n" * 6 + "35000 RENNES"}, "six lignes|6 lignes"),
        ({"email": "personne"}, "adresse mail n’est pas valable"),
        ({"motif": ""}, "Dites pourquoi"),
    ],
)
def test_what_is_not_right_is_told_and_changes_nothing(
    client: FlaskClient, dossier: Dossier, typed: dict[str, str], said: str
) -> None:
    agent_signed_in(client)

    answer = send(client, dossier, **typed)

    assert answer.status_code == 200
    assert any(words in answer.text for words in said.split("|"))
    assert kept() == []


def test_nothing_changed_is_said(client: FlaskClient, dossier: Dossier) -> None:
    agent_signed_in(client)

    answer = send(client, dossier)

    assert answer.status_code == 303
    assert kept() == []
    assert "Vous n’avez rien changé" in client.get(answer.location).text


def test_the_second_of_two_agents_is_told_what_it_is_now(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client)
    shown = fields(client.get(page(dossier)).text)
    send(client, dossier, raison_sociale="SCI DES OLIVIERS")

    late = client.post(page(dossier), data={**shown, "siret": APRES, "motif": "Erreur"})

    assert "a changé entre-temps" in late.text
    assert "SCI DES OLIVIERS" in late.text
    assert dossier.organisme.siret == AVANT
    again = client.post(page(dossier), data={**fields(late.text), "motif": "Erreur"})
    assert again.status_code == 303
    assert dossier.organisme.siret == APRES
