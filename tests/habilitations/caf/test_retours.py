"""Letters that came back: those that something is to be done of, issued again or put away."""

from datetime import timedelta

import pytest
from factories import agent_signed_in
from flask import Flask
from flask.testing import FlaskClient
from lots import (
    NOW,
    a_letter,
    came_back,
    letters,
    prepared,
    somebody_waits,
    taken,
    text_of,
    the_agent,
)
from sql_budget import counted
from sqlalchemy import select

from idp import clock
from idp.accounts.models import AccountState
from idp.audit import JournalEntry
from idp.db import db
from idp.errors import Conflict
from idp.habilitations.courriers import etats, reemission, retours
from idp.habilitations.courriers.etats import Retour
from idp.habilitations.models import EtatCourrier, RoleAgent, TypeCourrier

IDENTIFIANT, SECRET = TypeCourrier.IDENTIFIANT, TypeCourrier.SECRET
RAPPEL, REMPLACEMENT = TypeCourrier.RAPPEL, TypeCourrier.REMPLACEMENT
RETOURS = "/caf/courriers/retours"


def test_a_secret_that_came_back_is_read_before_sixty_reminders(app: Flask) -> None:
    """It keeps somebody out, and was pushed off the list by what nobody could act on."""
    agent, account = the_agent(), somebody_waits()
    (secret,) = letters(SECRET)
    came_back(agent, secret, NOW - timedelta(days=2))
    for rank in range(60):
        came_back(agent, a_letter(account, RAPPEL), NOW - timedelta(minutes=rank))

    page = retours.a_traiter(agent)

    assert page.lettres[0].id == secret.id
    assert len(page.lettres) == retours.PAR_PAGE
    suite = retours.a_traiter(agent, page.suivante)
    assert len(suite.lettres) == 61 - retours.PAR_PAGE
    assert suite.suivante is None
    assert len({one.id for one in (*page.lettres, *suite.lettres)}) == 61
    assert [one.returned_at for one in suite.lettres] == sorted(
        one.returned_at for one in suite.lettres if one.returned_at
    )


def test_identifiers_of_who_has_signed_in_since_are_no_longer_to_act_on(app: Flask) -> None:
    agent, account = the_agent(), somebody_waits()
    for kind in (IDENTIFIANT, SECRET):
        came_back(agent, letters(kind)[0])
    reminder = a_letter(account, RAPPEL)
    came_back(agent, reminder)
    account.state, account.password_hash = AccountState.ACTIF, "x"
    db.session.flush()

    assert [one.id for one in retours.a_traiter(agent).lettres] == [reminder.id]


@pytest.mark.parametrize("kind", [RAPPEL, REMPLACEMENT])
def test_a_reminder_or_a_notice_that_came_back_is_issued_again(
    app: Flask, kind: TypeCourrier
) -> None:
    agent, account = the_agent(), somebody_waits()
    account.state, account.password_hash = AccountState.ACTIF, "x"
    came_back(agent, a_letter(account, kind))

    reemission.reemettre(agent, letters(kind)[0].id, "Adresse corrigée", NOW)

    assert [one.etat for one in letters(kind)] == [EtatCourrier.REMPLACE, EtatCourrier.EN_ATTENTE]
    assert retours.a_traiter(agent).lettres == ()


def test_a_notice_issued_again_keeps_the_day_of_what_it_tells(app: Flask) -> None:
    agent, account = the_agent(), somebody_waits()
    replaced = NOW - timedelta(days=20)
    came_back(agent, a_letter(account, REMPLACEMENT, replaced))
    for _twice in range(2):
        last = letters(REMPLACEMENT)[-1]
        last.etat = EtatCourrier.RETOURNE
        reemission.reemettre(agent, last.id, "Adresse corrigée", NOW)

    lot = prepared(agent)[REMPLACEMENT]

    assert f"remplacé le {clock.today(replaced):%d/%m/%Y}" in text_of(taken(agent, lot))


def test_a_reminder_that_did_not_come_back_is_not_sent_twice(app: Flask) -> None:
    agent, account = the_agent(), somebody_waits()
    a_letter(account, RAPPEL).etat = EtatCourrier.ENVOYE

    with pytest.raises(Conflict):
        reemission.reemettre(agent, letters(RAPPEL)[0].id, "Encore", NOW)


def test_letters_put_away_are_no_longer_to_act_on_and_the_journal_says_why(app: Flask) -> None:
    agent, elsewhere = the_agent(), the_agent(caisses=("561",))
    account = somebody_waits()
    reminders = [a_letter(account, RAPPEL) for _two in range(2)]
    for one in reminders:
        came_back(agent, one)
    ids = [one.id for one in reminders]

    assert retours.classer(elsewhere, ids, "Pas à moi", NOW) == 0
    assert retours.classer(agent, ids, "Organisme dissous", NOW) == 2
    assert retours.classer(agent, ids, "Organisme dissous", NOW) == 0

    assert retours.a_traiter(agent).lettres == ()
    assert {one.etat for one in letters(RAPPEL)} == {EtatCourrier.CLASSE}
    again = etats.retourner(agent, [reminders[0].reference], NOW)
    assert [one.retour for one in again] == [Retour.DEJA]
    told = db.session.scalars(
        select(JournalEntry).where(JournalEntry.event == "courrier_classe")
    ).all()
    assert [(one.actor_id, one.data["motif"]) for one in told] == [
        (agent.account_id, "Organisme dissous")
    ] * 2


def test_a_letter_that_was_put_away_may_still_be_issued_again(app: Flask) -> None:
    agent, account = the_agent(), somebody_waits()
    reminder = a_letter(account, RAPPEL)
    came_back(agent, reminder)
    retours.classer(agent, [reminder.id], "Introuvable", NOW)

    reemission.reemettre(agent, reminder.id, "Retrouvé", NOW)

    assert letters(RAPPEL)[-1].etat is EtatCourrier.EN_ATTENTE


def test_the_page_puts_away_what_is_ticked_with_a_motive(app: Flask, client: FlaskClient) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, ["359"])
    reminder = a_letter(somebody_waits(), RAPPEL)
    came_back(the_agent(), reminder)
    ticked = {"courriers": str(reminder.id)}

    page = client.post(f"{RETOURS}/classer", data={**ticked, "motif": ""})
    assert page.status_code == 200
    assert "Dites pourquoi" in page.text
    assert f'value="{reminder.id}" id="courrier-{reminder.id}" checked' in page.text
    nothing = client.post(f"{RETOURS}/classer", data={"motif": "Organisme dissous"})
    assert "Cochez" in nothing.text
    done = client.post(f"{RETOURS}/classer", data={**ticked, "motif": "Organisme dissous"})

    assert done.status_code == 303
    assert "1 courrier classé" in client.get(done.location).text
    of = f"/caf/organismes/{reminder.organisme_id}/courriers"
    assert "Revenu, classé" in client.get(of).text


def test_the_page_costs_the_same_whatever_the_number_of_letters(
    app: Flask, client: FlaskClient
) -> None:
    agent_signed_in(client, RoleAgent.GESTIONNAIRE, ["359"])
    agent, account = the_agent(), somebody_waits()
    costs = []
    for number in (1, 60):
        for _rank in range(number):
            came_back(agent, a_letter(account, RAPPEL))
        db.session.commit()
        with counted() as statements:
            client.get(RETOURS)
        costs.append(len(statements))

    assert costs[0] == costs[1]
