"""« Mes organismes et groupes »: what one has, since when, and by whom; nothing of others."""

from datetime import UTC, date, datetime, timedelta

from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_agent,
    an_habilitation,
    an_organisme,
    signed_in,
)
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted

from idp import clock
from idp.db import db
from idp.habilitations.models import Role
from idp.habilitations.personnes import mes_habilitations

NOW = datetime.now(UTC)
PAGE = "/profil/habilitations"


def test_a_group_is_told_with_who_granted_it(client: FlaskClient) -> None:
    organisme, account = an_organisme(), an_account()
    nadia = an_account(given_name="Nadia", family_name="Petit")
    place = a_rattachement(account, organisme, role=Role.UTILISATEUR, created_by=nadia.id)
    an_habilitation(
        place, a_groupe(a_contrat(organisme)), granted_by=nadia.id, fin=date(2099, 1, 2)
    )
    signed_in(client, account, place)

    page = " ".join(client.get(PAGE).text.split())

    for words in (
        "LES OLIVIERS",
        "Utilisateur",
        "Ouvert, depuis le",
        "par Nadia Petit",
        "Offre Bailleurs",
        "Logements privés – Caf 359",
        "jusqu’au 02/01/2099 inclus",
    ):
        assert words in page


def test_what_the_caf_grants_is_said_to_be_of_the_caf(app: Flask) -> None:
    """Files of the caisse have no author; agents are not named to partners."""
    organisme, account = an_organisme(), an_account()
    place = a_rattachement(account, organisme)
    agent = an_agent(given_name="Jeanne", family_name="Agent")
    an_habilitation(place, a_groupe(a_contrat(organisme)), granted_by=agent.id)

    (mien,) = mes_habilitations.de(account.id, NOW)

    assert mien.rattache_par == mien.groupes[0].accorde_par == "votre Caf"


def test_what_is_suspended_over_or_to_come_is_said(app: Flask) -> None:
    account, jour = an_account(), clock.today(NOW)
    a_rattachement(account, an_organisme(), suspendu_at=NOW)
    a_rattachement(
        account,
        an_organisme(),
        cloture=jour - timedelta(days=1),
        ouverture=jour - timedelta(days=9),
    )
    a_rattachement(account, an_organisme(), ouverture=jour + timedelta(days=9))
    a_rattachement(account, an_organisme())

    etats = [mien.etat for mien in mes_habilitations.de(account.id, NOW)]

    assert sorted(etats) == ["Ouvert", "Suspendu", "Terminé", "À venir"]


def test_nothing_of_a_colleague_is_told(client: FlaskClient) -> None:
    organisme, account = an_organisme(), an_account()
    place = a_rattachement(account, organisme)
    an_habilitation(a_rattachement(an_account(), organisme), a_groupe(a_contrat(organisme)))
    signed_in(client, account, place)

    assert "Logements privés" not in client.get(PAGE).text


def test_it_costs_one_statement_whatever_is_held(client: FlaskClient) -> None:
    account = an_account()
    signed_in(client, account, a_rattachement(account, an_organisme()))
    with counted() as few:
        client.get(PAGE)
    for _ in range(4):
        organisme = an_organisme()
        place, contrat = a_rattachement(account, organisme), a_contrat(organisme)
        for rank in range(3):
            an_habilitation(place, a_groupe(contrat, code=f"g{rank}"))
    db.session.commit()

    with counted() as many:
        client.get(PAGE)

    assert len(many) == len(few)
    account_id = account.id
    with counted() as sent:
        mes_habilitations.de(account_id, NOW)
    assert len(sent) == 1


def test_who_has_no_organisme_is_told_so(client: FlaskClient) -> None:
    signed_in(client, an_account())

    assert "aucun organisme" in client.get(PAGE).text
