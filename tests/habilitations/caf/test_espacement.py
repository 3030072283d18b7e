"""The two halves are not posted together: secrets leave a day after the identifiants of the same people."""

import csv
import io
from datetime import timedelta

import pytest
from factories import agent_signed_in
from flask import Flask
from flask.testing import FlaskClient
from lots import NOW, a_letter, came_back, letters, prepared, sent, somebody_waits, taken, the_agent

from idp import clock
from idp.db import db
from idp.errors import Conflict
from idp.habilitations.agents import AgentVu
from idp.habilitations.courriers import espacement, etats, index, reemission
from idp.habilitations.courriers.models import EtatDeLot, LotDeCourriers
from idp.habilitations.models import EtatCourrier, RoleAgent, TypeCourrier

IDENTIFIANT, SECRET = TypeCourrier.IDENTIFIANT, TypeCourrier.SECRET
DAY = timedelta(days=1)


def printed(agent: AgentVu, lot: LotDeCourriers) -> None:
    taken(agent, lot)
    etats.marquer(agent, lot.id, EtatDeLot.IMPRIME, NOW)


def test_secrets_are_not_sent_before_the_identifiants_nor_within_a_day_of_them(app: Flask) -> None:
    """Both could be printed and noted sent in the same minute."""
    somebody_waits()
    agent = the_agent()
    made = prepared(agent)
    printed(agent, made[SECRET])

    with pytest.raises(Conflict, match="pas encore partis"):
        etats.marquer(agent, made[SECRET].id, EtatDeLot.ENVOYE, NOW + 30 * DAY)
    sent(agent, made[IDENTIFIANT], NOW)
    with pytest.raises(Conflict, match="ne se postent pas avant le"):
        etats.marquer(agent, made[SECRET].id, EtatDeLot.ENVOYE, NOW + DAY - timedelta(seconds=1))
    assert {one.etat for one in letters(SECRET)} == {EtatCourrier.IMPRIME}
    etats.marquer(agent, made[SECRET].id, EtatDeLot.ENVOYE, NOW + DAY)

    assert {one.etat for one in letters(SECRET)} == {EtatCourrier.ENVOYE}


def test_identifiants_never_wait(app: Flask) -> None:
    somebody_waits()
    agent = the_agent()
    made = prepared(agent)

    sent(agent, made[IDENTIFIANT], NOW)

    assert made[IDENTIFIANT].etat is EtatDeLot.ENVOYE


def test_a_secret_issued_again_does_not_wait_for_identifiants_that_left_long_ago(
    app: Flask,
) -> None:
    somebody_waits()
    agent = the_agent()
    made = prepared(agent)
    sent(agent, made[IDENTIFIANT], NOW - 9 * DAY)
    sent(agent, made[SECRET], NOW - 8 * DAY)
    came_back(agent, letters(SECRET)[0])
    reemission.reemettre(agent, letters(SECRET)[0].id, "Revenu NPAI", NOW)

    again = prepared(agent)[SECRET]

    sent(agent, again, NOW)
    assert again.etat is EtatDeLot.ENVOYE


def test_both_issued_again_are_spaced_again(app: Flask) -> None:
    somebody_waits()
    agent = the_agent()
    made = prepared(agent)
    sent(agent, made[IDENTIFIANT], NOW - 9 * DAY)
    sent(agent, made[SECRET], NOW - 8 * DAY)
    for kind in (SECRET, IDENTIFIANT):
        came_back(agent, letters(kind)[0])
        reemission.reemettre(agent, letters(kind)[0].id, "Revenu NPAI", NOW)
    again = prepared(agent)
    printed(agent, again[SECRET])

    with pytest.raises(Conflict):
        etats.marquer(agent, again[SECRET].id, EtatDeLot.ENVOYE, NOW)
    sent(agent, again[IDENTIFIANT], NOW)
    with pytest.raises(Conflict):
        etats.marquer(agent, again[SECRET].id, EtatDeLot.ENVOYE, NOW)


def test_identifiants_asked_for_since_hold_nothing_back(app: Flask) -> None:
    """They have a secret of their own: else « Identifiant perdu » would hold a printed batch."""
    account, agent = somebody_waits(), the_agent()
    made = prepared(agent)
    sent(agent, made[IDENTIFIANT], NOW - 2 * DAY)
    a_letter(account, IDENTIFIANT, NOW + DAY)

    sent(agent, made[SECRET], NOW + DAY)

    assert made[SECRET].etat is EtatDeLot.ENVOYE


def _told(lot: LotDeCourriers) -> list[dict[str, str]]:
    text = b"".join(index.fichier(lot.id)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_the_index_of_the_secrets_says_not_before_when(app: Flask) -> None:
    somebody_waits()
    agent = the_agent()
    made = prepared(agent)

    (before,) = _told(made[SECRET])
    sent(agent, made[IDENTIFIANT], NOW)
    (after,) = _told(made[SECRET])
    (identifiant,) = _told(made[IDENTIFIANT])

    assert before[index.PAS_AVANT] == "le lendemain des identifiants"
    assert after[index.PAS_AVANT] == f"{clock.today(NOW + DAY):%d/%m/%Y}"
    assert index.PAS_AVANT not in identifiant


def test_the_page_of_the_secrets_says_not_before_when_and_offers_nothing(
    app: Flask, client: FlaskClient
) -> None:
    somebody_waits()
    agent = the_agent()
    made = prepared(agent)
    printed(agent, made[SECRET])
    db.session.commit()
    agent_signed_in(client, RoleAgent.SUPERVISEUR, ["359"])
    page = f"/caf/courriers/lots/{made[SECRET].id}"

    before = client.get(page).text
    sent(agent, made[IDENTIFIANT], NOW)
    db.session.commit()
    meanwhile = client.get(page).text
    made[IDENTIFIANT].envoye_at = NOW - 2 * DAY
    db.session.commit()
    after = client.get(page).text

    assert "1 identifiant des mêmes personnes n’est pas encore noté envoyé" in before
    assert "À poster pas avant le" in meanwhile
    assert "Noter « envoyé »" not in before + meanwhile
    assert "Noter « envoyé »" in after
    assert "pas avant" not in after
    assert espacement.depart(made[SECRET]).permis(NOW)
