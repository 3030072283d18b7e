"""« Résumé du matin »: one mail by working morning to who has something to see; it names nobody."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from dossiers import AUTRE_CAISSE, CAISSE, Dossier, un_dossier
from factories import a_caisse, a_contrat, agent_signed_in, an_agent, an_organisme
from flask import Flask
from flask.testing import FlaskClient
from sql_budget import counted

from idp import clock, outbox, worker
from idp.accounts.models import Account, AccountState
from idp.audit import JournalEntry
from idp.db import db, transaction
from idp.habilitations.models import Agent, RoleAgent
from idp.habilitations.resume import envoi
from idp.habilitations.resume.jours_ouvres import ouvre
from idp.habilitations.supervision.models import SansAdministrateur
from idp.outbox import Delivery


def a_paris(jour: date, *heure: int) -> datetime:
    return datetime.combine(jour, time(*heure), clock.PARIS)


def a_tuesday() -> date:
    """To come, and worked as the day after it is."""
    jour = clock.today(datetime.now(UTC)) + timedelta(days=1)
    while jour.weekday() != 1 or not ouvre(jour) or not ouvre(jour + timedelta(days=1)):
        jour += timedelta(days=1)
    return jour


JOUR = a_tuesday()
MATIN = a_paris(JOUR, 8)
G, S, N = RoleAgent.GESTIONNAIRE, RoleAgent.SUPERVISEUR, RoleAgent.NATIONAL


@pytest.fixture
def dossier(app: Flask) -> Dossier:
    """A convention of an organisme of CAISSE ends within a month."""
    fait = un_dossier()
    a_caisse(AUTRE_CAISSE)
    a_contrat(fait.organisme, fin=JOUR + timedelta(days=9))
    # The agents that the dossier has are no readers of this test.
    db.session.execute(sa.update(Agent).values(resume=False))
    db.session.flush()
    return fait


def an(role: RoleAgent = S, caisses: Sequence[str] = (CAISSE,), **account: Any) -> Account:
    return an_agent(role, caisses, password=None, **account)


def mails() -> list[dict[str, Any]]:
    rows = db.session.scalars(
        sa.select(Delivery).where(Delivery.kind == "mail").order_by(Delivery.id)
    )
    return [read for read in map(outbox.read, rows) if "À voir" in read["subject"]]


def written(now: datetime = MATIN) -> list[str]:
    """Who is written to at that instant."""
    before = len(mails())
    envoi.envoyer(now)
    return [mail["to"] for mail in mails()][before:]


@pytest.mark.parametrize(
    ("jour", "attendu"),
    [
        (date(2026, 11, 25), True),
        (date(2026, 11, 28), False),
        (date(2026, 11, 29), False),
        (date(2026, 11, 11), False),
        (date(2026, 12, 25), False),
        (date(2027, 3, 29), False),
        (date(2027, 5, 6), False),
        (date(2027, 5, 17), False),
        (date(2027, 3, 26), True),
    ],
    ids=str,
)
def test_days_on_which_the_caf_works(jour: date, attendu: bool) -> None:
    assert ouvre(jour) is attendu


def test_who_has_something_to_see_gets_one_mail_that_names_nobody(dossier: Dossier) -> None:
    suspect = dossier.organisme
    db.session.add(SansAdministrateur(organisme_id=suspect.id, depuis=MATIN))
    db.session.flush()
    an(email="superviseur@caf.example", given_name="Odile")
    an(G, email="gestionnaire@caf.example")

    assert sorted(written()) == ["gestionnaire@caf.example", "superviseur@caf.example"]

    [of_a_superviseur] = [mail for mail in mails() if mail["to"] == "superviseur@caf.example"]
    body = of_a_superviseur["body"]
    assert "Bonjour Odile Martin" in body
    assert "- Conventions qui finissent dans les 30 jours : 1\n" in body
    assert "- Organismes sans administrateur : 1\n" in body
    assert "Adresses à confirmer" not in body
    [of_a_gestionnaire] = [mail for mail in mails() if mail["to"] == "gestionnaire@caf.example"]
    assert "sans administrateur" not in of_a_gestionnaire["body"]
    account = db.session.get_one(Account, dossier.chef.account_id)
    for secret in (suspect.raison_sociale, account.identifiant, "Nadia", str(suspect.id)):
        assert secret not in of_a_superviseur["body"] + of_a_superviseur["subject"]


def test_many_are_told_as_far_as_they_are_counted(dossier: Dossier) -> None:
    for _one in range(105):
        a_contrat(an_organisme(), fin=JOUR + timedelta(days=3))
    an()

    written()

    assert "dans les 30 jours : plus de 99\n" in mails()[0]["body"]


def test_nobody_is_written_to_twice_on_a_day_and_everybody_is_the_next(dossier: Dossier) -> None:
    an(email="odile@caf.example")

    assert written() == ["odile@caf.example"]
    assert written() == written(MATIN + timedelta(hours=3)) == []
    assert written(MATIN + timedelta(days=1)) == ["odile@caf.example"]


@pytest.mark.parametrize(
    "at",
    [
        a_paris(JOUR, 6, 59, 59),
        a_paris(JOUR, 12),
        a_paris(JOUR + timedelta(days=4), 8),
        a_paris(date(JOUR.year, 12, 25), 8),
    ],
    ids=["before seven", "past noon", "a Saturday", "Christmas"],
)
def test_no_mail_leaves_out_of_a_working_morning(dossier: Dossier, at: datetime) -> None:
    an()

    assert written(at) == []
    assert set(db.session.scalars(sa.select(Agent.resume_le))) == {None}


def test_summer_time_is_that_of_paris(dossier: Dossier) -> None:
    ete = date(JOUR.year + 1, 7, 1)
    while not ouvre(ete):
        ete += timedelta(days=1)
    a_contrat(dossier.organisme, fin=ete + timedelta(days=9))
    an(email="odile@caf.example")

    assert written(datetime.combine(ete, time(4, 59), UTC)) == []
    assert written(datetime.combine(ete, time(5), UTC)) == ["odile@caf.example"]


def test_nothing_to_see_sends_nothing(dossier: Dossier) -> None:
    an(caisses=[AUTRE_CAISSE])

    assert written() == []


def test_who_left_is_closed_refused_it_or_sees_the_whole_country_is_not_told(
    dossier: Dossier,
) -> None:
    an(N, ())
    partie = an()
    an(state=AccountState.CLOS)
    an(email=None)
    an(mail_refused_at=MATIN)
    non = an()
    for who, values in ((partie, {"ended_at": MATIN}), (non, {"resume": False})):
        db.session.execute(sa.update(Agent).where(Agent.account_id == who.id).values(**values))

    assert written() == []


def killed() -> None:
    with transaction():
        envoi.envoyer(MATIN)
        raise KeyboardInterrupt


def test_a_worker_killed_on_the_way_tells_everybody_once(dossier: Dossier) -> None:
    """What it had not committed is as if it had not begun; what it had is done."""
    for rang in range(envoi.A_LA_FOIS + 5):
        an(email=f"a{rang}@caf.example")
    db.session.commit()
    with pytest.raises(KeyboardInterrupt):
        killed()
    assert mails() == []

    with transaction():
        assert envoi.envoyer(MATIN) == envoi.A_LA_FOIS
    for _minute in range(3):
        with transaction():
            envoi.envoyer(MATIN)

    told = [mail["to"] for mail in mails()]
    assert len(told) == len(set(told)) == envoi.A_LA_FOIS + 5


def test_two_workers_at_the_same_instant_tell_everybody_once(app: Flask, dossier: Dossier) -> None:
    for rang in range(30):
        an(email=f"a{rang}@caf.example")
    db.session.commit()

    def work() -> None:
        with app.app_context():
            try:
                with transaction():
                    envoi.envoyer(MATIN)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as threads:
        for one in [threads.submit(Context().run, work) for _worker in range(2)]:
            one.result(timeout=60)
    with transaction():
        envoi.envoyer(MATIN)

    told = [mail["to"] for mail in mails()]
    assert len(told) == len(set(told)) == 30


def test_the_worker_writes_and_a_minute_of_nobody_costs_one_statement(dossier: Dossier) -> None:
    an(email="odile@caf.example")
    db.session.commit()

    worker.watch(MATIN)

    assert [mail["to"] for mail in mails()] == ["odile@caf.example"]
    with counted() as sent:
        assert envoi.envoyer(MATIN) == 0
    assert len(sent) <= 2


def test_an_agent_refuses_it_and_asks_for_it_again(client: FlaskClient, dossier: Dossier) -> None:
    moi = agent_signed_in(client, S, [CAISSE], email="odile@caf.example")
    assert 'href="/caf/resume"' in client.get("/caf/").text
    assert "checked" in client.get("/caf/resume").text

    assert client.post("/caf/resume", data={}).status_code == 303
    assert "checked" not in client.get("/caf/resume").text
    assert written() == []
    client.post("/caf/resume", data={})
    client.post("/caf/resume", data={"resume": "oui"})

    assert written() == ["odile@caf.example"]
    rows = db.session.scalars(
        sa.select(JournalEntry)
        .where(JournalEntry.event == "resume_choisi")
        .order_by(JournalEntry.id)
    ).all()
    assert [(row.actor_id, row.data["oui"]) for row in rows] == [(moi.id, False), (moi.id, True)]


def test_a_national_agent_is_told_that_it_is_not_for_them(
    client: FlaskClient, dossier: Dossier
) -> None:
    agent_signed_in(client)

    assert 'href="/caf/resume"' not in client.get("/caf/").text
    page = client.get("/caf/resume").text
    assert "voit tout le pays" in page
    assert 'name="resume"' not in page
