"""A worker that is killed in the middle of an import, again and again: nothing is lost, and nothing is doubled."""

import signal
import time
from datetime import UTC, datetime

from factories import (
    a_contrat,
    a_groupe,
    a_rattachement,
    an_account,
    an_acteur,
    an_organisme,
)
from flask import Flask
from killed_worker import a_worker, fall_due
from sqlalchemy import func, select
from users_files import laid_down, somebody, the_import, users_of

from idp.audit import JournalEntry
from idp.config import Settings
from idp.db import db
from idp.habilitations.import_utilisateurs import execution
from idp.habilitations.import_utilisateurs.models import EtatImport, LigneImport
from idp.habilitations.models import Habilitation, Role
from idp.outbox import Delivery

LINES = 160
WITHIN_S = 90


def lines_done() -> int:
    db.session.rollback()
    done = select(func.count()).select_from(LigneImport).where(LigneImport.faite_at.is_not(None))
    return db.session.scalar(done) or 0


def wait_for(lines: int) -> None:
    deadline = time.monotonic() + WITHIN_S
    while lines_done() < lines:
        assert time.monotonic() < deadline, f"{lines_done()} lines of {lines}"
        time.sleep(0.005)


def test_killed_again_and_again_it_creates_everybody_once(app: Flask, settings: Settings) -> None:
    organisme = an_organisme()
    groupe = a_groupe(a_contrat(organisme))
    chef = an_account(email="chef@exemple.fr")
    place = a_rattachement(chef, organisme, role=Role.ADMINISTRATEUR)
    acteur = an_acteur(chef.id, organisme)
    lines = [somebody(number, Groupes=groupe.code) for number in range(LINES)]
    import_id = laid_down(acteur, place, *lines)
    execution.lancer(acteur, import_id, datetime.now(UTC))
    db.session.commit()

    killed_at = []
    for stop_after in (1, LINES // 4, LINES // 2):
        with a_worker(settings) as worker:
            wait_for(stop_after)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        killed_at.append(lines_done())
        fall_due()
    with a_worker(settings):
        wait_for(LINES)
        deadline = time.monotonic() + WITHIN_S
        while the_import(import_id).ended_at is None and time.monotonic() < deadline:
            time.sleep(0.05)
            db.session.rollback()

    row = the_import(import_id)
    assert killed_at[-1] < LINES, "the worker was killed in the middle"
    assert (row.etat, row.creations, row.refus) == (EtatImport.TERMINE, LINES, 0)
    addresses = users_of(organisme)
    assert len(addresses) == len(set(addresses)) == LINES + 1
    of_creation = select(func.count()).where(JournalEntry.event == "utilisateur_cree")
    mails = select(func.count()).where(Delivery.kind == "mail")
    given = select(func.count()).select_from(Habilitation)
    assert [db.session.scalar(one) for one in (of_creation, mails, given)] == [LINES] * 3
