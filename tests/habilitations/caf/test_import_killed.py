"""A worker killed while it reads the file of a caisse, then while it does it: nothing is lost nor doubled."""

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from uuid import UUID

from factories import an_agent
from flask import Flask
from killed_worker import a_worker, fall_due
from organismes_files import a_file
from sqlalchemy import func, select

from idp.accounts.models import Account
from idp.audit import JournalEntry
from idp.config import Settings
from idp.db import Model, db
from idp.habilitations.agents import agent_of
from idp.habilitations.import_organismes import depot, execution
from idp.habilitations.import_organismes.models import EtatDImport, ImportOrganismes
from idp.habilitations.models import (
    ContratDeService,
    Courrier,
    Groupe,
    Habilitation,
    NumeroUtilisateur,
    Organisme,
    RoleAgent,
)
from idp.outbox import Delivery

LINES = 2500
WITHIN_S = 120


def row_of(import_id: UUID) -> ImportOrganismes:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(ImportOrganismes, import_id)


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < deadline, "the worker goes no further"
        time.sleep(0.01)


def killed_once(settings: Settings, far: Callable[[], int], enough: int) -> int:
    """The worker is killed when it has gone so far; returns how far it had gone."""
    with a_worker(settings) as worker:
        wait_until(lambda: far() >= enough)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    fall_due()
    return far()


def count(model: type[Model]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_killed_while_it_reads_and_while_it_does_it_enters_every_organisme_once(
    app: Flask, settings: Settings
) -> None:
    author = an_agent(RoleAgent.GESTIONNAIRE, ["359"])
    agent = agent_of(author.id)
    assert agent is not None
    import_id = depot.deposer(
        agent, BytesIO(a_file(LINES)), nom="caisse.csv", now=datetime.now(UTC)
    )
    db.session.commit()

    read = killed_once(settings, lambda: row_of(import_id).lignes, 1)
    with a_worker(settings):
        wait_until(lambda: row_of(import_id).etat is EtatDImport.ESSAI)
    told = row_of(import_id)
    execution.lancer(agent, import_id, datetime.now(UTC))
    db.session.commit()
    done = [
        killed_once(settings, lambda: row_of(import_id).faites, enough)
        for enough in (1, LINES // 2)
    ]
    with a_worker(settings):
        wait_until(lambda: row_of(import_id).etat is EtatDImport.TERMINE)

    over = row_of(import_id)
    assert (told.lignes, told.creations, told.refus) == (LINES, LINES, 0)
    assert (over.creations, over.faites, over.refus) == (LINES, LINES, 0)
    assert min(read, *done) < LINES, "the worker was killed on the way"
    assert count(Organisme) == count(NumeroUtilisateur) == count(ContratDeService) == LINES
    # The agent has an account too.
    assert count(Account) == LINES + 1
    assert count(Courrier) == 2 * LINES * 4 // 5
    assert count(Groupe) == count(Habilitation)
    of_creation = select(func.count()).where(JournalEntry.event == "organisme_importe")
    mails = select(func.count()).where(Delivery.kind == "mail")
    assert db.session.scalar(of_creation) == LINES
    assert db.session.scalar(mails) == LINES // 5


def test_a_worker_that_starts_has_nothing_to_do_of_an_import_that_is_over(app: Flask) -> None:
    """The delivery of a dead worker, taken up again after another has finished."""
    agent = agent_of(an_agent(RoleAgent.GESTIONNAIRE, ["359"]).id)
    assert agent is not None
    import_id = depot.deposer(agent, BytesIO(a_file(1)), nom="caisse.csv", now=datetime.now(UTC))
    payload = {"import_id": str(import_id)}
    for _again in range(2):
        execution.poursuivre(payload)
    execution.lancer(agent, import_id, datetime.now(UTC))
    for _again in range(2):
        execution.poursuivre(payload)

    assert (row_of(import_id).lignes, count(Organisme)) == (1, 1)
