"""The accueil: the organisme, its convention, and what this person may open."""

import pytest
from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask.testing import FlaskClient
from sql_budget import counted

from idp.habilitations.explications import explication, revient_a_l_administrateur
from idp.habilitations.models import Role
from idp.habilitations.policy import Refus


def test_the_tile_of_an_open_service_leads_to_it(client: FlaskClient) -> None:
    account, organisme = an_account(), an_organisme()
    rattachement = a_rattachement(account, organisme)
    an_habilitation(rattachement, a_groupe(a_contrat(organisme)))
    signed_in(client, account, rattachement)

    page = " ".join(client.get("/accueil").text.split())

    assert 'href="http://localhost:8001' in page
    assert "Convention sélectionnée : <strong>LES OLIVIERS</strong> (état : Validée)" in page
    assert "Mes utilisateurs" not in page


def test_a_service_without_habilitation_is_shown_closed_with_the_reason(
    client: FlaskClient,
) -> None:
    account, organisme = an_account(), an_organisme()
    rattachement = a_rattachement(account, organisme)
    a_groupe(a_contrat(organisme))
    signed_in(client, account, rattachement)

    page = client.get("/accueil").text

    assert 'href="http://localhost:8001' not in page
    assert explication(Refus.SANS_GROUPE, "Offre Bailleurs") in page


def test_an_administrateur_sees_the_menu_of_habilitations(client: FlaskClient) -> None:
    account, organisme = an_account(), an_organisme()
    signed_in(client, account, a_rattachement(account, organisme, role=Role.ADMINISTRATEUR))

    page = client.get("/accueil").text

    assert "Gestion des habilitations" in page
    assert "Mes utilisateurs" in page


def test_a_person_without_organisme_is_told_so(client: FlaskClient) -> None:
    signed_in(client, an_account())

    assert "rattaché à aucun organisme" in client.get("/accueil").text


def test_the_accueil_costs_four_statements(client: FlaskClient) -> None:
    account, organisme = an_account(), an_organisme()
    rattachement = a_rattachement(account, organisme)
    for rank in range(20):
        an_habilitation(rattachement, a_groupe(a_contrat(organisme, f"service-{rank}")))
    signed_in(client, account, rattachement)

    with counted() as statements:
        client.get("/accueil")

    assert len(statements) == 4


@pytest.mark.parametrize("refus", list(Refus))
def test_every_refusal_has_its_sentence_and_someone_who_can_help(refus: Refus) -> None:
    assert explication(refus, "Cdap").endswith(".")
    assert revient_a_l_administrateur(refus) in (True, False)
